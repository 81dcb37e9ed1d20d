#include "agent/payload_link.hpp"
#include "common/error.hpp"
#include "common/os/file_calls.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace agent {

using common::os::Descriptor;
using common::os::Open;

Descriptor link_checked(const std::filesystem::path& payload, const std::filesystem::path& named,
                        const std::function<void(int descriptor)>& check)
{
    Descriptor file = common::os::try_open_regular(payload, Open::read | Open::no_link);
    if (!file)
        throw common::system_error("opening the payload");
    check(file.get());
    const std::string open_file = "/proc/self/fd/" + std::to_string(file.get());
    if (::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, named.c_str(), AT_SYMLINK_FOLLOW) == 0)
        return file;
    if (errno == ENOENT)
        return {};
    throw common::system_error("giving the payload its name");
}

} // namespace agent
