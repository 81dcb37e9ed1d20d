#include "common/os/file.hpp"
#include "common/os/windows.hpp"

#include <bcrypt.h>

namespace common::os {

std::string random_bytes(std::size_t size)
{
    std::string bytes(size, '\0');
    const NTSTATUS status = ::BCryptGenRandom(nullptr, reinterpret_cast<PUCHAR>(bytes.data()),
                                              static_cast<ULONG>(size), BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    if (status != 0)
        throw Error(Trouble::rejected, "asking Windows for random bytes: status " + std::to_string(status));
    return bytes;
}

} // namespace common::os
