#include "manager/cli/descriptors.hpp"

#include "common/net/core.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace manager::cli {

namespace {

constexpr rlim_t useful = 65'536;

/// For runs, their logs, their agents, and what is served to those.
constexpr std::size_t for_ourselves = 4'096;

} // namespace

std::size_t most_descriptors()
{
    rlimit files{};
    constexpr std::size_t usual = 1'024;
    return ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? std::min(files.rlim_cur, useful) : usual;
}

void raise_most_descriptors()
{
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = std::max(files.rlim_cur, std::min(files.rlim_max, useful));
    ::setrlimit(RLIMIT_NOFILE, &files);
}

std::size_t most_connections()
{
    const std::size_t all = most_descriptors();
    const std::size_t left = all > 2 * for_ourselves ? all - for_ourselves : all / 2;
    return std::min(left, common::net::Limits{}.connections);
}

} // namespace manager::cli
