#pragma once

#include "manager/drivers/agent_setting.hpp"
#include "manager/drivers/target_agent.hpp"
#include "manager/drivers/web_logs.hpp"
#include "manager/rollout/driver.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace manager::drivers {

/// Drives a target by an agent that it puts there: what is asked of the agent, and what its answers mean.
class AgentDriver final : public rollout::Driver {
public:
    AgentDriver(const AgentSetting& setting, target::Target target, std::size_t index);

    void scout(const rollout::Tell& tell) override { agent_.scout(tell); }
    void copy(const rollout::Tell& tell) override { agent_.copy(tell); }
    void start(const rollout::Tell& tell) override { agent_.start(tell); }
    rollout::Facts inventory(const std::vector<std::string>& packages) override;
    rollout::JobReport submit(const std::string& job, const baseline::Component& component,
                              std::chrono::seconds limit, bool allow_downgrade) override;
    std::vector<rollout::AgentEvent> poll(std::uint64_t since) override;
    bool is_silent() const override { return agent_.is_silent(); }
    rollout::JobReport cancel(const std::string& job, bool kill) override;
    rollout::RebootReport reboot(const rollout::RebootWish& wish) override;
    rollout::RebootReport cancel_reboot() override;
    std::string reconnect(const rollout::Tell& tell) override;
    std::optional<rollout::LogProof> collect(const std::filesystem::path& folder) override;
    rollout::Removal remove() override { return agent_.remove(); }

private:
    std::string boot_of_present_agent();
    void bring(link::AgentLink& agent) const;
    bool wants_payload(const link::News& news) const;
    void bring_what_is_wanted(link::AgentLink& agent, std::uint64_t since) const;
    std::unique_ptr<WebLogs> web_for(const link::Logs& logs, const std::filesystem::path& folder);
    void hand_over_own_log(WebLogs* web);
    void collect_one(const link::LogFile& log, const std::filesystem::path& folder, WebLogs* web);

    const AgentSetting& setting_;
    std::size_t index_;
    TargetAgent agent_;
    std::optional<baseline::Component> component_; ///< of the newest order
};

} // namespace manager::drivers
