#pragma once

#include "manager/transport/shell/dialogue.hpp"
#include "manager/transport/transport.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace manager::transport::shell {

/// What a bootstrap is to know besides the agent.
struct Settings {
    std::string run;                                  ///< run id; names the temporary folder; may be empty
    std::vector<std::string> architectures{"x86_64"}; ///< that there is an agent for, as `uname -m`
    std::vector<std::string> folders{"/var/tmp", "/tmp", "/opt",
                                     "/dev/shm"}; ///< tried in this order, then $HOME
    /// How long the target waits between scout and copy: until one of the manager's workers is free, which
    /// goes on with those that wait before it begins with others.
    std::chrono::seconds idle{180};
    std::chrono::seconds keep{0}; ///< how long the session of a start waits for each further script
};

/// The bootstrap over any way to run one command line: SSH, this very machine.
class ShellTransport final : public Transport {
public:
    ShellTransport(std::unique_ptr<Connector> connector, const Elevation& elevation, Settings settings);

    Platform scout(std::uint64_t needed, common::Deadline deadline) override;
    void copy(const AgentBinary& agent, const Sent& sent, common::Deadline deadline) override;
    common::Ready start(const common::Orders& orders, common::Deadline deadline) override;
    std::unique_ptr<Tunnel> tunnel(const AgentAddress& agent, common::Deadline deadline) override;
    Remains leftovers(const Footprint& footprint, common::Deadline deadline) override;
    Condition examine(common::Deadline deadline) override;
    Swept sweep(const std::string& run, common::Deadline deadline) override;

private:
    struct Listing {
        std::vector<std::string> left, kept;
        bool logs = false;
    };

    template <typename Step>
    auto in_session(std::string_view doing, Step&& step);
    Answer expect(std::string_view word, common::Deadline deadline);
    Answer expect(std::string_view word, std::vector<std::string>& skipped, common::Deadline deadline);
    Listing list(std::string_view script, const std::string& variables, common::Deadline deadline);
    Listing list(Dialogue& dialogue, std::string_view script, const std::string& variables,
                 common::Deadline deadline) const;

    std::unique_ptr<Connector> connector_;
    Elevation elevation_;
    Settings settings_;
    std::optional<Dialogue> dialogue_; ///< from scout on
    bool started_ = false;             ///< it waits for further scripts, or is over
};

} // namespace manager::transport::shell
