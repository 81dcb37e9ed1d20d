#include "common/os/private_memory.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace common::os {

void keep_memory_private()
{
    // Both: a core that is piped to a program heeds no limit, and a setuid_dumpable of 2 heeds no flag.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    rlimit core{};
    if (::getrlimit(RLIMIT_CORE, &core) == 0) {
        core.rlim_cur = 0; // the hard limit stays: who starts others may give them their usual one back
        ::setrlimit(RLIMIT_CORE, &core);
    }
}

} // namespace common::os
