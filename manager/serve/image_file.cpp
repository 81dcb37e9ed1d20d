#include "manager/serve/image_file.hpp"

#include "common/error.hpp"
#include "common/tls/hash.hpp"

#include <sys/stat.h>

namespace manager::serve {

using common::Error;
using common::Trouble;

namespace {

std::int64_t nanoseconds(const timespec& time)
{
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

} // namespace

ImageFile::ImageFile(const bmc::ImageOffer& offer)
    : opened_(std::make_shared<const common::os::Descriptor>(
          common::os::open_file(offer.file, common::os::Open::read | common::os::Open::no_wait))),
      checked_(state()), sha256_(offer.sha256)
{
    if (checked_.size != offer.size)
        throw Error(Trouble::rejected, offer.file.string() + " has not the expected size");
    if (common::tls::sha256_of_file(opened_->get()) != sha256_)
        throw Error(Trouble::rejected, offer.file.string() + " has not the expected content",
                    "it was changed since it was read; start again");
    std::error_code failure; // a file without a date is served without one
    const auto time = std::filesystem::last_write_time(offer.file, failure);
    if (!failure)
        modified_ =
            std::chrono::time_point_cast<common::SystemTime::duration>(std::chrono::file_clock::to_sys(time));
}

ImageFile::State ImageFile::state_of(const struct stat& facts)
{
    return {facts.st_dev, facts.st_ino, static_cast<std::uint64_t>(facts.st_size),
            nanoseconds(facts.st_mtim)};
}

ImageFile::State ImageFile::state() const
{
    struct stat facts {};
    if (::fstat(opened_->get(), &facts) != 0)
        throw common::system_error("looking at an image");
    return state_of(facts);
}

bool ImageFile::is_of(const bmc::ImageOffer& offer) const
{
    struct stat facts {};
    return offer.sha256 == sha256_ && offer.size == checked_.size &&
           ::stat(offer.file.c_str(), &facts) == 0 && state_of(facts) == checked_;
}

bool ImageFile::begin_hash()
{
    const bool touched = !is_untouched();
    const std::lock_guard lock(mutex_);
    if (touched)
        return true;
    if (hash_right_ || hashing_)
        return false;
    hashing_ = true;
    return true;
}

void ImageFile::hashed(std::optional<bool> right)
{
    const std::lock_guard lock(mutex_);
    hashing_ = false;
    if (right)
        hash_right_ = hash_right_.value_or(true) && *right;
}

bool ImageFile::is_untouched() const
{
    return state() == checked_;
}

std::optional<bool> ImageFile::hash_right() const
{
    const std::lock_guard lock(mutex_);
    return hash_right_;
}

} // namespace manager::serve
