#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// Where everything of one run lies on this target. Only logs(), journal() and tombstone() stay behind.
class RunFolder {
public:
    /// `state` is /var/lib/soapstone; tests take another.
    RunFolder(const std::filesystem::path& state, std::string_view run) : root_(state / run) {}

    /// Makes the folder and its logs, readable by root only. Throws Error when part of it could be somebody
    /// else's.
    void prepare_logs() const;

    /// The same for all the rest. Only the agent that holds the lock may do it.
    void prepare() const;

    /// Removes the jobs and all that is only of use to them; what stays is agent record, journal, logs
    /// and tombstone. A crash on the way leaves no job behind that seems not to have been begun.
    void remove_jobs() const;

    /// What tells of ports in the firewall that may be open, one file each; see common/os/firewall.sh.
    std::vector<std::filesystem::path> firewall_records() const;
    std::filesystem::path firewall_record(std::string_view boot) const;

    const std::filesystem::path& root() const { return root_; }
    std::filesystem::path logs() const { return root_ / "logs"; }
    /// The log of that name; nothing when there is none. `name` may come from anywhere.
    std::optional<std::filesystem::path> log(const std::string& name) const;
    std::filesystem::path jobs() const { return root_ / "jobs"; }
    std::filesystem::path job(std::string_view id) const { return jobs() / id; }
    std::filesystem::path payload() const { return root_ / "payload"; }
    std::filesystem::path removed() const { return root_ / "removed"; }
    std::filesystem::path journal() const { return root_ / "journal"; }
    std::filesystem::path reboot_record() const { return root_ / "reboot"; }
    std::filesystem::path agent_record() const { return root_ / "agent.pid"; }
    std::filesystem::path tombstone() const { return root_ / "tombstone"; }

private:
    void remove_job_by_job() const;

    std::filesystem::path root_;
};

} // namespace agent
