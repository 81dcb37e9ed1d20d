#pragma once

#include "common/net/core.hpp"
#include "manager/bmc/image_server.hpp"

#include <memory>
#include <optional>
#include <string>

namespace manager::serve {

/// The internal secure web server on port 80, or 63000-63005: BMCs fetch their images here. One port takes
/// TLS and plain HTTP; plain HTTP gets nothing but images whose offer says so.
///
/// Every path is refused that no living offer made. No part of a URL is ever used as a file's name.
class FileServer final : public bmc::ImageServer {
public:
    /// `loop` outlives this.
    explicit FileServer(common::net::Loop& loop);
    ~FileServer() override; ///< what is being sent gets 2 s to end

    /// Binds port 80 at `address` (as Server::listen()) where it is free and permitted, else a random free
    /// one of 63000-63005; with `wanted` that port and no other. Throws `busy`, naming the holders, when
    /// there is none. To be called once, before the first offer.
    common::net::Bound listen(const std::string& address, std::optional<std::uint16_t> wanted);

    std::unique_ptr<bmc::OfferedImage> offer(const bmc::ImageOffer& image) override;
    std::uint16_t port() const override;

private:
    class Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace manager::serve
