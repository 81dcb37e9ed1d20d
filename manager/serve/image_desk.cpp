#include "manager/serve/image_desk.hpp"

#include "common/os/file.hpp"
#include "common/secret.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "manager/serve/token.hpp"
#include "manager/serve/url.hpp"

#include <algorithm>

namespace manager::serve {

using common::Error;
using common::Trouble;
using common::net::Reply;
using common::net::Request;
using common::net::SendFile;

namespace {

constexpr unsigned most_at_once = 4; ///< GETs of one image
constexpr unsigned usual_tries = 3;  ///< how often an image may go over the line, unless the offer says

void check(const bmc::ImageOffer& offer)
{
    const bool plain_name = !offer.name.empty() && offer.name.size() <= 200 && offer.name.front() != '.' &&
                            offer.name.find('/') == std::string::npos &&
                            common::one_line(offer.name) == offer.name;
    if (!plain_name)
        throw Error(Trouble::invalid,
                    "\"" + common::one_line(offer.name, 80) + "\" cannot be the name of an image in a URL");
    if (!common::is_hex(offer.sha256, 64) || offer.size == 0)
        throw Error(Trouble::invalid, "the image " + offer.name + " has no SHA-256, or no bytes");
    for (const std::string& source : offer.sources)
        if (plain_address(source).empty())
            throw Error(Trouble::invalid,
                        "\"" + common::one_line(source, 80) + "\" is not a numeric address");
}

} // namespace

/// One offer. What is counted is behind the mutex; the rest never changes.
class Image {
public:
    explicit Image(const bmc::ImageOffer& offer)
        : offer_(offer), token_(new_token()), path_(image_path + token_ + "/" + url_escaped(offer.name)),
          file_(std::make_shared<const common::os::Descriptor>(
              common::os::open_file(offer.file, common::os::Open::read | common::os::Open::no_wait))),
          end_(common::Deadline::in(offer.life)),
          most_(offer.most_bytes > 0 ? offer.most_bytes : usual_tries * offer.size)
    {
        for (std::string& source : offer_.sources)
            source = plain_address(source);
        check_content();
    }

    const bmc::ImageOffer& offer() const { return offer_; }
    const std::string& token() const { return token_; }
    const std::string& path() const { return path_; }

    bmc::Delivered delivered() const
    {
        const std::lock_guard lock(mutex_);
        return delivered_;
    }

    /// For who made the offer, as long as it stands.
    void tell(const std::string& sentence) const
    {
        const std::lock_guard lock(mutex_);
        if (offer_.tell && !revoked_)
            offer_.tell(sentence);
    }

    void revoke()
    {
        const std::lock_guard lock(mutex_);
        revoked_ = true;
    }

    /// Why a request for it is refused; empty: it is not.
    std::string objection(const std::string& name, const Request& request) const
    {
        const std::string from = plain_address(request.peer_address);
        const bool known = offer_.sources.empty() || std::find(offer_.sources.begin(), offer_.sources.end(),
                                                               from) != offer_.sources.end();
        if (!known)
            return "it was offered to another address";
        if (name != offer_.name)
            return "it has another name";
        if (request.plain && !offer_.plain)
            return "it was not offered by plain HTTP";
        const std::lock_guard lock(mutex_);
        return is_over() ? "the offer is over" : delivered_.bytes >= most_ ? "it was fetched too often" : "";
    }

    /// Takes one of the places for GETs; false when all are taken.
    bool enter()
    {
        const std::lock_guard lock(mutex_);
        if (active_ >= most_at_once)
            return false;
        ++active_;
        return true;
    }
    void leave()
    {
        const std::lock_guard lock(mutex_);
        --active_;
    }

    /// A GET begins to give bytes. True when their hash is to be looked at.
    bool begin(bool plain)
    {
        const std::lock_guard lock(mutex_);
        ++delivered_.gets;
        delivered_.plain = delivered_.plain || plain;
        return !delivered_.hash_right;
    }

    /// Bytes are about to go; false when they must not any more.
    bool pass(std::uint64_t bytes, std::uint64_t end)
    {
        const std::lock_guard lock(mutex_);
        if (is_over() || delivered_.bytes >= most_)
            return false;
        delivered_.bytes += bytes;
        delivered_.furthest = std::max(delivered_.furthest, end);
        delivered_.whole += end == offer_.size ? 1 : 0;
        return true;
    }

    void hashed(bool right)
    {
        const std::lock_guard lock(mutex_);
        delivered_.hash_right = delivered_.hash_right.value_or(true) && right;
    }

    SendFile answer() const
    {
        SendFile answer;
        answer.opened = file_;
        answer.entity_tag = offer_.sha256;
        answer.modified = modified_;
        answer.headers.set("X-Content-Type-Options", "nosniff");
        return answer;
    }

private:
    void check_content()
    {
        const std::optional<std::uint64_t> size = common::os::file_size(file_->get());
        if (size != offer_.size)
            throw Error(Trouble::rejected, offer_.file.string() + " has not the expected size");
        if (common::tls::sha256_of_file(file_->get()) != offer_.sha256)
            throw Error(Trouble::rejected, offer_.file.string() + " has not the expected content",
                        "it was changed since it was read; start again");
        std::error_code failure; // a file without a date is served without one
        const auto time = std::filesystem::last_write_time(offer_.file, failure);
        if (!failure)
            modified_ = std::chrono::time_point_cast<common::SystemTime::duration>(
                std::chrono::file_clock::to_sys(time));
    }

