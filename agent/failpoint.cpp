#include "agent/failpoint.hpp"

#include <csignal>
#include <unistd.h>

namespace agent {

namespace {

std::string& chosen()
{
    static std::string name;
    return name;
}

} // namespace

void set_failpoint(std::string name)
{
    chosen() = std::move(name);
}

const std::string& chosen_failpoint()
{
    return chosen();
}

void failpoint(std::string_view name)
{
    if (!chosen().empty() && chosen() == name)
        ::kill(::getpid(), SIGKILL);
}

} // namespace agent
