#include "manager/transport/ssh/child/service.hpp"

#include <cstdio>
#include <fcntl.h>
#include <signal.h>

namespace {

// As the manager (manager/transport/ssh/ssh_program.hpp) hands them on.
constexpr int server = 3;
constexpr int manager_line = 4;

bool is_open(int descriptor)
{
    return ::fcntl(descriptor, F_GETFD) >= 0;
}

} // namespace

int main(int count, char**)
{
    if (count != 1 || !is_open(server) || !is_open(manager_line)) {
        std::fputs("soapstone-ssh is started by soapstone, with a connection to a server.\n", stderr);
        return 2;
    }
    ::signal(SIGPIPE, SIG_IGN);
    using common::os::Descriptor;
    return manager::transport::ssh::child::serve({Descriptor(server), Descriptor(manager_line), {}});
}
