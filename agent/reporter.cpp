#include "agent/reporter.hpp"

#include "agent/payload.hpp"
#include "agent/wire_forms.hpp"
#include "common/soap/client.hpp"
#include "wireCallbackProxy.h"

#include <algorithm>

namespace agent {

using common::Deadline;
using namespace std::chrono_literals;

namespace {

constexpr auto call_time = 10s;
constexpr auto probe_time = 3s;
constexpr std::size_t most_bytes = 32 << 10; ///< of events in one call, so that it stays below 64 KiB
constexpr std::size_t most_events = 50;

bool tell_of_a_job(const std::vector<Event>& events)
{
    return std::any_of(events.begin(), events.end(),
                       [](const Event& event) { return event.kind == EventKind::job; });
}

} // namespace

struct Reporter::Line {
    Line(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
         const common::Endpoint& callback)
        : endpoint(callback), client(loop, std::move(context), callback.address, callback.port)
    {
    }

    common::Endpoint endpoint;
    common::net::Client client;
    common::soap::Caller caller{client, "/callback"};
    CallbackProxy proxy{caller.context()};
};

Reporter::Reporter(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
                   Settings settings, Journal& journal, const Failpoints& failpoints)
    : loop_(loop), context_(std::move(context)), settings_(std::move(settings)), journal_(journal),
      failpoints_(failpoints)
{
    if (!settings_.callbacks.empty())
        thread_ = std::thread([this] { run(); });
}

Reporter::~Reporter()
{
    stop();
}

void Reporter::stop()
{
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    journal_.stop_waiting();
    if (thread_.joinable())
        thread_.join();
}

void Reporter::run()
{
    unsigned failures = 0;
    while (true) {
        const bool some = journal_.wait(journal_.acknowledged(), Deadline::in(1s));
        {
            const std::lock_guard lock(mutex_);
            if (stop_)
                return;
        }
        if (!some)
            continue;
        failures = push_to_any() ? 0 : failures + 1;
        if (failures > 0)
            pause(failures);
    }
}

bool Reporter::push_to_any()
{
    const std::uint64_t before = journal_.acknowledged();
    const std::vector<Event> events = journal_.read(before, most_events, most_bytes);
    const bool counts = tell_of_a_job(events);
    if (events.empty()) // not durable, so nobody is told
        return false;
    if (counts)
        failpoints_.pass("before_push");
    const std::lock_guard lock(line_mutex_);
    for (const common::Endpoint& callback : settings_.callbacks) {
        try {
            const std::uint64_t stored = push(callback, events, Deadline::in(call_time));
            if (counts)
                failpoints_.pass("after_push");
            journal_.acknowledge(stored);
            settings_.heard();
            return stored > before; // nothing new stored: not at once again
        } catch (const std::exception&) {
            line_.reset(); // on to the next address
        }
    }
    return false;
}

std::string Reporter::probe()
{
    std::string problem = "the agent was not told where to report";
    const std::lock_guard lock(line_mutex_);
    for (const common::Endpoint& callback : settings_.callbacks) {
        try {
            push(callback, {}, Deadline::in(probe_time));
            return {};
        } catch (const common::Error& error) {
            line_.reset();
            problem = error.text();
        }
    }
    return problem;
}

/// With line_mutex_ held.
std::uint64_t Reporter::push(const common::Endpoint& callback, const std::vector<Event>& events,
                             Deadline deadline)
{
    if (!line_ || !(line_->endpoint == callback))
        line_ = std::make_unique<Line>(loop_, context_, callback);
    _cbk__Notify request;
    request.runId = settings_.run;
    request.targetId = settings_.target;
    request.boot = settings_.boot;
    for (const Event& event : events)
        request.events.push_back(to_wire(event));
    _cbk__NotifyResponse response;
    line_->caller.call("reporting events", deadline, [&] { return line_->proxy.Notify(&request, response); });
    return static_cast<std::uint64_t>(std::max<LONG64>(response.acknowledged, 0));
}

void Reporter::pause(unsigned failures)
{
    // Never at once: a manager that comes back is not to be met by all its agents in the same moment.
    const std::chrono::milliseconds time = 250ms + retry_pause(failures - 1);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [&] { return stop_; });
}

} // namespace agent
