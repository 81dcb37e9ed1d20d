#pragma once

#include "manager/cli/station.hpp"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace manager::cli {

/// Examinations of targets that callers of the API ask for, each on a thread of its own, with the ports of
/// the station. They are kept in memory, the newest ones. Any thread may call.
class Examinations {
public:
    Examinations(Station& station, std::filesystem::path data) : station_(station), data_(std::move(data)) {}
    /// Begins with no more targets, and waits for those that are being looked at.
    ~Examinations();

    // As serve::ManagerDesk.
    std::string begin(const serve::DeployWish& wish);
    serve::Examination find(const std::string& id, std::chrono::milliseconds wait);

private:
    struct Going {
        serve::DeployWish order; ///< without secrets
        serve::Examination found;
        std::uint64_t number = 0; ///< in the order of their beginning
        std::thread thread;
    };

    void carry_out(Going& going, const CampaignOptions& options, const std::vector<target::Target>& targets,
                   std::size_t at_once);
    void forget_oldest();

    Station& station_;
    const std::filesystem::path data_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, std::unique_ptr<Going>> all_;
    std::uint64_t begun_ = 0;
    std::atomic<bool> ending_ = false;
};

} // namespace manager::cli
