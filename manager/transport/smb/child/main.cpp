#include "common/error.hpp"
#include "manager/transport/smb/child/helper.hpp"

#include <cstdio>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr int manager_socket = 0;

bool is_socket(int descriptor)
{
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

/// Samba's libraries write to standard error, and nobody reads that here; a core would hold the password.
void be_quiet()
{
    if (const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC); nothing >= 0) {
        ::dup2(nothing, STDOUT_FILENO);
        ::dup2(nothing, STDERR_FILENO);
    }
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::signal(SIGPIPE, SIG_IGN);
}

} // namespace

int main(int count, char**)
{
    if (count != 1 || !is_socket(manager_socket)) {
        std::fputs("soapstone-smb is started by soapstone, with a socket as its input.\n", stderr);
        return 2;
    }
    be_quiet();
    try {
        manager::transport::smb::child::Helper(manager_socket).serve();
    } catch (const common::Error&) { // the manager has gone, or speaks nonsense
        return 1;
    }
    return 0;
}
