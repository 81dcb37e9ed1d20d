#include "common/error.hpp"
#include "common/os/pipe.hpp"

#include <fcntl.h>
#include <io.h>

namespace common::os {

Pipe make_pipe()
{
    constexpr unsigned room = 64 << 10; // bytes, as on Linux
    int ends[2];
    if (::_pipe(ends, room, O_BINARY | O_NOINHERIT) != 0)
        throw system_error("making a pipe");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

} // namespace common::os
