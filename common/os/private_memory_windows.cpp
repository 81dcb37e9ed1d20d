#include "common/os/private_memory.hpp"

#include <windows.h>

namespace common::os {

void keep_memory_private()
{
    // No box that waits for somebody to press a button, and no report of Windows Error Reporting, which holds
    // memory. The memory itself is safe already: that of a service of SYSTEM is read by administrators only.
    ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
}

} // namespace common::os
