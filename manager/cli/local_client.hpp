#pragma once

#include "manager/cli/runtime_file.hpp"
#include "manager/rollout/store.hpp"
#include "manager/serve/manager_service.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace manager::cli {

/// A port that a manager holds.
struct ListeningPort {
    std::string purpose; ///< local, callback, depot
    std::string address; ///< empty: all
    std::uint16_t port = 0;
    std::uint16_t wanted = 0; ///< first choice; another `port` means that it was taken
};

/// A manager, as it tells itself.
struct ManagerStatus {
    std::string version;
    std::int64_t started = 0; ///< ms since 1970
    std::vector<ListeningPort> ports;
};

/// Something that happened on a target.
struct TargetEvent {
    std::string target; ///< empty: the whole run
    rollout::RunEvent event;
};

struct TargetEvents {
    std::vector<TargetEvent> events;
    std::uint64_t last_seq = 0;
    bool over = false; ///< the run; nothing more will come
};

/// Talks to a manager at work on this workstation through its local control port. One thread at a time. Calls
/// throw `unreachable` within seconds when it does not answer, else what it says.
class LocalClient {
public:
    explicit LocalClient(const RunningManager& manager);
    ~LocalClient();

    ManagerStatus status();
    /// Events after `since`; waits up to `wait` (at most 60 s) for the first one.
    TargetEvents events(std::uint64_t since, std::chrono::seconds wait);
    /// Begins a run and returns its id.
    std::string deploy(const serve::DeployWish& wish);
    /// As Campaign::cancel(): the second time it ends running jobs.
    void cancel();

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

/// The manager that works on `run`, or serves and has it; nothing when none does.
std::optional<RunningManager> manager_of(const std::string& run, const std::filesystem::path& data);

} // namespace manager::cli
