#pragma once

#include "common/net/core.hpp"
#include "manager/cli/places.hpp"
#include "manager/serve/api_desk.hpp"
#include "manager/trust/strongbox.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace manager::cli {

/// The API of a server. It has a key, a listener and threads of its own: that key outlives the process, and
/// strangers may call.
class ApiPort {
public:
    /// Its key, tokens and log are in `data`/serve; `box` keeps the key, null: it is new each time. `control`
    /// outlives this.
    ApiPort(const std::filesystem::path& data, const Places& places, const trust::Strongbox* box,
            const serve::LocalControl& control);

    /// Binds the port that `places` names, or a free one behind it.
    serve::PortInUse open(const Places& places);
    /// What is being answered gets `grace` to end. For good.
    void stop(std::chrono::milliseconds grace) { server_.stop(grace); }

private:
    const std::vector<std::string> names_; ///< by which others reach us
    serve::ApiDesk desk_;
    common::net::Loop loop_;
    common::net::Server server_;
};

} // namespace manager::cli
