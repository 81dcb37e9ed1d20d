#pragma once

#include "manager/target/target.hpp"
#include "manager/transport/smb/control/login.hpp"
#include "manager/transport/smb/helper_process.hpp"
#include "manager/transport/transport.hpp"
#include "manager/trust/credentials.hpp"

#include <memory>
#include <string>
#include <vector>

namespace manager::transport::smb {

/// Puts the agent on a Windows target through its share ADMIN$ and starts it there as a service, by a helper
/// process of its own.
class SmbTransport final : public Transport {
public:
    /// `run` names the agent's folder; empty for what sends no agent. `credentials` must outlive this.
    SmbTransport(target::Target target, const trust::Credentials& credentials, std::string run);

    Platform scout(std::uint64_t needed, common::Deadline deadline) override;
    void copy(const AgentBinary& agent, const Sent& sent, common::Deadline deadline) override;
    common::Ready start(const common::Orders& orders, common::Deadline deadline) override;
    /// SMB carries nothing else: null when the agent is gone, and `unreachable` when it is there.
    std::unique_ptr<Tunnel> tunnel(const AgentAddress& agent, common::Deadline deadline) override;
    Remains leftovers(const Footprint& footprint, common::Deadline deadline) override;
    Condition examine(common::Deadline deadline) override;
    Swept sweep(const std::string& run, common::Deadline deadline) override;

private:
    template <typename Step>
    auto in_session(std::string_view doing, Step&& step);
    control::Session log_in(common::Deadline deadline);
    HelperProcess& helper(common::Deadline deadline);
    void make_folders(common::Deadline deadline);
    void send(const AgentBinary& agent, const Sent& sent, common::Deadline deadline);
    void check_copy(const AgentBinary& agent, common::Deadline deadline);
    void wait_until_running(common::Deadline deadline);
    common::Ready read_ready(const std::string& nonce, common::Deadline deadline);

    target::Target target_;
    const trust::Credentials& credentials_;
    std::string run_;
    std::string id_;                        ///< of the start, once copied
    std::unique_ptr<HelperProcess> helper_; ///< logged in; none before, and after a failure
};

} // namespace manager::transport::smb
