#include "agent/fetch.hpp"

#include "common/error.hpp"

#include <random>
#include <thread>

namespace agent {

using common::Error;
using common::Trouble;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr int rounds = 5;
constexpr auto stall = 30s;

void remove_if_too_large(const fs::path& file, std::uint64_t size)
{
    std::error_code problem;
    if (const std::uint64_t now = fs::file_size(file, problem); !problem && now > size)
        fs::remove(file);
}

void pause(int round, const std::atomic<bool>& stop)
{
    std::mt19937 random{std::random_device{}()};
    const auto time = std::chrono::milliseconds(std::uniform_int_distribution(500, 1'000 << round)(random));
    for (const auto end = common::Deadline::in(time); !end.passed() && !stop;)
        std::this_thread::sleep_for(50ms);
}

} // namespace

void fetch_payload(common::net::Loop& loop, const std::shared_ptr<const common::tls::Context>& context,
                   const std::vector<common::Endpoint>& depots, const common::JobOrder& order,
                   const fs::path& file, const std::atomic<bool>& stop)
{
    Error last(Trouble::rejected, "the orders name no depot");
    const auto progress = [&](std::uint64_t) {
        if (stop)
            throw Error(Trouble::busy, "the agent is being stopped");
    };
    for (int round = 0; round < rounds && !stop; ++round) {
        for (const common::Endpoint& depot : depots) {
            try {
                remove_if_too_large(file, order.size);
                common::net::Client client(loop, context, depot.address, depot.port);
                client.pull("/payload/" + order.sha256, file, order.size, stall, progress);
                return;
            } catch (const Error& error) {
                last = error;
                last.prepend(depot.text());
            }
        }
        if (depots.empty() || last.trouble() != Trouble::unreachable)
            break;
        pause(round, stop);
    }
    throw last;
}

} // namespace agent
