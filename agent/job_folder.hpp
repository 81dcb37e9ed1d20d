#pragma once

#include "agent/failpoint.hpp"
#include "agent/job_status.hpp"
#include "agent/process_name.hpp"
#include "common/clock.hpp"
#include "common/os/descriptor.hpp"

#include <filesystem>
#include <optional>
#include <string>

/// One job's folder: what is durable of a job, and the rules by which everybody reads it the same way.
///
///     spec        what is to be done; there from the moment the job is accepted
///     claim       made by link() once for ever: whoever made it decides the job's fate. Its maker, and the
///                 installer that it starts, hold a lock on it
///     exit        how it ended; final
///     cancel      somebody wants it ended now
namespace agent::job_folder {

struct Spec {
    std::string order;     ///< the signed bytes
    std::string signature; ///< raw
    unsigned number = 0;   ///< position among the jobs of the run, from 1
    std::string log;       ///< name of the log

    std::string text() const;
    static Spec parse(std::string_view text); ///< throws `invalid`
};

/// How a job ended.
struct Exit {
    JobStatus status;                ///< final
    std::uint64_t dropped_bytes = 0; ///< of the output, in no log
    bool timed_out = false;
    bool cancelled = false;

    std::string text() const;
    static Exit parse(std::string_view text); ///< throws `invalid`
};

/// Where a job stands by its folder alone.
enum class Standing {
    open,                  ///< nobody has begun it; safe to start
    running,               ///< claimed, and somebody of the job lives
    finished,              ///< there is an exit record
    interrupted,           ///< claimed, nobody lives, no exit record
    interrupted_by_reboot, ///< the same, and the claim is from another boot
};

/// Throws Error when the folder cannot be read. `boot` is the kernel's present boot id. A daemon that an
/// installer left behind may hold the lock for ever: once its maker is gone, a claim older than `longest`
/// counts as interrupted.
Standing standing(const std::filesystem::path& folder, const std::string& boot, std::chrono::seconds longest);

/// Stores `spec` durably in a new folder, and takes the room for what is to be stored there later. The folder
/// counts from the moment its spec is there.
void store_spec(const std::filesystem::path& folder, const Spec& spec);
std::optional<Spec> read_spec(const std::filesystem::path& folder);

/// The room of a claim that nobody has made yet.
inline constexpr const char* claim_room_name = "claim.new";

/// Takes the job: durably, once for ever. Returns the locked file; nothing when somebody else took it before.
/// The lock lives as long as any copy of the descriptor.
std::optional<common::os::Descriptor> claim(const std::filesystem::path& folder, const ProcessName& maker,
                                            const Failpoints& failpoints);

struct Claim {
    ProcessName maker;
    common::SystemTime time{};       ///< by the target's clock, for people
    std::chrono::milliseconds up{0}; ///< since boot, for us: nobody can set that clock

    std::string text() const;
    static Claim parse(std::string_view text); ///< throws `invalid`
};

/// Nothing when there is none or it cannot be read.
std::optional<Claim> claim_in(const std::filesystem::path& folder);

/// Writes the exit record, durably. An older one stays: final states never change.
void store_exit(const std::filesystem::path& folder, const Exit& exit, const Failpoints& failpoints);
std::optional<Exit> read_exit(const std::filesystem::path& folder);

/// The whole exit record of somebody who died just before it got its name; nothing when there is none. Only
/// to be asked when the standing is one of the interrupted ones.
std::optional<Exit> unfinished_exit(const std::filesystem::path& folder);

void ask_to_cancel(const std::filesystem::path& folder);
bool is_asked_to_cancel(const std::filesystem::path& folder);

} // namespace agent::job_folder
