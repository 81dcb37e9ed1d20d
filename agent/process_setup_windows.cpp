#include "agent/process_setup.hpp"
#include "common/os/private_memory.hpp"
#include "common/os/windows.hpp"

namespace agent {

void harden_process()
{
    common::os::keep_memory_private();
    // No box that asks somebody who is not there, neither of ours nor of what we start.
    ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    // Libraries are looked for in System32 alone: whoever can write beside our file is an administrator, but
    // need not be the one that the manager knows.
    ::SetDllDirectoryW(L"");
    ::SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
}

void end_at_once()
{
    ::TerminateProcess(::GetCurrentProcess(), ERROR_PROCESS_ABORTED);
    for (;;) // never reached: it ends before it returns
        ::Sleep(INFINITE);
}

} // namespace agent
