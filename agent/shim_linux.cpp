#include "agent/agent_log.hpp"
#include "agent/child.hpp"
#include "agent/descendants.hpp"
#include "agent/drain.hpp"
#include "agent/installer/installer.hpp"
#include "agent/job_folder.hpp"
#include "agent/shim.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/tls/hash.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace agent::shim {

using common::Deadline;
using common::Error;
using common::JobOrder;
using common::Trouble;
using common::os::Descriptor;
using common::os::Open;

namespace {

constexpr std::chrono::seconds grace{10};             // between TERM and KILL
constexpr std::chrono::seconds patience_with_dead{5}; // for processes that do not even die of KILL
constexpr std::chrono::milliseconds step{100};
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
    std::optional<Descriptor> name_payload(const std::filesystem::path& named) const;
    installer::Command prepare();
    void check_payload(const Descriptor& payload) const;
    void install(const installer::Command& command, int lock);
    void wait_for(pid_t installer, Drain& drain);
    bool has_ended(pid_t installer);
    void end_all(pid_t installer, Drain& drain);
    void signal_all(pid_t installer, pid_t drain, int number) const;
    void record(const installer::Verdict& verdict);

    const std::filesystem::path folder_;
    const job_folder::Spec spec_;
    const JobOrder order_;
    const Failpoints& failpoints_;
    JobStatus status_;
    Drained output_;
    installer::Ending ending_;
};

void Work::check_payload(const Descriptor& payload) const
{
    struct stat info {};
    if (::fstat(payload.get(), &info) != 0)
        throw common::system_error("looking at the payload");
    if (!S_ISREG(info.st_mode) || static_cast<std::uint64_t>(info.st_size) != order_.size ||
        common::tls::sha256_of_file(payload.get()) != order_.sha256)
        throw Error(Trouble::rejected,
                    "the payload on the target is not what the order names; it was not run");
}

/// Opens the payload, checks it, and gives what was checked, by its descriptor, the name that installers
/// expect. Nothing when it lost its own name meanwhile: the manager has brought it a second time.
std::optional<Descriptor> Work::name_payload(const std::filesystem::path& named) const
{
    const std::filesystem::path run = folder_.parent_path().parent_path();
    Descriptor payload = common::os::open_file(run / "payload" / order_.sha256, Open::read | Open::no_link);
    check_payload(payload);
    const std::string open_file = "/proc/self/fd/" + std::to_string(payload.get());
    if (::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, named.c_str(), AT_SYMLINK_FOLLOW) == 0)
        return payload;
    if (errno == ENOENT)
        return std::nullopt;
    throw common::system_error("giving the payload its name");
}

installer::Command Work::prepare()
{
    const std::filesystem::path files = folder_ / "work";
    common::os::make_private_folder(files);
    const std::filesystem::path named = files / order_.file_name;
    std::optional<Descriptor> payload;
    for (int tries = 0; !payload; ++tries) {
        if (tries == most_namings)
            throw Error(Trouble::rejected, "the payload on the target is exchanged again and again");
        payload = name_payload(named);
    }
    if (order_.kind == common::ComponentKind::program && ::fchmod(payload->get(), 0700) != 0)
        throw common::system_error("making the payload executable");
    return installer::command_for(order_, named.string());
}

bool reboot_is_asked_for(std::optional<common::SystemTime> since)
{
    struct stat info {};
    if (::stat("/run/reboot-required", &info) != 0 || !since)
        return false;
    return std::chrono::system_clock::from_time_t(info.st_mtime) + std::chrono::seconds(1) >= *since;
}

void Work::install(const installer::Command& command, int lock)
{
    const AgentLog log(folder_.parent_path().parent_path() / "logs" / "agent.log", order_.run, order_.target);
    log.about_to("run " + command.arguments.front() + " for job " + order_.job);
    Drain drain(folder_.parent_path().parent_path() / "logs" / spec_.log, folder_ / "output.tail");
    Descriptor input = drain.take_input();
    const Started started = start_installer(command, folder_ / "work", input.get(), lock);
    input.close();
    if (started.error != 0) {
        ending_.start_error = started.error;
    } else {
        failpoints_.pass("shim_after_fork");
        wait_for(started.pid, drain);
    }
    output_ = drain.finish();
    ending_.tail = output_.tail;
    ending_.reboot_mark = reboot_is_asked_for(status_.started);
}

/// Waits at most one step for a child that ends.
void pause()
{
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    constexpr timespec limit{0, std::chrono::nanoseconds(step).count()};
    ::sigtimedwait(&children, nullptr, &limit);
}

bool Work::has_ended(pid_t installer)
{
    int raw = 0;
    if (::waitpid(installer, &raw, WNOHANG) != installer)
        return false;
    if (WIFSIGNALED(raw))
        ending_.signal = WTERMSIG(raw);
    else
        ending_.code = WEXITSTATUS(raw);
    return true;
}

void Work::wait_for(pid_t installer, Drain& drain)
{
    const Deadline end = Deadline::in(order_.deadline);
    while (!has_ended(installer)) {
        ending_.cancelled = job_folder::is_asked_to_cancel(folder_);
        ending_.timed_out = !ending_.cancelled && end.passed();
        if (ending_.cancelled || ending_.timed_out)
            return end_all(installer, drain);
        drain.look();
        reap_orphans(installer);
        pause();
    }
}

void Work::signal_all(pid_t installer, pid_t drain, int number) const
{
    ::kill(-installer, number);
    for (const pid_t pid : descendants(::getpid(), drain))
        ::kill(pid, number);
}

/// Ends the installer and everything that came from it, wherever it went.
void Work::end_all(pid_t installer, Drain& drain)
{
    signal_all(installer, drain.pid(), SIGTERM);
    bool ended = false;
    const auto wait = [&](Deadline until) {
        while (!until.passed()) {
            ended = ended || has_ended(installer);
            drain.look();
            reap_orphans(ended ? std::nullopt : std::optional(installer));
            if (ended && descendants(::getpid(), drain.pid()).empty())
                return true;
            pause();
        }
        return false;
    };
    if (wait(Deadline::in(grace)))
        return;
    // Again and again: one that is just forking is only seen the next time.
    const Deadline give_up = Deadline::in(patience_with_dead);
    do
        signal_all(installer, drain.pid(), SIGKILL);
    while (!wait(Deadline::in(step)) && !give_up.passed());
    reap_orphans(ended ? std::nullopt : std::optional(installer)); // nothing is to stay as a zombie
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
    std::error_code ignored; // the folder goes with the run at the latest
    std::filesystem::remove_all(folder_ / "work", ignored);
}

} // namespace

int work(const std::filesystem::path& job_folder, const Failpoints& failpoints)
{
    try {
        sigset_t children;
        sigemptyset(&children);
        sigaddset(&children, SIGCHLD);
        ::sigprocmask(SIG_BLOCK, &children, nullptr);
        adopt_orphans();
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
