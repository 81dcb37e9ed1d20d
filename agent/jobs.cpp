#include "agent/jobs.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"

#include <algorithm>
#include <cctype>

namespace agent {

using common::Error;
using common::JobOrder;
using common::Trouble;
using job_folder::Standing;

namespace {

constexpr std::size_t most_jobs = 10'000; // of one run on one target; more is somebody's loop

std::string log_name(unsigned number, const JobOrder& order)
{
    std::string component = order.name.substr(0, 60);
    for (char& c : component)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_' && c != '.')
            c = '_';
    const std::string digits = std::to_string(number);
    return (digits.size() < 2 ? "0" + digits : digits) + '-' + component + '-' + order.job.substr(0, 8) +
           ".log";
}

std::uint64_t size_of(const std::filesystem::path& file)
{
    std::error_code missing;
    const std::uintmax_t size = std::filesystem::file_size(file, missing);
    return missing ? 0 : size;
}

/// How long a job may hold its lock when its shim is gone: whoever holds it then is a daemon.
constexpr std::chrono::minutes beyond_deadline{10};

Event job_event(const JobStatus& status, const std::string& order_hash)
{
    Event event;
    event.time = std::chrono::system_clock::now();
    event.kind = EventKind::job;
    event.job_id = status.id;
    event.job = status;
    event.order_hash = order_hash;
    return event;
}

common::os::Audit::Facts facts_of_end(const JobStatus& status)
{
    common::os::Audit::Facts facts{{"job", status.id}, {"state", std::string(name_of(status.state))}};
    if (status.exit_code)
        facts.emplace_back("exit_code", std::to_string(*status.exit_code));
    if (status.signal)
        facts.emplace_back("signal", std::to_string(*status.signal));
    return facts;
}

std::string interrupted_sentence(JobState state)
{
    return state == JobState::interrupted_by_reboot
               ? "the target booted while the installer ran; the inventory tells whether it had done its work"
               : "the installer's end was not seen; the inventory tells whether it had done its work";
}

} // namespace

void JobMemory::see(const Event& event)
{
    if (event.kind == EventKind::job && event.job) {
        Known& known = known_[event.job_id];
        known.status = *event.job;
        known.order_hash = event.order_hash;
    } else if (event.kind == EventKind::output) {
        LiveOutput::Sent& sent = known_[event.job_id].sent;
        sent.offset = event.log_offset;
        sent.bytes += event.text.size();
        ++sent.events;
    }
}

Jobs::Jobs(RunFolder folder, OrderRules rules, Tools tools, Journal& journal, const JobMemory& memory,
           const AgentLog& log, const Failpoints& failpoints)
    : folder_(std::move(folder)), rules_(std::move(rules)), tools_(std::move(tools)), journal_(journal),
      log_(log), failpoints_(failpoints)
{
    take_up(memory);
}

Jobs::~Jobs()
{
    stop();
}

void Jobs::take_up(const JobMemory& memory)
{
    for (const auto& entry : std::filesystem::directory_iterator(folder_.jobs()))
        if (const std::string id = entry.path().filename().string(); common::is_hex(id, 32))
            take_up_folder(id, memory);
    for (const auto& [id, known] : memory.all()) {
        if (entries_.contains(id) || known.status.id.empty())
            continue;
        Entry entry;
        entry.status = known.status;
        entry.order_hash = known.order_hash;
        Entry& kept = entries_.emplace(id, std::move(entry)).first->second;
        if (!is_final(kept.status.state)) {
            JobStatus lost = kept.status;
            lost.state = JobState::interrupted;
            lost.text = "its folder on the target is gone; the inventory tells whether it had done its work";
            tell(kept, lost);
        }
    }
    for (const auto& [id, entry] : entries_)
        sequence_.push_back(id);
    std::sort(sequence_.begin(), sequence_.end(), [&](const std::string& a, const std::string& b) {
        return entries_.at(a).spec.number < entries_.at(b).spec.number;
    });
}

void Jobs::take_up_folder(const std::string& id, const JobMemory& memory)
{
    try {
        const std::optional<job_folder::Spec> spec = job_folder::read_spec(folder_.job(id));
        if (!spec) { // nobody was told that it was accepted
            std::filesystem::remove_all(folder_.job(id));
            return;
        }
        Entry entry;
        entry.spec = *spec;
        entry.order = JobOrder::parse(spec->order);
        entry.order_hash = common::tls::sha256_hex(spec->order);
        entry.status.id = id;
        entry.status.component = entry.order.name;
        entry.status.log = spec->log;
        const auto known = memory.all().find(id);
        if (known != memory.all().end() && !known->second.status.id.empty())
            entry.status = known->second.status;
        if (known != memory.all().end())
            entry.sent = known->second.sent;
        entries_.emplace(id, std::move(entry));
    } catch (const Error& error) {
        log_.warning("job " + id + " on the disk cannot be read and is left alone: " + error.text());
    }
}

JobOrder Jobs::checked(const std::string& order, const std::string& signature) const
{
    rules_.check_signature(order, signature);
    JobOrder job = JobOrder::parse(order);
    rules_.check_address(job.run, job.target, job.machine);
    return job;
}

JobStatus Jobs::submit(const std::string& order, const std::string& signature)
{
    JobOrder job = checked(order, signature);
    const std::string hash = common::tls::sha256_hex(order);
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(job.job); found != entries_.end()) {
        if (found->second.order_hash != hash)
            throw Error(Trouble::conflict,
                        "conflict: job " + job.job + " was submitted before with another order");
        return status_of(found->second);
    }
    if (closed_ || stopping_)
        throw Error(Trouble::busy, "the agent is about to end and takes no more jobs");
    if (sequence_.size() >= most_jobs)
        throw Error(Trouble::rejected, "this run has too many jobs on this target");
    journal_.check_writable();
    Entry entry;
    entry.order_hash = hash;
    entry.spec.order = order;
    entry.spec.signature = signature;
    entry.spec.number = sequence_.empty() ? 1 : entries_.at(sequence_.back()).spec.number + 1;
    entry.spec.log = log_name(entry.spec.number, job);
    entry.status.id = job.job;
    entry.status.component = job.name;
    entry.status.log = entry.spec.log;
    entry.order = std::move(job);
    accept(entry);
    const JobStatus status = entry.status;
    entries_.emplace(status.id, std::move(entry));
    sequence_.push_back(status.id);
    news_.notify_all();
    return status;
}

