#include "agent/log_courier.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "common/tls/context.hpp"

#include <optional>
#include <utility>

namespace agent {

using common::Error;
using common::Trouble;
using common::net::Client;

namespace {

constexpr std::chrono::seconds stall{10};

} // namespace

LogCourier::LogCourier(common::net::Loop& loop, const RunFolder& folder, const AgentLog& log,
                       std::function<void()> contact)
    : loop_(loop), folder_(folder), log_(log), contact_(std::move(contact))
{
}

void LogCourier::carry(const std::string& name, const LogRoad& road, std::chrono::seconds time) const
{
    const bool is_managers = name == common::managers_log;
    const std::optional<std::filesystem::path> file = folder_.log(name);
    if (!file && !is_managers)
        throw Error(Trouble::invalid, "there is no such log");
    const common::Deadline end = common::Deadline::in(time);
    const Client::Progress progress = [&](std::uint64_t) {
        contact_();
        if (end.passed())
            throw Error(Trouble::busy, "not all of it yet");
    };
    try {
        Client client(loop_, common::tls::Context::client_without_certificate(common::tls::only(road.pin)),
                      road.server.address, road.server.port);
        if (is_managers)
            fetch(client, road.path + name, progress);
        else
            client.push(road.path + name, *file, stall, progress);
    } catch (const Error& error) {
        if (error.trouble() == Trouble::busy)
            throw;
        log_.info("the manager's web server at " + road.server.text() + ": " + common::one_line(name, 100) +
                  ": " + error.text());
        throw Error(Trouble::rejected, error.text()); // not reaching it is no matter of the line to us
    }
}

/// It is there whole or not at all.
void LogCourier::fetch(Client& client, const std::string& target, const Client::Progress& progress) const
{
    constexpr std::uint64_t most = 2 << 20; // bytes; the manager gives half of that
    const std::filesystem::path file = folder_.logs() / common::managers_log;
    std::filesystem::remove(file);
    try {
        client.pull(target, file, most, stall, progress);
    } catch (const Error&) {
        std::error_code none;
        std::filesystem::remove(file, none);
        throw;
    }
}

} // namespace agent
