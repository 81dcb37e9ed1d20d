#pragma once

#include "manager/cli/station.hpp"
#include "manager/serve/errand.hpp"

#include <atomic>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace manager::cli {

/// Runs the errands that are asked for at a station, each on threads of its own, and keeps in memory what
/// came of the latest ones. Any thread may call.
class ErrandHost {
public:
    ErrandHost(Station& station, std::filesystem::path data);
    ~ErrandHost(); ///< stops, and waits for what is being done at targets

    /// Begins one and returns its id; the same key is the same errand. Throws as ManagerDesk::deploy().
    std::string begin(serve::Errand errand, serve::DeployWish wish);
    /// Up to `most` results behind the first `since`. Throws `not_found`.
    serve::ErrandNews news(const std::string& id, std::size_t since, std::size_t most) const;

    /// Takes no more, and goes to no more targets.
    void stop() { ending_ = true; }

private:
    class Going;

    Going* known(const std::string& id, serve::Errand errand, const serve::DeployWish& wish) const;
    void make_room();

    Station& station_;
    const std::filesystem::path data_;
    std::atomic<bool> ending_ = false;
    mutable std::mutex mutex_; ///< around the list
    std::list<std::unique_ptr<Going>> errands_; ///< the oldest first
};

} // namespace manager::cli
