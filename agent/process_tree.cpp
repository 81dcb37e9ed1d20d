#include "agent/process_tree.hpp"

#include "common/os/file.hpp"
#include "common/text.hpp"

#include <csignal>
#include <filesystem>
#include <map>
#include <unistd.h>

namespace agent {

namespace {

struct Process {
    pid_t parent;
    char state;
};

/// `pid (any name) S parent ...`
std::optional<Process> process_in(const std::string& stat)
{
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos)
        return std::nullopt;
    const std::vector<std::string> words =
        common::split(common::trim(std::string_view(stat).substr(name_end + 1)), ' ');
    if (words.size() < 2 || words[0].empty())
        return std::nullopt;
    const auto parent = common::to_number(words[1], INT32_MAX);
    return parent ? std::optional(Process{static_cast<pid_t>(*parent), words[0][0]}) : std::nullopt;
}

std::optional<std::string> stat_of(const std::filesystem::path& folder)
{
    try {
        return common::os::read_file_if_there(folder / "stat", 4096);
    } catch (const std::exception&) {
        return std::nullopt; // gone meanwhile
    }
}

std::map<pid_t, Process> all_processes()
{
    std::map<pid_t, Process> processes;
    std::error_code problem;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", problem)) {
        const auto pid = common::to_number(entry.path().filename().string(), INT32_MAX);
        if (!pid)
            continue;
        if (const auto stat = stat_of(entry.path()))
            if (const auto process = process_in(*stat))
                processes.emplace(static_cast<pid_t>(*pid), *process);
    }
    return processes;
}

bool descends_from(pid_t pid, pid_t ancestor, const std::map<pid_t, Process>& processes)
{
    for (int depth = 0; depth < 4096; ++depth) {
        const auto found = processes.find(pid);
        if (found == processes.end())
            return false;
        pid = found->second.parent;
        if (pid == ancestor)
            return true;
    }
    return false;
}

} // namespace

std::vector<pid_t> descendants()
{
    const std::map<pid_t, Process> processes = all_processes();
    std::vector<pid_t> found;
    for (const auto& [pid, process] : processes)
        if (process.state != 'Z' && descends_from(pid, ::getpid(), processes))
            found.push_back(pid);
    return found;
}

void signal_tree(pid_t group, int signal)
{
    ::kill(-group, signal);
    for (const pid_t pid : descendants())
        ::kill(pid, signal);
}

} // namespace agent
