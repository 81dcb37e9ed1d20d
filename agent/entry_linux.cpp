#include "agent/bootstrap_linux.hpp"
#include "agent/entry.hpp"
#include "agent/relay_linux.hpp"
#include "agent/shim.hpp"

#include <cstdio>

namespace agent {

int enter(const std::vector<std::string>& words)
{
    if (words.empty())
        return bootstrap();
    if (words.size() == 1 && words[0] == "shim")
        return shim::main();
    if (words.size() == 4 && words[0] == "relay")
        return relay::main(words[1].c_str(), words[2].c_str(), words[3].c_str());
    std::fputs("soapstone-agent is started by soapstone, with its orders on standard input.\n", stderr);
    return 2;
}

} // namespace agent
