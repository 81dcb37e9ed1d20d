#pragma once

#include "manager/transport/process/child.hpp"

namespace manager::transport::ssh {

/// How to start soapstone-ssh on `server`, a connection to an SSH server, and `control`, its end of the
/// control socket. The program is looked for beside the running one and in /usr/lib/soapstone. Throws
/// `invalid`, naming the places, when there is none.
process::Program ssh_program(int server, int control);

} // namespace manager::transport::ssh
