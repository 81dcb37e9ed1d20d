#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

/// One shim runs one installer, at most once, and outlives the agent if need be. It and the agent talk
/// through files in the job's folder: `start` (what to run), `claim` (it was begun, by whom; locked while it
/// runs), `exit` (how it ended).
namespace agent {

/// What a shim is to run.
struct Start {
    std::vector<std::string> arguments; ///< arguments[0] is an absolute path
    std::filesystem::path log;
    std::filesystem::path working_folder;
    std::chrono::seconds deadline{3600};
    std::string failpoint;

    std::string text() const;
    static Start parse(const std::string& text);
};

/// How an installer ended.
struct Exit {
    std::optional<int> code;
    std::optional<int> signal;
    bool timed_out = false;
    bool cancelled = false;
    std::uint64_t bytes = 0;  ///< printed
    std::int64_t started = 0; ///< milliseconds since 1970
    std::int64_t ended = 0;

    std::string text() const;
    static Exit parse(const std::string& text);
};

/// Who runs a job.
struct Claim {
    pid_t pid = 0;
    std::uint64_t start = 0;
    std::string boot;

    std::string text() const;
    static Claim parse(const std::string& text);
};

/// Where a job stands by what is in its folder.
enum class Standing { unclaimed, running, exited, interrupted, interrupted_by_reboot };

Standing standing(const std::filesystem::path& folder);
std::optional<Exit> exit_record(const std::filesystem::path& folder);
std::optional<Claim> claim_record(const std::filesystem::path& folder);

/// The life of a shim. Returns its exit status. `grace` lies between TERM and KILL.
int run_shim(const std::filesystem::path& folder, std::chrono::milliseconds grace = std::chrono::seconds(10));

/// Starts `soapstone-agent shim FOLDER` in a session of its own. Throws `rejected` when it cannot.
pid_t spawn_shim(const std::filesystem::path& folder);

} // namespace agent
