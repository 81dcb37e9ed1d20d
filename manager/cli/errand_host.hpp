#pragma once

#include "manager/cli/errand_claims.hpp"
#include "manager/cli/station.hpp"
#include "manager/serve/errand.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace manager::cli {

/// Does the errands that are asked for at a station, each on threads of its own, and keeps in memory what
/// came of the latest ones. Any thread may call.
class ErrandHost {
public:
    ErrandHost(Station& station, std::filesystem::path data);
    ~ErrandHost(); ///< stops, and waits for the end

    // As serve::ManagerDesk.
    std::string begin(serve::Errand errand, serve::DeployWish wish);
    serve::ErrandNews news(const std::string& id, std::size_t since, std::size_t most) const;
    void cancel(const std::string& id);

    /// Takes no more, and goes to no more targets.
    void stop();
    /// After stop(): until what is being done at targets is done. One thread.
    void wait_for_end();

private:
    class Going;

    std::shared_ptr<Going> find(const std::string& id) const;
    bool is_known(const std::string& id, serve::Errand errand, const serve::DeployWish& wish) const;
    void make_room();

    Station& station_;
    const std::filesystem::path data_;
    const ErrandClaims claims_;                   ///< with the mutex held
    mutable std::mutex mutex_;                    ///< around the rest
    std::vector<std::shared_ptr<Going>> errands_; ///< the oldest first
    bool ending_ = false;
};

} // namespace manager::cli
