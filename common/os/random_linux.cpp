#include "common/error.hpp"
#include "common/os/file.hpp"

#include <cerrno>
#include <sys/random.h>

namespace common::os {

std::string random_bytes(std::size_t size)
{
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = ::getrandom(bytes.data() + done, size - done, 0);
        if (got < 0 && errno != EINTR)
            throw system_error("asking the kernel for random bytes");
        if (got > 0)
            done += static_cast<std::size_t>(got);
    }
    return bytes;
}

} // namespace common::os
