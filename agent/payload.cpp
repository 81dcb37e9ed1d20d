#include "agent/payload.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"

#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <thread>

namespace agent {

using common::Deadline;
using common::Error;
using common::JobOrder;
using common::Trouble;

namespace {

constexpr std::chrono::minutes most_silence{10}; // without a byte of progress
constexpr std::chrono::seconds stall{30};
constexpr unsigned most_refusals = 3;               // of a depot that answers, but not with what we need
constexpr std::uint64_t least_room_left = 16 << 20; // bytes that stay free for logs and the installer

std::uint64_t size_of(const std::filesystem::path& file)
{
    struct stat info {};
    return ::lstat(file.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

void check_room(const JobOrder& order, const std::filesystem::path& file)
{
    struct statvfs info {};
    if (::statvfs(file.parent_path().c_str(), &info) != 0)
        return; // then writing will tell
    const std::uint64_t available = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
    const std::uint64_t needed = order.size - std::min(order.size, size_of(file)) + least_room_left;
    if (available < needed)
        throw Error(Trouble::rejected,
                    "the target's disk is too full: " + common::bytes_text(needed) + " needed, " +
                        common::bytes_text(available) + " available in " + file.parent_path().string(),
                    "make room on the target, then run the command again");
}

void pause(std::chrono::milliseconds time, const GiveUp& give_up)
{
    const Deadline end = Deadline::in(time);
    while (!end.passed() && !give_up())
        std::this_thread::sleep_for(std::min(end.left(), std::chrono::milliseconds(100)));
}

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
    const common::os::Descriptor open = common::os::open_file(file, O_RDONLY | O_NOFOLLOW);
    return common::tls::sha256_of_file(open.get()) == order.sha256;
}

Depot::Depot(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
             std::vector<common::Endpoint> endpoints, std::function<void()> contact,
             const Failpoints& failpoints)
    : loop_(loop), context_(std::move(context)), endpoints_(std::move(endpoints)),
      contact_(std::move(contact)), failpoints_(failpoints)
{
}

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
    if (endpoints_.empty())
        throw Error(Trouble::rejected, "the agent was not told where to fetch it");
    check_room(order, file);
    unsigned refusals = 0;
    std::uint64_t most_seen = size_of(file);
    Deadline end = Deadline::in(most_silence);
    for (unsigned attempt = 0;; ++attempt) {
        try {
            if (try_once(endpoints_[attempt % endpoints_.size()], order, file, give_up))
                return;
        } catch (const Error& error) {
            if (give_up())
                throw Error(Trouble::busy, "given up");
            refusals += error.trouble() == Trouble::unreachable ? 0 : 1;
            if (end.passed() || refusals >= most_refusals * endpoints_.size())
                throw;
        }
        if (size_of(file) > most_seen) {
            most_seen = size_of(file);
            end = Deadline::in(most_silence);
        }
        const unsigned round = attempt / static_cast<unsigned>(endpoints_.size());
        pause(retry_pause(round), give_up);
    }
}

} // namespace agent
