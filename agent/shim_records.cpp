#include "agent/shim.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/descriptor.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace agent {

using common::Fields;

namespace {

constexpr std::string_view start_format = "soapstone-start 1";
constexpr std::string_view exit_format = "soapstone-exit 1";
constexpr std::string_view claim_format = "soapstone-claim 1";

std::optional<int> number_if_there(const Fields& fields, std::string_view key)
{
    if (fields.all(key).empty())
        return std::nullopt;
    return static_cast<int>(fields.number(key, 255));
}

/// True when some process holds the exclusive lock on the claim.
bool is_locked(const std::filesystem::path& claim)
{
    const common::os::Descriptor file = common::os::open_file(claim, O_RDONLY | O_NOFOLLOW);
    if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0)
        return false;
    if (errno == EWOULDBLOCK)
        return true;
    throw common::system_error("asking for the lock of a job");
}

} // namespace

std::string Start::text() const
{
    Fields fields{std::string(start_format)};
    for (const std::string& argument : arguments)
        fields.add("argument", argument);
    fields.add("log", log.string())
        .add("working-folder", working_folder.string())
        .add("deadline", static_cast<std::uint64_t>(deadline.count()))
        .add("failpoint", failpoint);
    return fields.text();
}

Start Start::parse(const std::string& text)
{
    const Fields fields = Fields::parse(text, start_format);
    Start start;
    start.arguments = fields.all("argument");
    start.log = fields.get("log");
    start.working_folder = fields.get("working-folder");
    start.deadline = std::chrono::seconds(fields.number("deadline", 7 * 86'400));
    start.failpoint = fields.get("failpoint");
    if (start.arguments.empty())
        throw common::Error(common::Trouble::invalid, "a job has nothing to run");
    return start;
}

std::string Exit::text() const
{
    Fields fields{std::string(exit_format)};
    if (code)
        fields.add("code", static_cast<std::uint64_t>(*code));
    if (signal)
        fields.add("signal", static_cast<std::uint64_t>(*signal));
    fields.add("timed-out", timed_out ? 1U : 0U)
        .add("cancelled", cancelled ? 1U : 0U)
        .add("bytes", bytes)
        .add("started", static_cast<std::uint64_t>(started))
        .add("ended", static_cast<std::uint64_t>(ended));
    return fields.text();
}

Exit Exit::parse(const std::string& text)
{
    const Fields fields = Fields::parse(text, exit_format);
    Exit exit;
    exit.code = number_if_there(fields, "code");
    exit.signal = number_if_there(fields, "signal");
    exit.timed_out = fields.number("timed-out", 1) == 1;
    exit.cancelled = fields.number("cancelled", 1) == 1;
    exit.bytes = fields.number("bytes");
    exit.started = static_cast<std::int64_t>(fields.number("started", INT64_MAX));
    exit.ended = static_cast<std::int64_t>(fields.number("ended", INT64_MAX));
    return exit;
}

std::string Claim::text() const
{
    return Fields{std::string(claim_format)}
        .add("pid", static_cast<std::uint64_t>(pid))
        .add("start", start)
        .add("boot", boot)
        .text();
}

Claim Claim::parse(const std::string& text)
{
    const Fields fields = Fields::parse(text, claim_format);
    Claim claim;
    claim.pid = static_cast<pid_t>(fields.number("pid", INT32_MAX));
    claim.start = fields.number("start");
    claim.boot = fields.get("boot");
    return claim;
}

std::optional<Exit> exit_record(const std::filesystem::path& folder)
{
    const auto text = common::os::read_file_if_there(folder / "exit", 64 << 10);
    return text ? std::optional(Exit::parse(*text)) : std::nullopt;
}

std::optional<Claim> claim_record(const std::filesystem::path& folder)
{
    const auto text = common::os::read_file_if_there(folder / "claim", 64 << 10);
    return text ? std::optional(Claim::parse(*text)) : std::nullopt;
}

Standing standing(const std::filesystem::path& folder)
{
    if (exit_record(folder))
        return Standing::exited;
    const std::optional<Claim> claim = claim_record(folder);
    if (!claim)
        return Standing::unclaimed;
    if (is_locked(folder / "claim"))
        return Standing::running;
    if (exit_record(folder)) // it came between the two looks
        return Standing::exited;
    return claim->boot == common::os::boot_id() ? Standing::interrupted : Standing::interrupted_by_reboot;
}

} // namespace agent
