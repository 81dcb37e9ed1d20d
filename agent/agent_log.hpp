#pragma once

#include "common/log.hpp"

#include <filesystem>
#include <memory>
#include <string_view>

namespace agent {

/// The agent's own log, `logs/agent.log`. It goes on from agent to agent of a run, up to 8 MiB. A log that
/// cannot be written stops nothing. Any thread.
class AgentLog {
public:
    /// `target` stands in every line.
    AgentLog(const std::filesystem::path& file, std::string_view target);
    ~AgentLog();

    const common::Log& lines() const { return log_; }
    void info(std::string_view sentence) const { log_.info(sentence); }
    void warning(std::string_view sentence) const { log_.warning(sentence); }

    /// Writes "about to ..." and has it on the disk before it returns: whoever looks later sees what was
    /// begun.
    void about_to(std::string_view step) const;

private:
    class File;
    std::shared_ptr<File> file_;
    common::Log log_;
};

} // namespace agent