/// Everything is durable when this returns, and nothing is there when it throws.
void Jobs::accept(Entry& entry)
{
    log_.about_to("accept job " + entry.status.id + ": " + entry.order.name +
                  (entry.order.version.empty() ? "" : " " + entry.order.version));
    log_.audit().tell("job_accepted", {{"job", entry.status.id},
                                       {"component", entry.order.name},
                                       {"version", entry.order.version},
                                       {"sha256", entry.order.sha256}});
    failpoints_.pass("before_spec");
    common::while_doing("storing the job on the target",
                        [&] { job_folder::store_spec(folder_of(entry), entry.spec); });
    failpoints_.pass("after_spec");
    try {
        journal_.append(job_event(entry.status, entry.order_hash));
    } catch (const Error&) {
        std::filesystem::remove(folder_of(entry) / "spec");
        common::os::sync_folder(folder_of(entry));
        throw;
    }
    failpoints_.pass("before_ack");
}

Standing Jobs::standing_of(const Entry& entry) const
{
    if (is_final(entry.status.state))
        return Standing::finished;
    return job_folder::standing(folder_of(entry), tools_.boot, entry.order.deadline + beyond_deadline);
}

bool Jobs::runs(const Entry& entry) const
{
    return standing_of(entry) == Standing::running;
}

JobStatus Jobs::ended_status(const Entry& entry, Standing standing) const
{
    std::optional<job_folder::Exit> exit = standing == Standing::finished
                                               ? job_folder::read_exit(folder_of(entry))
                                               : job_folder::unfinished_exit(folder_of(entry));
    if (exit)
        return exit->status;
    JobStatus status = entry.status;
    status.state =
        standing == Standing::interrupted_by_reboot ? JobState::interrupted_by_reboot : JobState::interrupted;
    status.text = interrupted_sentence(status.state);
    if (const auto claim = job_folder::claim_in(folder_of(entry)))
        status.started = claim->time;
    status.ended = std::chrono::system_clock::now();
    status.output_bytes = size_of(folder_.logs() / entry.status.log);
    return status;
}

JobStatus Jobs::status_of(const Entry& entry) const
{
    if (is_final(entry.status.state))
        return entry.status;
    const Standing standing = standing_of(entry);
    if (standing == Standing::open)
        return entry.status;
    if (standing != Standing::running)
        return ended_status(entry, standing);
    JobStatus status = entry.status;
    status.state = JobState::running;
    if (const auto claim = job_folder::claim_in(folder_of(entry)))
        status.started = claim->time;
    status.output_bytes = size_of(folder_.logs() / entry.status.log);
    return status;
}

