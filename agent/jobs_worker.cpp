// The thread that carries jobs out.
#include "agent/jobs.hpp"
#include "common/error.hpp"

#include <utility>

namespace agent {

using common::Error;
using common::Trouble;
using job_folder::Standing;

namespace {

constexpr std::chrono::milliseconds look_interval{150};
constexpr int most_starts = 3; // of a shim that ends without a claim
constexpr std::chrono::seconds start_patience{10};

} // namespace

void Jobs::start()
{
    worker_ = std::thread([this] { work(); });
}

void Jobs::stop()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        news_.notify_all();
    }
    if (worker_.joinable())
        worker_.join();
}

bool Jobs::is_stopping() const
{
    const std::lock_guard lock(mutex_);
    return stopping_;
}

/// The first job that is not over; waits for one. Null when the agent stops.
Jobs::Entry* Jobs::next_to_do()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        if (stopping_)
            return nullptr;
        for (const std::string& id : sequence_)
            if (Entry& entry = entries_.at(id); !is_final(entry.status.state))
                return &entry;
        news_.wait(lock);
    }
}

void Jobs::work()
{
    while (Entry* entry = next_to_do()) {
        try {
            carry_out(*entry);
        } catch (const std::exception& error) {
            log_.warning("job " + entry->spec.log + ": " + error.what() + "; tried again in a moment");
            std::unique_lock lock(mutex_);
            news_.wait_for(lock, std::chrono::seconds(1), [&] { return stopping_; });
        }
    }
}

void Jobs::carry_out(Entry& entry)
{
    failpoints_.pass("after_ack");
    const Standing standing = [&] {
        const std::lock_guard lock(mutex_);
        return standing_of(entry);
    }();
    if (standing == Standing::open && (!fetch(entry) || !begin(entry)))
        return;
    follow(entry);
}

/// Brings the payload here. False when the job is not to begin now.
bool Jobs::fetch(Entry& entry)
{
    log_.about_to("fetch " + entry.order.file_name + " (" + entry.order.sha256 + ')');
    const auto give_up = [&] {
        const std::lock_guard lock(mutex_);
        return stopping_ || entry.give_up;
    };
    failpoints_.pass("before_fetch");
    try {
        tools_.fetch(entry.order, folder_.payload() / entry.order.sha256, give_up);
    } catch (const Error& error) {
        if (give_up())
            return false;
        const std::lock_guard lock(mutex_);
        end_unstarted(entry, JobState::failed, "fetching the component: " + error.text());
        return false;
    }
    failpoints_.pass("after_fetch");
    return !give_up();
}

/// Starts one shim and waits until it made its claim; false when it went without. With `lock` held.
bool Jobs::start_shim(Entry& entry, std::unique_lock<std::mutex>& lock)
{
    log_.about_to("start the installer of job " + entry.status.id);
    log_.audit().tell("start_installer", {{"job", entry.status.id}, {"component", entry.order.name}});
    failpoints_.pass("before_shim");
    const bool first = std::exchange(first_shim_, false); // a place counts once, not for each new try
    shims_.push_back(tools_.start_shim(folder_of(entry), first ? failpoints_ : Failpoints()));
    failpoints_.pass("after_shim_start");
    const common::Deadline end = common::Deadline::in(start_patience);
    while (standing_of(entry) == Standing::open && !end.passed() && !shims_.back()())
        news_.wait_for(lock, std::chrono::milliseconds(10));
    reap();
    return standing_of(entry) != Standing::open;
}

/// Sees to it that the installer is started. False when there will be none.
bool Jobs::begin(Entry& entry)
{
    std::unique_lock lock(mutex_);
    std::string why = "the process that starts the installer did not come up";
    for (int attempt = 0; attempt < most_starts; ++attempt) {
        if (stopping_ || entry.give_up)
            return false;
        bool begun = false;
        starting_ = true;
        try {
            begun = start_shim(entry, lock);
        } catch (const Error& error) {
            why = error.text();
        }
        starting_ = false;
        if (begun)
            return true;
    }
    end_unstarted(entry, JobState::failed, why);
    return false;
}

/// With mutex_ held.
void Jobs::reap()
{
    std::erase_if(shims_, [](shim::HasEnded& has_ended) { return has_ended(); });
}

/// Watches a job that was begun, by whomever, until it is over.
void Jobs::follow(Entry& entry)
{
    LiveOutput output(journal_, folder_.logs() / entry.spec.log, entry.order.job, entry.sent);
    for (;;) {
        output.step();
        std::unique_lock lock(mutex_);
        reap();
        if (is_final(entry.status.state))
            return;
        const JobStatus now = status_of(entry);
        if (now.state == JobState::running && entry.status.state != JobState::running)
            tell(entry, now);
        if (is_final(now.state)) {
            lock.unlock(); // the last lines come before the end
            output.finish(now.output_bytes);
            lock.lock();
            settle(entry);
            return;
        }
        if (now.state == JobState::accepted || news_.wait_for(lock, look_interval, [&] { return stopping_; }))
            return;
    }
}

} // namespace agent
