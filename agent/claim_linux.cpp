#include "agent/job_folder.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace agent::job_folder {

using common::Fields;
using common::os::Descriptor;
using common::os::Open;

namespace {

constexpr std::string_view claim_format = "soapstone-claim 1";
constexpr const char* claim_name = "claim";

std::chrono::milliseconds since_boot()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(common::BootClock::now().time_since_epoch());
}

/// True when nobody holds the lock of this claim. The lock, not the process number, tells who lives.
bool is_free(int claim)
{
    if (::flock(claim, LOCK_SH | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        throw common::system_error("looking at the lock of a job");
    return false;
}

/// The room that reserve_room() took, under the name `temporary`; a new file for who comes second.
Descriptor open_claim(const std::filesystem::path& folder, const std::filesystem::path& temporary)
{
    if (::rename((folder / claim_room_name).c_str(), temporary.c_str()) == 0)
        return common::os::open_file(temporary, Open::read | Open::write | Open::no_link);
    if (errno != ENOENT)
        throw common::system_error("claiming the job");
    return common::os::open_file(temporary, Open::read | Open::write | Open::exclude | Open::no_link);
}

/// Locked before it gets its name, so nobody ever sees a claim that seems to be abandoned.
void fill_claim(int file, const Claim& claim)
{
    if (::flock(file, LOCK_EX | LOCK_NB) != 0)
        throw common::system_error("locking the job");
    const std::string text = claim.text();
    common::os::write_all(file, text, "claim");
    if (::ftruncate(file, static_cast<off_t>(text.size())) != 0 || ::fsync(file) != 0)
        throw common::system_error("storing the job's claim");
}

bool is_overdue(const std::optional<Claim>& claim, std::chrono::seconds longest)
{
    return claim && !claim->maker.lives() && since_boot() - claim->up > longest;
}

} // namespace

std::string Claim::text() const
{
    Fields fields{std::string(claim_format)};
    maker.add_to(fields);
    fields.add("time", static_cast<std::uint64_t>(std::max<std::int64_t>(common::to_milliseconds(time), 0)))
        .add("up", static_cast<std::uint64_t>(up.count()));
    return fields.text();
}

Claim Claim::parse(std::string_view text)
{
    const Fields fields = Fields::parse(text, claim_format);
    Claim claim;
    claim.maker = ProcessName::in(fields);
    claim.time = common::from_milliseconds(static_cast<std::int64_t>(fields.number("time", INT64_MAX)));
    claim.up = std::chrono::milliseconds(fields.number("up", INT64_MAX));
    return claim;
}

std::optional<Claim> claim_in(const std::filesystem::path& folder)
{
    try {
        const std::optional<std::string> text = common::os::read_file_if_there(folder / claim_name, 64 << 10);
        return text ? std::optional(Claim::parse(*text)) : std::nullopt;
    } catch (const common::Error&) { // damaged: its maker is not known
        return std::nullopt;
    }
}

std::optional<Descriptor> claim(const std::filesystem::path& folder, const ProcessName& maker,
                                const Failpoints& failpoints)
{
    failpoints.pass("shim_before_claim");
    // A name of its own for each try: what a dead one left behind is in nobody's way.
    const std::filesystem::path temporary = folder / ("claim." + common::to_hex(common::os::random_bytes(8)));
    Descriptor file = open_claim(folder, temporary);
    try {
        fill_claim(file.get(), Claim{maker, std::chrono::system_clock::now(), since_boot()});
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
    failpoints.pass("shim_after_claim_tmp");
    const bool mine = ::link(temporary.c_str(), (folder / claim_name).c_str()) == 0;
    const int error = errno;
    ::unlink(temporary.c_str());
    if (!mine && error == EEXIST)
        return std::nullopt;
    if (!mine)
        throw common::system_error("claiming the job", error);
    failpoints.pass("shim_after_link");
    common::os::sync_folder(folder);
    return file;
}

Standing standing(const std::filesystem::path& folder, const std::string& boot, std::chrono::seconds longest)
{
    if (read_exit(folder))
        return Standing::finished;
    const Descriptor file(::open((folder / claim_name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file && errno == ENOENT) {
        // Without its spec, somebody has removed the folder and all that was known in it.
        return ::access((folder / "spec").c_str(), F_OK) == 0 ? Standing::open : Standing::interrupted;
    }
    if (!file)
        throw common::system_error("looking at a job");
    const std::optional<Claim> claim = claim_in(folder);
    if (!is_free(file.get()) && !is_overdue(claim, longest))
        return Standing::running;
    // Looked again, because it may have ended between the two looks: whoever holds the lock lets go of it
    // last.
    if (read_exit(folder))
        return Standing::finished;
    return claim && claim->maker.boot == boot ? Standing::interrupted : Standing::interrupted_by_reboot;
}

} // namespace agent::job_folder