std::vector<JobStatus> Jobs::all() const
{
    const std::lock_guard lock(mutex_);
    std::vector<JobStatus> list;
    for (const std::string& id : sequence_)
        list.push_back(status_of(entries_.at(id)));
    return list;
}

std::optional<JobOrder> Jobs::order_for(const std::string& sha256) const
{
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : entries_)
        if (entry.order.sha256 == sha256 && !is_final(entry.status.state))
            return entry.order;
    return std::nullopt;
}

/// Makes `status` the job's, and an event of it. With mutex_ held.
void Jobs::tell(Entry& entry, JobStatus status)
{
    entry.status = std::move(status);
    failpoints_.pass("before_event");
    try {
        journal_.append(job_event(entry.status, entry.order_hash));
    } catch (const Error& error) { // GetStatus tells it all the same, from the job's folder
        log_.warning(error.text());
    }
    failpoints_.pass("after_event");
    log_.info("job " + entry.status.id + " is " + std::string(name_of(entry.status.state)) +
              (entry.status.text.empty() ? "" : ": " + entry.status.text));
    if (is_final(entry.status.state))
        log_.audit().tell("job_over", facts_of_end(entry.status));
}

/// Takes over the end of a job from its folder; false when it has not ended. With mutex_ held.
bool Jobs::settle(Entry& entry)
{
    if (is_final(entry.status.state))
        return true;
    const Standing standing = standing_of(entry);
    if (standing == Standing::open || standing == Standing::running)
        return false;
    job_folder::Exit exit;
    exit.status = ended_status(entry, standing);
    if (standing != Standing::finished) {
        // Written down, because a final state never changes: the next boot must not make another one of it.
        try {
            job_folder::store_exit(folder_of(entry), exit, Failpoints());
        } catch (const Error& error) {
            log_.warning("job " + entry.status.id + ": " + error.text());
        }
    }
    tell(entry, std::move(exit.status));
    return true;
}

/// Ends a job that nobody has begun, by taking its claim: from then on nobody can. With mutex_ held.
void Jobs::end_unstarted(Entry& entry, JobState state, const std::string& why)
{
    const Failpoints none;
    const auto lock = job_folder::claim(folder_of(entry), ProcessName::of_this_process(), none);
    if (lock) {
        job_folder::Exit exit;
        exit.status = entry.status;
        exit.status.state = state;
        exit.status.result =
            state == JobState::cancelled ? installer::Result::cancelled : installer::Result::failed;
        exit.status.text = common::one_line(why, 500);
        exit.status.ended = std::chrono::system_clock::now();
        exit.status.log.clear(); // there is none
        exit.cancelled = state == JobState::cancelled;
        job_folder::store_exit(folder_of(entry), exit, none);
    }
    settle(entry);
}

JobStatus Jobs::cancel(const std::string& id, bool kill)
{
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end())
        throw Error(Trouble::not_found, "there is no job " + common::one_line(id, 40));
    Entry& entry = found->second;
    const Standing standing = standing_of(entry);
    if (standing == Standing::open) {
        log_.about_to("cancel job " + id + ", which has not begun");
        log_.audit().tell("job_cancel", {{"job", id}, {"running", "no"}});
        entry.give_up = true;
        end_unstarted(entry, JobState::cancelled, "cancelled before it began");
    } else if (standing == Standing::running && kill) {
        log_.about_to("end job " + id + ", which is running");
        log_.audit().tell("job_cancel", {{"job", id}, {"running", "yes"}});
        job_folder::ask_to_cancel(folder_of(entry));
    }
    news_.notify_all();
    return status_of(entry);
}

bool Jobs::is_busy() const
{
    const std::lock_guard lock(mutex_);
    return starting_ || std::any_of(entries_.begin(), entries_.end(),
                                    [&](const auto& entry) { return runs(entry.second); });
}

std::vector<Event> Jobs::endings() const
{
    const std::lock_guard lock(mutex_);
    std::vector<Event> events;
    for (const std::string& id : sequence_)
        if (const Entry& entry = entries_.at(id); is_final(entry.status.state))
            events.push_back(job_event(entry.status, entry.order_hash));
    return events;
}

bool Jobs::close(const std::string& why)
{
    const std::lock_guard lock(mutex_);
    if (starting_ ||
        std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return runs(entry.second); }))
        return false;
    closed_ = true;
    for (auto& [id, entry] : entries_) {
        entry.give_up = true;
        if (!settle(entry))
            end_unstarted(entry, JobState::cancelled, why);
    }
    news_.notify_all();
    return true;
}

} // namespace agent