    bool is_over() const { return revoked_ || end_.passed(); }

    bmc::ImageOffer offer_;
    const std::string token_;
    const std::string path_;
    const std::shared_ptr<const common::os::Descriptor> file_;
    std::optional<common::SystemTime> modified_;
    const common::Deadline end_;
    const std::uint64_t most_; ///< bytes in all

    mutable std::mutex mutex_;
    bmc::Delivered delivered_;
    unsigned active_ = 0;
    bool revoked_ = false;
};

namespace {

/// One GET, from the first byte on. Holds its place among the GETs of the image.
class Delivery {
public:
    Delivery(std::shared_ptr<Image> image, const Request& request)
        : image_(std::move(image)), from_(request.peer_address), plain_(request.plain)
    {
    }
    ~Delivery()
    {
        image_->leave();
        if (started_)
            say(common::bytes_text(bytes_) + (whole_ ? ", to its end" : ", then it broke off"));
    }
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;

    /// False when these bytes must not go.
    bool pass(std::uint64_t offset, std::string_view bytes)
    {
        if (!started_)
            begin();
        const std::uint64_t end = offset + bytes.size();
        const bool right = look_at(offset, bytes);
        if (!right || !image_->pass(bytes.size(), end))
            return false;
        bytes_ += bytes.size();
        whole_ = end == image_->offer().size;
        return true;
    }

private:
    void begin()
    {
        started_ = true;
        hashing_ = image_->begin(plain_);
        say(plain_ ? "it begins, by plain HTTP" : "it begins");
    }

    /// Hashes the bytes of a GET that gives all. False when that is over and shows other bytes than were
    /// offered: without their end, no BMC takes them.
    bool look_at(std::uint64_t offset, std::string_view bytes)
    {
        hashing_ = hashing_ && offset == hashed_;
        if (!hashing_)
            return true;
        hash_.add(bytes);
        hashed_ += bytes.size();
        if (hashed_ < image_->offer().size)
            return true;
        const bool right = hash_.hex() == image_->offer().sha256;
        image_->hashed(right);
        hashing_ = false;
        if (!right)
            say("the file was changed: it is not given");
        return right;
    }

    void say(const std::string& what) const
    {
        image_->tell(from_ + " fetches " + image_->offer().name + ": " + what);
    }

    const std::shared_ptr<Image> image_;
    const std::string from_;
    const bool plain_;
    common::tls::Sha256 hash_;
    std::uint64_t hashed_ = 0;
    std::uint64_t bytes_ = 0;
    bool started_ = false;
    bool hashing_ = false;
    bool whole_ = false;
};

/// The one answer to everything that does not fit.
Reply nothing_here()
{
    return {404, "not found\n"};
}

} // namespace

/// What the driver holds.
class Offered final : public bmc::OfferedImage {
public:
    Offered(ImageDesk& desk, std::shared_ptr<Image> image) : desk_(desk), image_(std::move(image)) {}
    ~Offered() override { desk_.forget(image_); }

    const std::string& path() const override { return image_->path(); }
    bmc::Delivered delivered() const override { return image_->delivered(); }

private:
    ImageDesk& desk_;
    const std::shared_ptr<Image> image_;
};

std::unique_ptr<bmc::OfferedImage> ImageDesk::offer(const bmc::ImageOffer& image)
{
    check(image);
    auto made = std::make_shared<Image>(image);
    auto offered = std::make_unique<Offered>(*this, made);
    const std::lock_guard lock(mutex_);
    images_.push_back(std::move(made));
    return offered;
}

void ImageDesk::forget(const std::shared_ptr<Image>& image)
{
    image->revoke();
    const std::lock_guard lock(mutex_);
    std::erase(images_, image);
}

/// Looks at every token to its end, so that the time tells nothing about any of them.
std::shared_ptr<Image> ImageDesk::find(const std::string& token) const
{
    std::shared_ptr<Image> found;
    const std::lock_guard lock(mutex_);
    for (const std::shared_ptr<Image>& image : images_)
        if (common::same_secret(image->token(), token))
            found = image;
    return found;
}

std::variant<Reply, SendFile> ImageDesk::answer(const Request& request) const
{
    const std::optional<std::vector<std::string>> segments = path_segments(request.path);
    if (!segments || segments->size() != 3)
        return nothing_here();
    const std::shared_ptr<Image> image = find(segments->at(1));
    if (!image)
        return nothing_here();
    const std::string objection = image->objection(segments->at(2), request);
    if (!objection.empty())
        image->tell(request.peer_address + " does not get " + image->offer().name + ": " + objection);
    if (!objection.empty())
        return nothing_here();
    SendFile answer = image->answer();
    if (request.method == "HEAD")
        return answer;
    if (!image->enter()) {
        Reply busy(503, "too many at once\n");
        busy.headers.set("Retry-After", "2");
        return busy;
    }
    const auto delivery = std::make_shared<Delivery>(image, request);
    answer.passing = [delivery](std::uint64_t offset, std::string_view bytes) {
        return delivery->pass(offset, bytes);
    };
    return answer;
}

} // namespace manager::serve
