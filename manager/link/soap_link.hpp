#pragma once

#include "common/net/core.hpp"
#include "common/tls/context.hpp"
#include "manager/link/agent_link.hpp"

#include <memory>

namespace manager::link {

/// SOAP and plain GET and PUT, on a connection of our own to the agent's port or on one that is dialled.
class SoapLink final : public AgentLink {
public:
    /// `context` knows the agent's pin; `loop` outlives this.
    SoapLink(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
             const common::Endpoint& agent);

    /// `dial` makes a connection to the agent's port by other means, see common::net::Client::Dial.
    SoapLink(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
             common::net::Client::Dial dial);
    ~SoapLink() override;

    rollout::Facts inventory(const std::vector<std::string>& packages, common::Deadline deadline) override;
    Inspection inspect(common::Deadline deadline) override;
    rollout::JobReport submit(const std::string& order, const std::string& signature,
                              common::Deadline deadline) override;
    Reach probe_callback(bool depot_too, common::Deadline deadline) override;
    News news(std::uint64_t since, common::Deadline deadline) override;
    void bring(const std::string& sha256, const std::filesystem::path& file,
               std::chrono::seconds stall) override;
    rollout::JobReport cancel(const std::string& job, bool kill, common::Deadline deadline) override;
    rollout::RebootReport reboot(const std::string& order, const std::string& signature,
                                 common::Deadline deadline) override;
    rollout::RebootReport cancel_reboot(common::Deadline deadline) override;
    Logs logs(common::Deadline deadline) override;
    void fetch(const LogFile& log, const std::filesystem::path& file, std::chrono::seconds stall) override;
    void hand_over_log(const std::string& text, common::Deadline deadline) override;
    void carry_log(const std::string& name, const LogRoad& road, std::chrono::seconds time,
                   common::Deadline deadline) override;
    void shutdown(common::Deadline deadline) override;

private:
    struct Inside; // gSOAP's headers stay out of here
    std::unique_ptr<Inside> inside_;
};

} // namespace manager::link
