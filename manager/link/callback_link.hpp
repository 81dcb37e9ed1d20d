#pragma once

#include "common/net/core.hpp"
#include "common/tls/context.hpp"
#include "manager/link/agent_link.hpp"

#include <memory>

namespace manager::link {

/// The road with two directions: calls go to the agent's port, events come to our callback port by themselves
/// (serve/callback_service), and events() only fetches what was missed.
class CallbackLink final : public AgentLink {
public:
    /// `context` knows the agent's pin; `loop` and `context` outlive this.
    CallbackLink(common::net::Loop& loop, std::shared_ptr<const common::tls::Context> context,
                 const common::Endpoint& agent);
    ~CallbackLink() override;

    rollout::Facts inventory(const std::vector<std::string>& packages, common::Deadline deadline) override;
    Inspection inspect(common::Deadline deadline) override;
    rollout::JobReport submit(const std::string& order, const std::string& signature,
                              common::Deadline deadline) override;
    std::vector<rollout::AgentEvent> events(std::uint64_t since, common::Deadline deadline) override;
    rollout::JobReport cancel(const std::string& job, bool kill, common::Deadline deadline) override;
    std::vector<LogFile> logs(common::Deadline deadline) override;
    void fetch(const LogFile& log, const std::filesystem::path& file, std::chrono::seconds stall) override;
    void shutdown(common::Deadline deadline) override;

private:
    struct Inside; // gSOAP's headers stay out of here
    std::unique_ptr<Inside> inside_;
};

} // namespace manager::link
