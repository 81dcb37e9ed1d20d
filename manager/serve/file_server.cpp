#include "manager/serve/file_server.hpp"

#include "common/tls/identity.hpp"
#include "manager/serve/image_desk.hpp"
#include "manager/serve/own_names.hpp"
#include "manager/serve/web_port.hpp"

#include <atomic>

namespace manager::serve {

using common::net::Bound;
using common::net::Limits;
using common::net::Manners;
using common::net::Request;
using common::net::Router;
using common::tls::Identity;

namespace {

constexpr std::chrono::seconds stop_grace{2};

Limits limits()
{
    Limits limits;
    limits.handshake = std::chrono::seconds(10);
    limits.idle = std::chrono::seconds(15);
    limits.connections = 512;
    limits.connections_per_address = 64;
    return limits;
}

std::vector<std::string> names(const std::string& advertise)
{
    std::vector<std::string> names = own_names();
    if (!advertise.empty())
        names.push_back(advertise);
    return names;
}

/// The certificate says no more about us than a client needs.
constexpr const char* common_name = "Soapstone";

} // namespace

class FileServer::Inside {
public:
    Inside(common::net::Loop& loop, const Setup& setup)
        : ecdsa_(Identity::make_for_strangers(common_name, names(setup.advertise), false)),
          rsa_(Identity::make_for_strangers(common_name, names(setup.advertise), true)),
          server_(loop, common::tls::Context::server_for_strangers(ecdsa_, rsa_), routes(setup), limits(), {},
                  manners())
    {
    }
    ~Inside() { server_.stop(stop_grace); }

    Bound listen(const std::string& address, std::optional<std::uint16_t> wanted)
    {
        Bound bound = listen_on_web_port(server_, address, wanted);
        port_ = bound.port;
        return bound;
    }

    ImageDesk& images() { return images_; }
    LogDesk& logs() { return logs_; }
    std::uint16_t port() const { return port_; }
    const std::string& fingerprint() const { return ecdsa_.fingerprint(); }

private:
    void serve_images(Router& router)
    {
        router.get(image_path, [this](const Request& request) { return images_.answer(request); });
    }

    Router routes(const Setup& setup)
    {
        Router router;
        serve_images(router);
        router.get(log_path, [this](const Request& request) { return logs_.give(request); });
        router.put(log_path, [this](const Request& request) { return logs_.take(request); });
        if (setup.more)
            setup.more(router);
        return router;
    }

    Manners manners()
    {
        Manners manners;
        serve_images(manners.plain.emplace());
        manners.lenient = true;
        return manners;
    }

    ImageDesk images_;
    LogDesk logs_;
    const Identity ecdsa_;
    const Identity rsa_;
    common::net::Server server_;
    std::atomic<std::uint16_t> port_ = 0;
};

FileServer::FileServer(common::net::Loop& loop, Setup setup)
    : inside_(std::make_unique<Inside>(loop, std::move(setup)))
{
}

FileServer::~FileServer() = default;

Bound FileServer::listen(const std::string& address, std::optional<std::uint16_t> wanted)
{
    return common::while_doing("opening the web server's port",
                               [&] { return inside_->listen(address, wanted); });
}

std::unique_ptr<bmc::OfferedImage> FileServer::offer(const bmc::ImageOffer& image)
{
    return inside_->images().offer(image);
}

std::uint16_t FileServer::port() const
{
    return inside_->port();
}

std::unique_ptr<link::OpenLogs> FileServer::open_logs(link::LogOffer offer)
{
    return inside_->logs().open(std::move(offer));
}

const std::string& FileServer::fingerprint() const
{
    return inside_->fingerprint();
}

} // namespace manager::serve
