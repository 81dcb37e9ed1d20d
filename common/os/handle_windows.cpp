#include "common/os/windows.hpp"

#include <fcntl.h>
#include <io.h>

namespace common::os {

HANDLE handle_of(int descriptor) noexcept
{
    return reinterpret_cast<HANDLE>(::_get_osfhandle(descriptor));
}

Descriptor descriptor_of(Handle handle, int flags) noexcept
{
    Descriptor descriptor(
        ::_open_osfhandle(reinterpret_cast<std::intptr_t>(handle.get()), _O_BINARY | _O_NOINHERIT | flags));
    if (descriptor)
        static_cast<void>(handle.release());
    return descriptor;
}

} // namespace common::os
