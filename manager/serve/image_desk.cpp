#include "manager/serve/image_desk.hpp"

#include "common/secret.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "manager/serve/image_file.hpp"
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
    Image(const bmc::ImageOffer& offer, std::shared_ptr<ImageFile> file)
        : offer_(offer), token_(new_token()), path_(image_path + token_ + "/" + url_escaped(offer.name)),
          file_(std::move(file)), end_(common::Deadline::in(offer.life)),
          most_(offer.most_bytes > 0 ? offer.most_bytes : usual_tries * offer.size)
    {
        for (std::string& source : offer_.sources)
            source = plain_address(source);
    }

    const bmc::ImageOffer& offer() const { return offer_; }
    const std::string& token() const { return token_; }
    const std::string& path() const { return path_; }

    bmc::Delivered delivered() const
    {
        const std::lock_guard lock(mutex_);
        bmc::Delivered delivered = delivered_;
        delivered.hash_right = file_->hash_right();
        return delivered;
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

    /// A GET begins to give bytes. True when they are to be hashed, see ImageFile.
    bool begin(bool plain)
    {
        const std::lock_guard lock(mutex_);
        ++delivered_.gets;
        delivered_.plain = delivered_.plain || plain;
        return file_->begin_hash();
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

    ImageFile& file() const { return *file_; }

    SendFile answer() const
    {
        SendFile answer;
        answer.opened = file_->opened();
        answer.entity_tag = offer_.sha256;
        answer.modified = file_->modified();
        answer.headers.set("X-Content-Type-Options", "nosniff");
        return answer;
    }

private:
    bool is_over() const { return revoked_ || end_.passed(); }

    bmc::ImageOffer offer_;
    const std::string token_;
    const std::string path_;
    const std::shared_ptr<ImageFile> file_;
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
        if (hashing_)
            end_hash(std::nullopt);
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

    /// False before the last of these bytes when they are not those that were offered: without their end, no
    /// BMC takes them.
    bool look_at(std::uint64_t offset, std::string_view bytes)
    {
        if (hashing_ && offset != hashed_)
            end_hash(std::nullopt);
        if (hashing_) {
            hash_.add(bytes);
            hashed_ += bytes.size();
        }
        if (offset + bytes.size() < image_->offer().size)
            return true;
        const bool right = hashing_ ? hash_.hex() == image_->offer().sha256 : image_->file().is_untouched();
        if (hashing_)
            end_hash(right);
        if (!right)
            say("the file was changed: it is not given");
        return right;
    }

    void end_hash(std::optional<bool> right)
    {
        hashing_ = false;
        image_->file().hashed(right);
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
    auto made = std::make_shared<Image>(image, file_of(image));
    auto offered = std::make_unique<Offered>(*this, made);
    const std::lock_guard lock(mutex_);
    images_.push_back(std::move(made));
    return offered;
}

/// Who offers a file that is just being looked at waits for that look.
std::shared_ptr<ImageFile> ImageDesk::file_of(const bmc::ImageOffer& image)
{
    const std::lock_guard opening(opening_);
    std::erase_if(files_, [](const std::weak_ptr<ImageFile>& file) { return file.expired(); });
    for (const std::weak_ptr<ImageFile>& known : files_)
        if (std::shared_ptr<ImageFile> file = known.lock(); file && file->is_of(image))
            return file;
    auto file = std::make_shared<ImageFile>(image);
    files_.push_back(file);
    return file;
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
