#include "agent/janitor.hpp"

#include "agent/jobs.hpp"
#include "agent/journal.hpp"
#include "agent/port_opening.hpp"
#include "agent/run_folder.hpp"
#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

namespace agent {

namespace fs = std::filesystem;

namespace {

bool has_left_overs(const RunFolder& folder)
{
    std::error_code none;
    return fs::exists(folder.agent_record(), none) || fs::exists(folder.reboot_record(), none) ||
           fs::exists(folder.jobs(), none) || fs::exists(folder.payload(), none) ||
           fs::exists(folder.removed(), none) || !folder.firewall_records().empty();
}

void tidy_up(const RunFolder& folder, const std::string& run, const AgentLog& log)
{
    log.about_to("tidy up after run " + folder.root().filename().string());
    if (fs::exists(folder.jobs())) {
        const Failpoints none{""};
        JobMemory memory;
        Journal journal(folder.journal(), [&](const Event& event) { memory.see(event); });
        Jobs jobs(folder, {}, {{}, {}, common::os::boot_id()}, journal, memory, log, none);
        if (!jobs.close("run " + run + " works on this target now"))
            return; // its installer has begun since we looked
    }
    close_ports_of_dead(folder, log);
    folder.remove_jobs();
    fs::remove(folder.reboot_record());
    fs::remove(folder.agent_record());
}

} // namespace

void tidy_up_after_others(const fs::path& state, const std::string& run, const AgentLog& log)
{
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(state, none)) {
        const std::string name = entry.path().filename().string();
        const RunFolder folder(state, name);
        if (name == run || !common::is_hex(name, 32) || !has_left_overs(folder))
            continue;
        try {
            tidy_up(folder, run, log);
        } catch (const std::exception& error) {
            log.warning("run " + name + " cannot be tidied up: " + error.what());
        }
    }
}

} // namespace agent
