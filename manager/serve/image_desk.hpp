#pragma once

#include "common/net/core.hpp"
#include "manager/bmc/image_server.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

namespace manager::serve {

class Image;
class ImageFile;

/// Path of an image on the web server's port: "/fw/<token>/<name>".
inline constexpr const char* image_path = "/fw/";

/// Hands out images, each to whom it was offered. Any thread may call.
///
/// A request that no living offer fits gets the same 404, whatever is wrong with it: token, name, sender,
/// time, or plain HTTP where that was not allowed.
class ImageDesk {
public:
    /// As bmc::ImageServer::offer(). This outlives what is returned.
    std::unique_ptr<bmc::OfferedImage> offer(const bmc::ImageOffer& image);

    /// What to answer to a GET or HEAD whose path starts with image_path.
    std::variant<common::net::Reply, common::net::SendFile> answer(const common::net::Request& request) const;

private:
    friend class Offered;
    std::shared_ptr<Image> find(const std::string& token) const;
    std::shared_ptr<ImageFile> file_of(const bmc::ImageOffer& image);
    void forget(const std::shared_ptr<Image>& image);

    std::mutex opening_; ///< held while files are read, so never by who answers a request
    std::vector<std::weak_ptr<ImageFile>> files_;
    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<Image>> images_;
};

} // namespace manager::serve
