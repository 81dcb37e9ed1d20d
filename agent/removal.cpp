#include "agent/removal.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"

namespace agent {

namespace {

namespace fs = std::filesystem;

/// The disk was full, or it failed, when a job's end was to be written down. Tried once more, on a fresh look
/// at the file and with the payload gone. Throws Error when that fails, too.
void write_down_endings(const RunFolder& folder, const Jobs& jobs)
{
    std::error_code problem;
    fs::remove_all(folder.payload(), problem);
    Journal journal(folder.journal());
    for (const Event& event : jobs.endings())
        journal.append(event);
}

void leave_tombstone(const common::Orders& orders, const RunFolder& folder, const std::string& why)
{
    common::Fields tombstone{"soapstone-tombstone 1"};
    tombstone.add("run", orders.run)
        .add("target", orders.target)
        .add("epoch", orders.epoch)
        .add("time", common::utc_now())
        .add("why", why);
    common::os::write_file_durably(folder.tombstone(), tombstone.text());
}

} // namespace

void remove_ourselves(const common::Orders& orders, const RunFolder& folder, const Jobs& jobs,
                      const Journal& journal, const AgentLog& log, const std::string& why)
{
    log.about_to("remove the agent: " + why);
    log.audit().tell("remove_agent", {{"why", why}});
    try {
        if (journal.is_closed())
            write_down_endings(folder, jobs);
        folder.remove_jobs();
        leave_tombstone(orders, folder, why);
    } catch (const common::Error& error) {
        log.warning(error.text());
    }
    log.info("gone");
    std::error_code problem;
    fs::remove(folder.agent_record(), problem);
}

} // namespace agent
