#pragma once

#include "manager/drivers/agent_setting.hpp"
#include "manager/drivers/target_agent.hpp"
#include "manager/link/agent_link.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace manager::drivers {

/// The web server as a road for the logs of one target. It is a favour: when it does not get through, the
/// run's log says why, once, and nothing more is tried. Used by one thread at a time; calls block.
class WebLogs {
public:
    /// The target may put `logs` as long as this lives. `folder`: of the target in the run's, where another
    /// folder is used meanwhile. The others outlive this.
    WebLogs(const AgentSetting& setting, std::size_t index, TargetAgent& agent, const link::Logs& logs,
            const std::filesystem::path& folder);
    ~WebLogs();
    WebLogs(const WebLogs&) = delete;
    WebLogs& operator=(const WebLogs&) = delete;

    /// Has the agent put `log`, and moves it to `file`. False when that is to be done by another road.
    bool fetch(const link::LogFile& log, const std::filesystem::path& file);

    /// Has the agent fetch `text` as the manager's log. False as above.
    bool hand_over(const std::string& text);

private:
    void open(const link::Logs& logs);
    void carry(const std::string& name);
    std::optional<link::TakenLog> taken(const std::string& name) const;
    template <typename Step>
    bool get_through(Step step);

    const AgentSetting& setting_;
    const std::size_t index_;
    TargetAgent& agent_;
    const std::filesystem::path incoming_;
    std::unique_ptr<link::OpenLogs> open_; ///< none: this road does not get through
};

} // namespace manager::drivers
