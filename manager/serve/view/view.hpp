#pragma once

#include "common/net/core.hpp"
#include "manager/rollout/store.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace manager::serve::view {

/// Runs, their reports and logs in a browser, for people who have signed in by a link. Reads only. A place of
/// its own beside it is kept for a live dashboard: no path that begins with /live/ is used here.
class View {
public:
    struct Setup {
        const rollout::Store& store;                         ///< outlives the view
        std::filesystem::path data;                          ///< runs/<id>/<target>/ below it hold the logs
        std::function<bool(const std::string& run)> at_work; ///< whether a living process works on the run
        std::vector<std::string> hosts; ///< names by which we may be called, besides the address reached
        /// Told the address of somebody who signed in, and the path of a link for the next one. Any thread.
        std::function<void(const std::string& address, const std::string& path)> signed_in;
    };

    explicit View(Setup setup);
    ~View();

    /// Adds what is served, for a port with TLS. This outlives the server.
    void serve(common::net::Router& router);

    /// "/login/<secret>": signs in once whoever opens it. The link before it is not good any more.
    std::string new_login_path();

private:
    class Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace manager::serve::view
