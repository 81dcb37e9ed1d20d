#include "agent/payload.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"

#include <algorithm>
#include <cstring>

namespace agent {

using common::Deadline;
using common::Error;
using common::JobOrder;
using common::Trouble;

namespace {

constexpr std::chrono::minutes most_silence{10}; // without a byte of progress
constexpr std::chrono::seconds stall{10};        // of a fetch; then the manager is asked to bring it
constexpr std::chrono::seconds probe_time{3};
constexpr unsigned most_refusals = 3;               // of a depot that answers, but not with what we need
constexpr std::uint64_t least_room_left = 16 << 20; // bytes that stay free for logs and the installer

std::uint64_t size_of(const std::filesystem::path& file)
{
    std::error_code missing;
    const std::uintmax_t size = std::filesystem::file_size(file, missing);
    return missing ? 0 : size;
}

void check_room(const JobOrder& order, const std::filesystem::path& file)
{
    const std::optional<std::uint64_t> available = common::os::free_space(file.parent_path());
    if (!available)
        return; // then writing will tell
    const std::uint64_t needed = order.size - std::min(order.size, size_of(file)) + least_room_left;
    if (*available < needed)
        throw Error(Trouble::rejected,
                    "the target's disk is too full: " + common::bytes_text(needed) + " needed, " +
                        common::bytes_text(*available) + " available in " + file.parent_path().string(),
                    "make room on the target, then run the command again");
}

/// Bytes of the payload that are here, by whichever way.
std::uint64_t size_so_far(const std::filesystem::path& file)
{
    return std::max(size_of(file), size_of(brought(file)));
}

/// Whoever has not the manager's key is not the manager: where it was killed, the next one on that machine
/// takes its port. That counts as nobody there, for a resume has other ports and brings what is asked for.
bool is_refusal(const Error& error)
{
    return error.trouble() != Trouble::unreachable && error.trouble() != Trouble::denied;
}

/// The manager is asked to bring a payload for as long as this lives.
class Request {
public:
    explicit Request(Delivery& delivery) : delivery_(delivery) {}
    ~Request() { delivery_.withdraw(); }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

private:
    Delivery& delivery_;
};

} // namespace

std::chrono::milliseconds retry_pause(unsigned attempt)
{
    constexpr std::uint64_t base = 500;
    constexpr std::uint64_t cap = 30'000;
    const std::uint64_t most = std::min(cap, base << std::min(attempt, 10U));
    const std::string bytes = common::os::random_bytes(sizeof(std::uint64_t));
    std::uint64_t random = 0;
    std::memcpy(&random, bytes.data(), sizeof random);
    return std::chrono::milliseconds(random % (most + 1));
}

bool is_payload(const JobOrder& order, const std::filesystem::path& file)
{
    if (size_of(file) != order.size)
        return false;
    const common::os::Descriptor open =
        common::os::open_file(file, common::os::Open::read | common::os::Open::no_link);
    return common::tls::sha256_of_file(open.get()) == order.sha256;
}

Depot::Depot(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
             std::vector<common::Endpoint> endpoints, std::function<void()> contact, Delivery& delivery,
             const Failpoints& failpoints)
    : loop_(loop), context_(std::move(context)), endpoints_(std::move(endpoints)),
      contact_(std::move(contact)), delivery_(delivery), failpoints_(failpoints)
{
}

/// How long a payload is still hoped for.
class Depot::Patience {
public:
    explicit Patience(std::filesystem::path file) : file_(std::move(file)), seen_(size_so_far(file_)) {}

    /// True when nothing came for too long.
    bool is_over()
    {
        if (const std::uint64_t size = size_so_far(file_); size > seen_) {
            seen_ = size;
            end_ = Deadline::in(most_silence);
        }
        return end_.passed();
    }

    unsigned refusals = 0; ///< by depots that answer

private:
    std::filesystem::path file_;
    std::uint64_t seen_;
    Deadline end_ = Deadline::in(most_silence);
};

bool Depot::try_once(const common::Endpoint& endpoint, const JobOrder& order,
                     const std::filesystem::path& file, const GiveUp& give_up) const
{
    common::net::Client client(loop_, context_, endpoint.address, endpoint.port);
    client.pull("/payload/" + order.sha256, file, order.size, stall, [&](std::uint64_t) {
        failpoints_.pass("during_fetch");
        contact_();
        if (give_up())
            throw Error(Trouble::busy, "given up");
    });
    contact_();
    if (is_payload(order, file))
        return true;
    std::filesystem::remove(file); // not a part of it will be of use
    throw Error(Trouble::rejected, "the manager sent something else than the order names: the file was "
                                   "changed there since the run began");
}

void Depot::fetch(const JobOrder& order, const std::filesystem::path& file, const GiveUp& give_up) const
{
    if (is_payload(order, file))
        return;
    if (size_of(file) >= order.size)
        std::filesystem::remove(file);
    check_room(order, file);
    const Request request(delivery_);
    fetch_or_wait(order, file, give_up);
}

void Depot::fetch_or_wait(const JobOrder& order, const std::filesystem::path& file,
                          const GiveUp& give_up) const
{
    Patience patience(file);
    for (unsigned attempt = 0; !is_payload(order, file); ++attempt) {
        if (!endpoints_.empty() && try_next(attempt, order, file, give_up, patience))
            return;
        if (give_up())
            throw Error(Trouble::busy, "given up");
        delivery_.ask(order.sha256);
        if (patience.is_over())
            throw Error(Trouble::unreachable,
                        "the manager did not bring it within " + common::duration_text(most_silence));
        const std::size_t round = endpoints_.empty() ? attempt : attempt / endpoints_.size();
        delivery_.wait(retry_pause(static_cast<unsigned>(round)), give_up);
    }
}

std::string Depot::probe() const
{
    std::string problem = "the agent was not told where to fetch payload";
    for (const common::Endpoint& endpoint : endpoints_) {
        try {
            common::net::Client client(loop_, context_, endpoint.address, endpoint.port);
            common::net::Client::Exchange question;
            question.method = "HEAD";
            question.target = "/payload/" + std::string(64, '0'); // that there is none is an answer, too
            client.exchange(question, Deadline::in(probe_time));
            return {};
        } catch (const Error& error) {
            problem = error.text();
        }
    }
    return problem;
}

/// One try at one endpoint. False when it failed in a way that another try may mend.
bool Depot::try_next(unsigned attempt, const JobOrder& order, const std::filesystem::path& file,
                     const GiveUp& give_up, Patience& patience) const
{
    try {
        return try_once(endpoints_[attempt % endpoints_.size()], order, file, give_up);
    } catch (const Error& error) {
        if (give_up())
            throw Error(Trouble::busy, "given up");
        patience.refusals += is_refusal(error) ? 1 : 0;
        if (patience.is_over() || patience.refusals >= most_refusals * endpoints_.size())
            throw;
        return false;
    }
}

} // namespace agent
