#include "agent/shim.hpp"

#include "agent/agent_log.hpp"
#include "agent/drain.hpp"
#include "agent/installer/installer.hpp"
#include "agent/installer/own_log.hpp"
#include "agent/job_folder.hpp"
#include "agent/payload_link.hpp"
#include "agent/process_tree.hpp"
#include "agent/reboot_mark.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/tls/hash.hpp"

#include <optional>
#include <thread>

namespace agent::shim {

using common::Deadline;
using common::Error;
using common::JobOrder;
using common::Trouble;
using common::os::Descriptor;

namespace {

constexpr std::chrono::seconds grace{10};             // between TERM and KILL
constexpr std::chrono::seconds patience_with_dead{5}; // for processes that do not even die of KILL
constexpr std::chrono::milliseconds step{100};
constexpr std::chrono::seconds busy_pause{10};
constexpr int most_namings = 5; // of a payload that is exchanged while it is looked at

/// One job, from the claim on.
class Work {
public:
    Work(std::filesystem::path folder, job_folder::Spec spec, const Failpoints& failpoints)
        : folder_(std::move(folder)), spec_(std::move(spec)), order_(JobOrder::parse(spec_.order)),
          failpoints_(failpoints)
    {
        status_.id = order_.job;
        status_.component = order_.name;
        status_.log = spec_.log;
    }

    void run(const Descriptor& lock)
    {
        status_.started = std::chrono::system_clock::now();
        installer::Verdict verdict;
        try {
            const installer::Command command = prepare();
            install(command, lock.get());
            verdict = installer::normalise(order_, ending_);
        } catch (const Error& error) {
            verdict = {installer::Result::failed, "", error.text()};
        }
        record(verdict);
    }

private:
    installer::Command prepare();
    void check_payload(int payload) const;
    void install(const installer::Command& command, int lock);
    void run_once(const installer::Command& command, int lock, Drain& drain, Deadline end);
    bool is_worth_another_try(const installer::Command& command, Drain& drain, Deadline end);
    void wait_for(ProcessTree& installer, Drain& drain, Deadline end);
    void end_all(ProcessTree& installer, Drain& drain);
    void record(const installer::Verdict& verdict);

