#include "agent/failpoint.hpp"
#include "agent/installer/installer.hpp"
#include "agent/job.hpp"
#include "agent/output_tail.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/tls/hash.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace agent {

using common::Error;
using common::JobOrder;
using common::Trouble;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto look_again = 300ms;
constexpr int most_starts = 3;
constexpr std::uint64_t most_end = 16 << 10; ///< of the output, to tell what a code means

std::string log_name(const JobOrder& order)
{
    std::string name = order.job.substr(0, 8) + '-';
    for (const char c : order.name.substr(0, 60)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_';
        name += plain ? c : '_';
    }
    return name + ".log";
}

std::string end_of(const fs::path& log)
{
    const common::os::Descriptor file(::open(log.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat about {};
    if (!file || ::fstat(file.get(), &about) != 0)
        return {};
    std::string text(most_end, '\0');
    const off_t from = std::max<off_t>(0, about.st_size - static_cast<off_t>(most_end));
    const ssize_t got = ::pread(file.get(), text.data(), text.size(), from);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

/// The payload, open, when it is exactly what was ordered.
common::os::Descriptor verified(const JobOrder& order, const fs::path& file)
{
    common::os::Descriptor payload = common::os::open_file(file, O_RDONLY | O_NOFOLLOW);
    struct stat about {};
    if (::fstat(payload.get(), &about) != 0)
        throw common::system_error("looking at the payload");
    if (static_cast<std::uint64_t>(about.st_size) != order.size ||
        common::tls::sha256_of_file(payload.get()) != order.sha256) {
        ::unlink(file.c_str()); // the next attempt fetches it anew
        throw Error(Trouble::rejected, "the payload is not what was ordered (size or hash differs)");
    }
    return payload;
}

/// Gives the file that is open, and no other, its own name in the job's folder.
void link_open_file(int file, const fs::path& name)
{
    const std::string open_file = "/proc/self/fd/" + std::to_string(file);
    ::unlink(name.c_str());
    if (::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
        throw common::system_error("linking the payload");
}

bool has_ended(pid_t child)
{
    return child > 0 && ::waitpid(child, nullptr, WNOHANG) == child;
}

} // namespace

void Jobs::run()
{
    while (const std::optional<JobOrder> order = next()) {
        failpoint("after_ack");
        try {
            work(*order);
        } catch (const std::exception& error) {
            fail(*order, error.what());
        }
    }
}

std::optional<JobOrder> Jobs::next()
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stop_ || !queue_.empty(); });
    if (stop_)
        return std::nullopt;
    const JobOrder order = jobs_.at(queue_.front()).order;
    queue_.pop_front();
    return order;
}

void Jobs::work(const JobOrder& order)
{
    const Standing before = standing(folder_of(order.job));
    if (before == Standing::unclaimed)
        prepare(order);
    if (before == Standing::unclaimed || before == Standing::running)
        watch(order);
    else
        settle(order, before);
}

void Jobs::prepare(const JobOrder& order)
{
    const fs::path folder = folder_of(order.job);
    const fs::path file = settings_.folder / "payload" / order.sha256;
    std::error_code problem;
    if (fs::file_size(file, problem) != order.size || problem)
        common::while_doing("fetching the payload", [&] { settings_.fetch(order, file, stop_); });
    if (stop_)
        return;
    const common::os::Descriptor payload = verified(order, file);
    if (::fchmod(payload.get(), order.kind == common::ComponentKind::program ? 0700 : 0600) != 0)
        throw common::system_error("making the payload executable");
    common::os::make_private_folder(folder / "work");
    link_open_file(payload.get(), folder / "work" / order.file_name);
    Start start;
    start.arguments = installer::command(order, folder / "work" / order.file_name);
    start.log = settings_.folder / "logs" / log_name(order);
    start.working_folder = folder / "work";
    start.deadline = order.deadline;
    start.failpoint = chosen_failpoint();
    common::os::write_file_durably(folder / "start", start.text());
}

void Jobs::watch(const JobOrder& order)
{
    const fs::path folder = folder_of(order.job);
    OutputTail tail(settings_.folder / "logs" / log_name(order));
    pid_t shim = 0;
    for (int starts = 0; !stop_;) {
        const bool gone = has_ended(shim); // looked at before the folder: what it left there is seen then
        if (gone)
            shim = -1;
        const Standing now = standing(folder);
        if (now == Standing::unclaimed && shim <= 0) {
            if (++starts > most_starts)
                throw Error(Trouble::rejected, "the installer could not be started");
            failpoint("before_shim");
            shim = settings_.start(folder);
        }
        if (now == Standing::running || now == Standing::exited)
            change(order.job, [&](JobView& view) {
                if (view.state == "accepted")
                    view.started = common::to_milliseconds(std::chrono::system_clock::now());
                view.state = "running";
                view.log = log_name(order);
                view.output_bytes = tail.size();
            });
        const bool over = now != Standing::running && now != Standing::unclaimed;
        report_output(order, tail, over);
        if (over) {
            if (shim > 0)
                ::waitpid(shim, nullptr, 0);
            return settle(order, now);
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, look_again, [&] { return stop_.load(); });
    }
}

void Jobs::report_output(const JobOrder& order, OutputTail& tail, bool all)
{
    while (const auto piece = tail.next(all)) {
        Event event;
        event.kind = "output";
        event.job_id = order.job;
        event.text = piece->text;
        event.dropped = piece->dropped;
        try {
            journal_.append(event);
        } catch (const Error&) {
            return; // the log has it
        }
    }
}

void Jobs::settle(const JobOrder& order, Standing how)
{
    const std::optional<Exit> exit = exit_record(folder_of(order.job));
    const std::string name = log_name(order);
    const std::string output = end_of(settings_.folder / "logs" / name);
    change(order.job, [&](JobView& view) {
        view.log = name;
        view.ended = common::to_milliseconds(std::chrono::system_clock::now());
        if (!exit) {
            view.state = how == Standing::interrupted ? "interrupted" : "interrupted_by_reboot";
            view.result = "unknown_code";
            view.text = "Its end was not seen; the inventory tells what it did.";
            return;
        }
        const installer::Meaning meaning = installer::meaning(
            order.kind, {exit->code, exit->signal, exit->timed_out, exit->cancelled}, output);
        view.state = meaning.state;
        view.result = meaning.result;
        view.code_map = meaning.code_map;
        view.text = meaning.sentence;
        view.exit_code = exit->code;
        view.signal = exit->signal;
        view.started = exit->started;
        view.ended = exit->ended;
        view.output_bytes = exit->bytes;
    });
}

void Jobs::fail(const JobOrder& order, const std::string& why)
{
    if (stop_) // not its fault: the next agent goes on with it
        return;
    change(order.job, [&](JobView& view) {
        view.state = "failed";
        view.result = "failed";
        view.text = why;
        view.ended = common::to_milliseconds(std::chrono::system_clock::now());
    });
}

} // namespace agent
