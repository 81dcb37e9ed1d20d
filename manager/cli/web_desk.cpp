#include "manager/cli/web_desk.hpp"

#include "manager/serve/own_names.hpp"
#include "manager/serve/url.hpp"
#include "manager/store/run_lock.hpp"

namespace manager::cli {

namespace {

constexpr std::uint16_t usual_port = 80;

} // namespace

WebDesk::WebDesk(common::net::Loop& loop, WebOptions options, const rollout::Store& store)
    : options_(std::move(options)),
      server_(loop, {options_.advertise, [&](common::net::Router& router) { add_view(router, store); }})
{
    const common::net::Bound bound = server_.listen(options_.listen, options_.port);
    port_ = {"web", options_.listen, bound.port, options_.port.value_or(usual_port)};
}

void WebDesk::add_view(common::net::Router& router, const rollout::Store& store)
{
    if (!options_.view)
        return;
    std::vector<std::string> hosts = serve::own_names();
    hosts.push_back(options_.advertise);
    const auto at_work = [this](const std::string& run) {
        return store::RunLock::is_taken(options_.data / "runs" / run);
    };
    const auto signed_in = [this](const std::string& address, const std::string& path) {
        if (options_.say)
            options_.say("signed in from " + address + "; another link: " + url(path));
    };
    view_.emplace(serve::view::View::Setup{store, options_.data, at_work, std::move(hosts), signed_in});
    view_->serve(router);
}

std::string WebDesk::url(const std::string& path) const
{
    const std::string host = !options_.advertise.empty() ? options_.advertise
                             : !options_.listen.empty()  ? options_.listen
                                                         : serve::usual_address();
    return "https://" + serve::url_host(host) + ":" + std::to_string(port_.port) + path;
}

std::string WebDesk::new_login_url()
{
    return url(view_.value().new_login_path());
}

std::unique_ptr<link::OpenLogs> WebDesk::open_logs(link::LogOffer offer)
{
    return server_.open_logs(std::move(offer));
}

link::LogRoad WebDesk::road_to(const link::OpenLogs& logs, const std::string& seen_as) const
{
    const std::string& address = options_.advertise.empty() ? seen_as : options_.advertise;
    return {{address, port_.port}, server_.fingerprint(), logs.path()};
}

} // namespace manager::cli
