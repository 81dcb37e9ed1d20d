#include "agent/inventory/sections_linux.hpp"
#include "agent/inventory/system_file_linux.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <set>

namespace agent::inventory {

namespace {

bool is_cpu_folder(const std::string& name)
{
    return name.starts_with("cpu") && common::to_number(std::string_view(name).substr(3)).has_value();
}

/// Counts what the kernel tells about the place of each processor that is online; all 0 when it tells
/// nothing.
void count(wire::Processor& processor, const std::filesystem::path& cpus)
{
    std::set<std::string> sockets;
    std::set<std::string> cores;
    processor.threads = 0;
    for (const std::string& name : names_in(cpus)) {
        const std::filesystem::path place = cpus / name / "topology";
        const std::optional<std::string> core = tidy_text(place / "thread_siblings_list");
        if (!is_cpu_folder(name) || !core)
            continue;
        sockets.insert(tidy_text(place / "physical_package_id").value_or("0"));
        cores.insert(*core);
        ++processor.threads;
    }
    processor.sockets = static_cast<int>(sockets.size());
    processor.cores = static_cast<int>(cores.size());
}

int entries(const std::string& cpuinfo)
{
    int number = 0;
    for (const std::string& line : common::split(cpuinfo, '\n'))
        if (line.starts_with("processor") && line.find(':') != std::string::npos)
            ++number;
    return number;
}

/// Processors of other kinds than x86 tell their name in other words, or only their maker's numbers.
std::string model(const std::map<std::string, std::string>& info)
{
    for (const char* key : {"model name", "cpu model", "cpu", "Model", "Hardware", "machine"})
        if (const auto found = info.find(key); found != info.end() && !found->second.empty())
            return found->second;
    const auto maker = info.find("CPU implementer");
    const auto part = info.find("CPU part");
    if (maker != info.end() && part != info.end())
        return "implementer " + maker->second + " part " + part->second;
    return "unknown";
}

} // namespace

void add_processor(wire::Inventory& inventory, const std::filesystem::path& root)
{
    const std::string cpuinfo = common::os::read_file(root / "proc/cpuinfo");
    wire::Processor processor;
    processor.model = model(key_values(cpuinfo, ':'));
    count(processor, root / "sys/devices/system/cpu");
    if (processor.threads == 0) {
        processor.threads = entries(cpuinfo);
        processor.cores = processor.threads;
        processor.sockets = 1;
    }
    inventory.processor = std::move(processor);
}

} // namespace agent::inventory
