#pragma once

#include "common/clock.hpp"
#include "common/os/file.hpp"
#include "manager/bmc/image_server.hpp"

#include <memory>
#include <mutex>
#include <optional>

struct stat;

namespace manager::serve {

/// The file of an image, opened and read through once for all offers of it: a hundred BMCs may fetch the
/// same. Any thread may call.
class ImageFile {
public:
    /// Throws `rejected` when the file is not there, or is not what is offered.
    explicit ImageFile(const bmc::ImageOffer& offer);

    /// Whether `offer` is of this very file, and nothing happened to it since.
    bool is_of(const bmc::ImageOffer& offer) const;

    const std::shared_ptr<const common::os::Descriptor>& opened() const { return opened_; }
    std::optional<common::SystemTime> modified() const { return modified_; }

    /// True for one delivery at a time as long as none gave all of the file, and for each one once it was
    /// touched: who gets true hashes what it gives, and calls hashed() at its end.
    bool begin_hash();
    /// `right`: nothing when not all of it was given.
    void hashed(std::optional<bool> right);
    /// What was hashed has shown; nothing as long as nothing was.
    std::optional<bool> hash_right() const;
    /// Nobody has written to it since it was looked at. Costs a system call.
    bool is_untouched() const;

private:
    /// What changes with the content, unless somebody takes pains to hide it. Another name does not count.
    struct State {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::uint64_t size = 0;
        std::int64_t written = 0; ///< ns
        bool operator==(const State&) const = default;
    };
    static State state_of(const struct stat& facts);
    State state() const;

    const std::shared_ptr<const common::os::Descriptor> opened_;
    const State checked_;
    const std::string sha256_;
    std::optional<common::SystemTime> modified_;

    mutable std::mutex mutex_;
    std::optional<bool> hash_right_;
    bool hashing_ = false;
};

} // namespace manager::serve
