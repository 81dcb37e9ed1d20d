#include "agent/descendants_linux.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <filesystem>
#include <map>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace agent {

namespace {

/// The parent of process `pid`; nothing when it is gone or only a zombie.
std::optional<pid_t> parent_of(const std::string& pid)
{
    try {
        const std::optional<std::string> line = common::os::read_file_if_there("/proc/" + pid + "/stat");
        // "pid (name) state parent ...", and the name may hold anything
        const std::size_t name_end = line ? line->rfind(')') : std::string::npos;
        if (name_end == std::string::npos)
            return std::nullopt;
        const std::vector<std::string> fields =
            common::split(std::string_view(*line).substr(name_end + 2), ' ');
        if (fields.size() < 2 || fields[0] == "Z" || fields[0] == "X")
            return std::nullopt;
        const auto parent = common::to_number(fields[1], INT32_MAX);
        return parent ? std::optional(static_cast<pid_t>(*parent)) : std::nullopt;
    } catch (const common::Error&) { // it ended while we looked
        return std::nullopt;
    }
}

std::multimap<pid_t, pid_t> children_by_parent()
{
    std::multimap<pid_t, pid_t> children;
    std::error_code error;
    for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const auto pid = common::to_number(name, INT32_MAX);
        if (const std::optional<pid_t> parent = pid ? parent_of(name) : std::nullopt)
            children.emplace(*parent, static_cast<pid_t>(*pid));
    }
    return children;
}

} // namespace

void adopt_orphans()
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

std::vector<pid_t> descendants(pid_t root, std::optional<pid_t> but)
{
    const std::multimap<pid_t, pid_t> children = children_by_parent();
    std::vector<pid_t> found;
    std::vector<pid_t> open{root};
    while (!open.empty()) {
        const pid_t parent = open.back();
        open.pop_back();
        const auto [first, last] = children.equal_range(parent);
        for (auto child = first; child != last; ++child) {
            if (child->second == but)
                continue;
            found.push_back(child->second);
            open.push_back(child->second);
        }
    }
    return found;
}

void reap_orphans(std::optional<pid_t> keep)
{
    // Looked at first without reaping, because waitpid(-1) would also take the one that is to be kept.
    siginfo_t info{};
    while (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
        if (info.si_pid == keep)
            return;
        ::waitpid(info.si_pid, nullptr, WNOHANG);
        info = {};
    }
}

} // namespace agent
