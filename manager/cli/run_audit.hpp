#pragma once

#include "common/os/audit.hpp"
#include "manager/rollout/observer.hpp"

namespace manager::cli {

/// The system's log, for what `run` does: its id stands in each line.
common::os::Audit audit_of(const rollout::Run& run);

/// Tells the system's log who began a run and what came of it. Each login and each agent is told by its
/// driver.
class RunAudit final : public rollout::Observer {
public:
    explicit RunAudit(common::os::Audit audit) : audit_(std::move(audit)) {}

    void started(const rollout::Run& run) override;
    void changed(const rollout::Run&, std::size_t) override {}
    void output(const rollout::Run&, std::size_t, const std::string&) override {}
    void notice(const rollout::Run&, std::size_t, const std::string&) override {}
    void finished(const rollout::Run& run) override;

private:
    common::os::Audit audit_;
};

} // namespace manager::cli
