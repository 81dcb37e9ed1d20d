#include "agent/reporter.hpp"

#include "agent/wire_forms.hpp"
#include "common/soap/client.hpp"
#include "wireCallbackProxy.h"

#include <algorithm>
#include <random>

namespace agent {

using common::Deadline;
using namespace std::chrono_literals;

namespace {

constexpr auto call_time = 10s;
constexpr double first_pause = 0.5; ///< seconds; doubles with each failure
constexpr double longest_pause = 30;
constexpr std::size_t most_bytes = 32 << 10; ///< of events in one call, so that it stays below 64 KiB
constexpr std::size_t most_events = 50;

/// As many of the first events as fit into one call; at least one.
std::vector<Event> that_fit(std::vector<Event> events)
{
    std::size_t bytes = 0;
    std::size_t count = 0;
    for (const Event& event : events) {
        bytes += event.text.size() + 1'000;
        if (count > 0 && bytes > most_bytes)
            break;
        ++count;
    }
    events.resize(count);
    return events;
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
                   Settings settings, Journal& journal)
    : loop_(loop), context_(std::move(context)), settings_(std::move(settings)), journal_(journal)
{
    if (!settings_.callbacks.empty())
        thread_ = std::thread([this] { run(); });
}

Reporter::~Reporter()
{
    stop();
}

void Reporter::acknowledged(std::uint64_t seq)
{
    seq = std::min(seq, journal_.last());
    std::uint64_t before = acknowledged_;
    while (before < seq && !acknowledged_.compare_exchange_weak(before, seq)) {
    }
}

void Reporter::stop()
{
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    journal_.wake();
    if (thread_.joinable())
        thread_.join();
}

void Reporter::run()
{
    unsigned failures = 0;
    while (true) {
        const bool some = journal_.wait(acknowledged_, Deadline::in(1s));
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
    const std::vector<Event> events = that_fit(journal_.events(acknowledged_, most_events));
    for (const common::Endpoint& callback : settings_.callbacks) {
        try {
            const std::uint64_t before = acknowledged_;
            acknowledged(push(callback, events));
            settings_.heard();
            return acknowledged_ > before; // nothing new stored: not at once again
        } catch (const std::exception&) {
            line_.reset(); // on to the next address
        }
    }
    return false;
}

std::uint64_t Reporter::push(const common::Endpoint& callback, const std::vector<Event>& events)
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
    line_->caller.call("reporting events", Deadline::in(call_time),
                       [&] { return line_->proxy.Notify(&request, response); });
    return static_cast<std::uint64_t>(std::max<LONG64>(response.acknowledged, 0));
}

void Reporter::pause(unsigned failures)
{
    static thread_local std::mt19937 random{std::random_device{}()};
    const double most =
        std::min(longest_pause, first_pause * static_cast<double>(1U << std::min(failures, 10U)));
    const double seconds = std::uniform_real_distribution<double>(first_pause, most)(random);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return stop_; });
}

} // namespace agent
