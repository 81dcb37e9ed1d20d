#include "agent/descriptors_linux.hpp"

#include <cstdlib>
#include <filesystem>
#include <unistd.h>
#include <vector>

namespace agent {

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
