#include "agent/process_setup.hpp"
#include "common/os/private_memory.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace agent {

void harden_process()
{
    ::clearenv();
    ::umask(077);
    common::os::keep_memory_private();
    ::prctl(PR_SET_NAME, "soapstone-agent", 0, 0, 0); // a shim would be called after its descriptor in ps
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
}

void close_descriptors_from(int first)
{
    // Not close_range(): kernels before 5.9 do not have it.
    std::vector<int> open;
    std::error_code error;
    for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
         entry.increment(error))
        open.push_back(std::atoi(entry->path().filename().c_str()));
    for (const int number : open)
        if (number >= first)
            ::close(number);
}

} // namespace agent
