#include "agent/bootstrap.hpp"
#include "agent/process_setup.hpp"
#include "agent/relay.hpp"
#include "agent/shim.hpp"
#include "common/tls/context.hpp"

#include <cstdio>
#include <string_view>

int main(int count, char** arguments)
{
    agent::harden_process();
    common::tls::initialise_openssl();
    if (count == 2 && std::string_view(arguments[1]) == "shim")
        return agent::shim::main();
    if (count == 5 && std::string_view(arguments[1]) == "relay")
        return agent::relay::main(arguments[2], arguments[3], arguments[4]);
    if (count == 1)
        return agent::bootstrap();
    std::fputs("soapstone-agent is started by soapstone, with its orders on standard input.\n", stderr);
    return 2;
}
