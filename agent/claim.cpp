#include "agent/file_lock.hpp"
#include "agent/job_folder.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cerrno>

namespace agent::job_folder {

using common::Error;
using common::Fields;
using common::os::Descriptor;

namespace {

constexpr std::string_view claim_format = "soapstone-claim 1";
constexpr const char* claim_name = "claim";

std::chrono::milliseconds since_boot()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(common::BootClock::now().time_since_epoch());
}

/// The room that reserve_room() took, under the name `temporary`; a new file for who comes second. Locked
/// before it gets its name, so nobody ever sees a claim that seems to be abandoned.
Descriptor open_claim(const std::filesystem::path& folder, const std::filesystem::path& temporary)
{
    const bool reserved = common::os::replace_file(folder / claim_room_name, temporary);
    if (!reserved && errno != ENOENT)
        throw common::system_error("claiming the job");
    return open_locked(temporary, !reserved);
}

void fill_claim(int file, const Claim& claim)
{
    common::os::write_over(file, claim.text(), "claim");
    common::os::sync_file(file, "claim");
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
    } catch (const Error&) { // damaged: its maker is not known
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
        common::os::remove_file(temporary);
        throw;
    }
    failpoints.pass("shim_after_claim_tmp");
    const bool mine = common::os::hard_link(temporary, folder / claim_name);
    const int error = errno;
    common::os::remove_file(temporary);
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
    const std::optional<bool> locked = is_locked(folder / claim_name);
    if (!locked) // without its spec, somebody has removed the folder and all that was known in it
        return std::filesystem::exists(folder / "spec") ? Standing::open : Standing::interrupted;
    const std::optional<Claim> claim = claim_in(folder);
    // The lock, not the process number, tells who lives.
    if (*locked && !is_overdue(claim, longest))
        return Standing::running;
    // Looked again, because it may have ended between the two looks: whoever holds the lock lets go of it
    // last.
    if (read_exit(folder))
        return Standing::finished;
    return claim && claim->maker.boot == boot ? Standing::interrupted : Standing::interrupted_by_reboot;
}

} // namespace agent::job_folder
