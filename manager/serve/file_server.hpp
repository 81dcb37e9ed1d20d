#pragma once

#include "common/net/core.hpp"
#include "manager/bmc/image_server.hpp"
#include "manager/serve/log_desk.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace manager::serve {

/// The internal secure web server on port 80, or 63000-63005: BMCs fetch their images here, people look at
/// logs and reports. One port takes TLS and plain HTTP; plain HTTP gets nothing but images whose offer says
/// so.
///
/// Each path is refused that no living offer made. No part of a URL is ever used as a file's name. The keys
/// of the server are made in memory and go with it.
class FileServer final : public bmc::ImageServer {
public:
    struct Setup {
        std::string advertise; ///< a name or address by which others reach us, besides our own; may be empty
        /// More that is served, over TLS only.
        std::function<void(common::net::Router& router)> more = {};
    };

    /// `loop` outlives this. Makes keys: about 0.3 s of CPU.
    FileServer(common::net::Loop& loop, Setup setup);
    ~FileServer() override; ///< what is being sent gets 2 s to end

    /// Binds port 80 at `address` (as Server::listen()) where it is free and permitted, else a random free
    /// one of 63000-63005; with `wanted` that port and no other. Throws `busy`, naming the holders, when
    /// there is none. To be called once, before the first offer.
    common::net::Bound listen(const std::string& address, std::optional<std::uint16_t> wanted);

    std::unique_ptr<bmc::OfferedImage> offer(const bmc::ImageOffer& image) override;
    std::uint16_t port() const override;

    /// Lets one target put and get logs. The server outlives what is returned.
    std::unique_ptr<link::OpenLogs> open_logs(link::LogOffer offer);

    /// The pin of the key that most clients see, 64 hexadecimal digits, for who wants to compare.
    const std::string& fingerprint() const;

private:
    class Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace manager::serve
