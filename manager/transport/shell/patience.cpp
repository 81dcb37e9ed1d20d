#include "manager/transport/shell/patience.hpp"

#include "common/os/file.hpp"

#include <cstdint>
#include <cstring>

namespace manager::transport::shell {

std::chrono::milliseconds pause_of(const Patience& patience)
{
    std::uint32_t number = 0;
    std::memcpy(&number, common::os::random_bytes(sizeof number).data(), sizeof number);
    return patience.least_pause +
           (patience.most_pause - patience.least_pause) * static_cast<std::int64_t>(number) / UINT32_MAX;
}

} // namespace manager::transport::shell
