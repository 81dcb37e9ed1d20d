#pragma once

#include "common/log.hpp"
#include "common/os/audit.hpp"
#include "common/tls/line_chain.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace agent {

/// The agent's own log, `logs/agent.log`: a black box. It goes on from agent to agent of a run, up to 8 MiB,
/// and its lines are chained (common/tls/line_chain.hpp), also where agent and shim write at the same time.
/// A log that cannot be written stops nothing. Any thread.
class AgentLog {
public:
    /// Goes on with `file` after checking what is there. `target` stands in every line.
    AgentLog(const std::filesystem::path& file, std::string_view run, std::string_view target);
    ~AgentLog();

    const common::Log& lines() const { return log_; }
    void info(std::string_view sentence) const { log_.info(sentence); }
    void warning(std::string_view sentence) const { log_.warning(sentence); }

    /// Writes "about to ..." and has it on the disk before it returns: whoever looks later sees what was
    /// begun.
    void about_to(std::string_view step) const;

    /// The same step for the system's log, which others keep.
    const common::os::Audit& audit() const { return audit_; }

    struct Head {
        common::tls::ChainHead chain;
        std::optional<std::uint64_t> broken; ///< the first line that somebody has changed, as far as we saw
    };
    /// What the log must be for whoever fetches it from now on.
    Head head() const;

private:
    class File;
    std::shared_ptr<File> file_;
    common::Log log_;
    common::os::Audit audit_;
};

} // namespace agent
