#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace manager::bmc {

/// A firmware image that one BMC may fetch, and under which conditions.
struct ImageOffer {
    std::filesystem::path file;       ///< opened at once: what happens to the name later is no matter
    std::string sha256;               ///< of the whole file, 64 hexadecimal digits
    std::uint64_t size = 0;           ///< bytes of the file
    std::string name;                 ///< last segment of the path, as "ilo5_300.bin"; BMCs look at its end
    std::vector<std::string> sources; ///< numeric addresses that may fetch; empty: any
    bool plain = false;               ///< also by plain HTTP
    std::chrono::seconds life{3600};  ///< nothing more is given after this
    std::uint64_t most_bytes = 0;     ///< given in all, retries included; 0: three times `size`
    /// Told one sentence about what was fetched or refused, without secrets; any thread, and not to block.
    /// Not called any more once what was offered is gone. Empty: nobody wants to know.
    std::function<void(const std::string& sentence)> tell = {};
};

/// What was fetched of an offered image so far. The best sign of progress there is during a pull: many BMCs
/// report 0 % meanwhile. It is no proof that the BMC has, or took, the image.
struct Delivered {
    std::uint64_t bytes = 0;    ///< handed to the network, by all GETs together
    std::uint64_t furthest = 0; ///< end of the furthest byte handed to the network: 0..size
    unsigned gets = 0;          ///< GETs that were answered with bytes
    unsigned whole = 0;         ///< GETs that ended with the last byte of the image
    bool plain = false;         ///< at least one GET came by plain HTTP
    /// Whether the bytes of the first GET that gave all of the file had the hash of the offer, of this offer
    /// or of another one of the same file. Nothing as long as there was no such GET.
    std::optional<bool> hash_right;
};

/// An image on offer, as long as this lives: the destructor revokes it at once, and what is being sent ends.
class OfferedImage {
public:
    OfferedImage() = default;
    virtual ~OfferedImage() = default;
    OfferedImage(const OfferedImage&) = delete;
    OfferedImage& operator=(const OfferedImage&) = delete;

    /// "/fw/<token>/<name>", for a URL with the server's port. Whoever knows it may fetch: a secret, so it
    /// must not get into a log. The name is escaped where a URL needs it.
    virtual const std::string& path() const = 0;

    virtual Delivered delivered() const = 0; ///< any thread; does not block
};

/// Gives images to BMCs that fetch them by themselves. Any thread may call.
class ImageServer {
public:
    virtual ~ImageServer() = default;

    /// Throws `invalid` for an offer that makes no sense (name, addresses, hash), `rejected` when the file
    /// cannot be opened, is not of the named size or has another hash. Reads the whole file, about a second
    /// for each 500 MB, unless it is on offer already. The server outlives what is offered.
    virtual std::unique_ptr<OfferedImage> offer(const ImageOffer& image) = 0;

    /// The port for both https:// and http://.
    virtual std::uint16_t port() const = 0;
};

} // namespace manager::bmc
