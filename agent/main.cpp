#include "agent/bootstrap.hpp"
#include "agent/shim.hpp"
#include "common/tls/context.hpp"

#include <csignal>
#include <cstdio>
#include <string_view>
#include <sys/prctl.h>
#include <sys/stat.h>

int main(int count, char** arguments)
{
    common::tls::initialise_openssl();
    ::signal(SIGPIPE, SIG_IGN);
    ::umask(077);
    ::prctl(PR_SET_DUMPABLE, 0);
    if (count == 3 && std::string_view(arguments[1]) == "shim")
        return agent::run_shim(arguments[2]);
    if (count == 1)
        return agent::bootstrap();
    std::fputs("soapstone-agent is started by soapstone-manager, with its orders on standard input.\n",
               stderr);
    return 2;
}
