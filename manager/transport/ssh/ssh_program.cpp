#include "manager/transport/ssh/ssh_program.hpp"

#include "common/os/process.hpp"
#include "manager/transport/process/own_program.hpp"

namespace manager::transport::ssh {

process::Program ssh_program(int server, int control)
{
    // The numbers are those that child/main.cpp looks at.
    return {{process::own_program("soapstone-ssh")},
            common::os::clean_environment(),
            {{server, 3}, {control, 4}}};
}

} // namespace manager::transport::ssh
