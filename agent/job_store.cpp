#include "agent/failpoint.hpp"
#include "agent/job.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/tls/signature.hpp"

#include <algorithm>
#include <csignal>

namespace agent {

using common::Error;
using common::JobOrder;
using common::Trouble;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_order = 64 << 10;

JobView first_view(const JobOrder& order)
{
    JobView view;
    view.id = order.job;
    view.component = order.name;
    return view;
}

/// The last state of each job that the journal knows.
std::map<std::string, JobView> journalled(const Journal& journal)
{
    std::map<std::string, JobView> known;
    std::uint64_t since = 0;
    for (auto events = journal.events(since, 100); !events.empty(); events = journal.events(since, 100)) {
        for (Event& event : events)
            if (event.job)
                known[event.job->id] = *event.job;
        since = events.back().seq;
    }
    return known;
}

std::vector<fs::path> folders_by_age(const fs::path& jobs)
{
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(jobs))
        if (fs::exists(entry.path() / "order")) // without one it was never accepted
            folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end(), [](const fs::path& one, const fs::path& other) {
        return fs::last_write_time(one / "order") < fs::last_write_time(other / "order");
    });
    return folders;
}

} // namespace

Jobs::Jobs(Settings settings, Journal& journal) : settings_(std::move(settings)), journal_(journal)
{
    for (const char* part : {"jobs", "payload", "logs"})
        common::os::make_private_folder(settings_.folder / part);
    load();
    runner_ = std::thread([this] { run(); });
}

Jobs::~Jobs()
{
    stop();
}

void Jobs::stop()
{
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    if (runner_.joinable())
        runner_.join();
}

void Jobs::load()
{
    const std::map<std::string, JobView> known = journalled(journal_);
    for (const fs::path& folder : folders_by_age(settings_.folder / "jobs"))
        load(folder, known);
}

void Jobs::load(const fs::path& folder, const std::map<std::string, JobView>& known)
{
    const JobOrder order = JobOrder::parse(common::os::read_file(folder / "order", most_order));
    const auto found = known.find(order.job);
    const JobView view = found == known.end() ? first_view(order) : found->second;
    jobs_[order.job] = Job{order, view};
    if (!view.final())
        queue_.push_back(order.job);
}

void Jobs::check(const JobOrder& order, const std::string& text, const std::string& signature) const
{
    if (!common::tls::is_signed(text, signature, settings_.order_key))
        throw Error(Trouble::denied, "the order is not signed by this run's order key");
    if (order.run != settings_.run || order.target != settings_.target)
        throw Error(Trouble::denied, "the order is for another run or another target");
    if (!order.machine.empty() && order.machine != settings_.machine)
        throw Error(Trouble::rejected, "the order is for another machine");
}

void Jobs::store(const JobOrder& order, const std::string& text)
{
    if (const std::string problem = journal_.problem(); !problem.empty())
        throw Error(Trouble::rejected, "no job is taken because the journal is closed: " + problem);
    common::os::make_private_folder(folder_of(order.job));
    failpoint("before_spec");
    common::os::write_file_durably(folder_of(order.job) / "order", text);
    common::os::sync_folder(settings_.folder / "jobs");
    failpoint("after_spec");
}

JobView Jobs::submit(const std::string& text, const std::string& signature)
{
    if (text.size() > most_order)
        throw Error(Trouble::invalid, "the order is larger than 64 KiB");
    const JobOrder order = JobOrder::parse(text);
    check(order, text, signature);
    const std::lock_guard lock(mutex_);
    if (const auto found = jobs_.find(order.job); found != jobs_.end()) {
        if (common::os::read_file(folder_of(order.job) / "order", most_order) != text)
            throw Error(Trouble::conflict, "the job " + order.job + " was ordered before with other content");
        return found->second.view;
    }
    store(order, text);
    const JobView view = first_view(order);
    jobs_[order.job] = Job{order, view};
    queue_.push_back(order.job);
    Event event;
    event.kind = "job";
    event.job = view;
    journal_.append(event);
    changed_.notify_all();
    return view;
}

JobView Jobs::cancel(const std::string& id, bool kill)
{
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(id);
    if (found == jobs_.end())
        throw Error(Trouble::not_found, "there is no such job");
    JobView& view = found->second.view;
    const std::optional<Claim> claim = claim_record(folder_of(id));
    if (view.state == "accepted" && !claim && std::erase(queue_, id) > 0) {
        JobView cancelled = view;
        cancelled.state = cancelled.result = "cancelled";
        cancelled.text = "Cancelled before it began.";
        Event event;
        event.kind = "job";
        event.job = cancelled;
        journal_.append(event);
        view = cancelled;
    } else if (kill && claim && !view.final() && common::os::start_time(claim->pid) == claim->start) {
        ::kill(claim->pid, SIGTERM);
    }
    return view;
}

std::vector<JobView> Jobs::list() const
{
    const std::lock_guard lock(mutex_);
    std::vector<JobView> views;
    for (const auto& [id, job] : jobs_)
        views.push_back(job.view);
    return views;
}

bool Jobs::busy() const
{
    const std::lock_guard lock(mutex_);
    return std::any_of(jobs_.begin(), jobs_.end(),
                       [](const auto& entry) { return !entry.second.view.final(); });
}

void Jobs::change(const std::string& id, const std::function<void(JobView&)>& step)
{
    const std::lock_guard lock(mutex_);
    JobView& view = jobs_.at(id).view;
    const std::string before = view.state;
    step(view);
    if (view.state == before)
        return;
    Event event;
    event.kind = "job";
    event.job = view;
    try {
        journal_.append(event);
    } catch (const Error&) {
        // GetStatus tells both the state and what is wrong with the journal.
    }
}

} // namespace agent
