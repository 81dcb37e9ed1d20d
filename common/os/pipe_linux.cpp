#include "common/error.hpp"
#include "common/os/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace common::os {

Pipe make_pipe()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw system_error("making a pipe");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

} // namespace common::os
