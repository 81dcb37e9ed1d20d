#include "agent/console_windows.hpp"
#include "agent/drain_process_windows.hpp"
#include "agent/entry.hpp"
#include "agent/scm_windows.hpp"
#include "agent/shim.hpp"

#include <cstdio>

namespace agent {

int enter(const std::vector<std::string>& words)
{
    if (words.empty())
        return console();
    if (words.size() == 1 && words[0] == "service")
        return serve_as_service();
    if (words.size() == 1 && words[0] == "shim")
        return shim::main();
    if (words.size() == 1 && words[0] == "drain")
        return drain_main();
    std::fputs("soapstone-agent is started by soapstone, as a service.\n", stderr);
    return 2;
}

} // namespace agent
