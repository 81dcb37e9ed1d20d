#pragma once

#include "common/net/core.hpp"
#include "manager/bmc/image_server.hpp"
#include "manager/link/log_server.hpp"
#include "manager/rollout/store.hpp"
#include "manager/serve/file_server.hpp"
#include "manager/serve/manager_service.hpp"
#include "manager/serve/view/view.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace manager::cli {

/// Where the web server of this process is, and what it tells.
struct WebOptions {
    std::filesystem::path data;
    std::string listen;                ///< empty: all addresses
    std::string advertise;             ///< empty: an address of this machine
    std::optional<std::uint16_t> port; ///< none: 80, else one of 63000-63005
    bool view = false;                 ///< also the pages for people
    /// Called with a sentence for the user: who signed in, and the link for the next one. Any thread.
    std::function<void(const std::string& text)> say = {};
};

/// The internal web server of this process: images for BMCs, logs of targets, and pages for people who ask
/// for them.
class WebDesk final : public link::LogServer {
public:
    /// `loop` and `store` outlive this. Throws `busy` when there is no port.
    WebDesk(common::net::Loop& loop, WebOptions options, const rollout::Store& store);

    bmc::ImageServer& images() { return server_; }
    const serve::PortInUse& port() const { return port_; }
    const std::string& fingerprint() const { return server_.fingerprint(); }

    /// A fresh link that signs in once; those before it are not good any more. With a view only.
    std::string new_login_url();

    std::unique_ptr<link::OpenLogs> open_logs(link::LogOffer offer) override;
    link::LogRoad road_to(const link::OpenLogs& logs, const std::string& seen_as) const override;

private:
    void add_view(common::net::Router& router, const rollout::Store& store);
    std::string url(const std::string& path) const;

    const WebOptions options_;
    std::optional<serve::view::View> view_; ///< above the server, which calls it
    serve::FileServer server_;
    serve::PortInUse port_;
};

} // namespace manager::cli