    const std::filesystem::path folder_;
    const job_folder::Spec spec_;
    const JobOrder order_;
    const Failpoints& failpoints_;
    JobStatus status_;
    Drained output_;
    installer::Ending ending_;
    Descriptor payload_; ///< open, so that what was checked is what runs
};

void Work::check_payload(int payload) const
{
    if (common::os::file_size(payload) != order_.size ||
        common::tls::sha256_of_file(payload) != order_.sha256)
        throw Error(Trouble::rejected,
                    "the payload on the target is not what the order names; it was not run");
}

installer::Command Work::prepare()
{
    const std::filesystem::path files = folder_ / "work";
    common::os::make_private_folder(files);
    const std::filesystem::path named = files / order_.file_name;
    const std::filesystem::path payload = folder_.parent_path().parent_path() / "payload" / order_.sha256;
    for (int tries = 0; !payload_; ++tries) {
        if (tries == most_namings)
            throw Error(Trouble::rejected, "the payload on the target is exchanged again and again");
        payload_ = link_checked(payload, named, [this](int file) { check_payload(file); });
    }
    if (order_.kind == common::ComponentKind::program)
        std::filesystem::permissions(named, std::filesystem::perms::owner_all);
    return installer::command_for(order_, named.string());
}

void Work::install(const installer::Command& command, int lock)
{
    const AgentLog log(folder_.parent_path().parent_path() / "logs" / "agent.log", order_.run, order_.target);
    log.about_to("run " + command.arguments.front() + " for job " + order_.job);
    Drain drain(folder_.parent_path().parent_path() / "logs" / spec_.log, folder_ / "output.tail");
    const Deadline end = Deadline::in(order_.deadline);
    do
        run_once(command, lock, drain, end);
    while (is_worth_another_try(command, drain, end));
    output_ = drain.finish();
    ending_.tail = output_.tail;
    ending_.reboot_mark = reboot_is_asked_for(*status_.started);
}

void Work::run_once(const installer::Command& command, int lock, Drain& drain, Deadline end)
{
    ProcessTree installer(drain);
    ending_.start_error = installer.start(command, folder_ / "work", lock);
    if (ending_.start_error != 0)
        return;
    failpoints_.pass("shim_after_fork");
    wait_for(installer, drain, end);
    if (!command.own_log.empty())
        installer::copy_own_log(command.own_log, [&](std::string_view text) {
            drain.look();
            common::os::write_all(drain.input(), text, "the installer's own log");
        });
}

/// Waits for a while when the installer did nothing because another one was at work.
bool Work::is_worth_another_try(const installer::Command& command, Drain& drain, Deadline end)
{
    const bool was_busy = command.busy_code && ending_.code == command.busy_code;
    if (!was_busy || ending_.cancelled || ending_.timed_out)
        return false;
    for (const Deadline pause = Deadline::in(busy_pause); !pause.passed();
         std::this_thread::sleep_for(step)) {
        ending_.cancelled = job_folder::is_asked_to_cancel(folder_);
        if (ending_.cancelled || end.passed())
            return false;
        drain.look();
    }
    return true;
}

void Work::wait_for(ProcessTree& installer, Drain& drain, Deadline end)
{
    while (!installer.has_ended(ending_)) {
        ending_.cancelled = job_folder::is_asked_to_cancel(folder_);
        ending_.timed_out = !ending_.cancelled && end.passed();
        if (ending_.cancelled || ending_.timed_out)
            return end_all(installer, drain);
        drain.look();
        installer.pause(step);
    }
}

/// Ends the installer and everything that came from it, wherever it went.
void Work::end_all(ProcessTree& installer, Drain& drain)
{
    const auto is_gone_by = [&](Deadline until) {
        while (!until.passed()) {
            drain.look();
            if (installer.has_ended(ending_) && installer.is_gone())
                return true;
            installer.pause(step);
        }
        return false;
    };
    if (installer.ask_to_end() && is_gone_by(Deadline::in(grace)))
        return;
    // Again and again: one that is just forking is only seen the next time.
    const Deadline give_up = Deadline::in(patience_with_dead);
    do
        installer.kill();
    while (!is_gone_by(Deadline::in(step)) && !give_up.passed());
}

void Work::record(const installer::Verdict& verdict)
{
    job_folder::Exit exit;
    exit.status = status_;
    exit.status.state = state_after(verdict.result);
    exit.status.result = verdict.result;
    exit.status.exit_code = ending_.code;
    exit.status.signal = ending_.signal;
    exit.status.code_map = verdict.map;
    exit.status.text = verdict.text;
    exit.status.ended = std::chrono::system_clock::now();
    exit.status.output_bytes = output_.bytes;
    exit.dropped_bytes = output_.dropped;
    exit.timed_out = ending_.timed_out;
    exit.cancelled = ending_.cancelled;
    failpoints_.pass("shim_before_exit_record");
    job_folder::store_exit(folder_, exit, failpoints_);
    failpoints_.pass("shim_after_exit_record");
    payload_.close();
    std::error_code ignored; // the folder goes with the run at the latest
    std::filesystem::remove_all(folder_ / "work", ignored);
}

} // namespace

int work(const std::filesystem::path& job_folder, const Failpoints& failpoints)
{
    try {
        const std::optional<job_folder::Spec> spec = job_folder::read_spec(job_folder);
        if (!spec)
            return 2;
        Work work(job_folder, *spec, failpoints);
        const std::optional<Descriptor> lock =
            job_folder::claim(job_folder, ProcessName::of_this_process(), failpoints);
        if (!lock)
            return 3; // somebody ran it
        work.run(*lock);
        return 0;
    } catch (const std::exception&) {
        return 1; // without a claim it is tried again, with one it counts as interrupted
    }
}

} // namespace agent::shim
