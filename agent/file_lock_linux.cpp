#include "agent/file_lock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"

#include <cerrno>

namespace agent {

using common::os::Descriptor;
using common::os::Open;

Descriptor try_lock(const std::filesystem::path& file)
{
    for (;;) {
        Descriptor lock =
            common::os::open_file(file, Open::read | Open::write | Open::create | Open::no_link);
        if (!common::os::try_lock(lock.get()))
            return {};
        if (common::os::is_file_at(file, lock.get())) // else its owner has just removed itself
            return lock;
    }
}

Descriptor open_locked(const std::filesystem::path& file, bool fresh)
{
    const Open how = Open::read | Open::write | Open::no_link;
    Descriptor lock = common::os::open_file(file, fresh ? how | Open::exclude : how);
    if (!common::os::try_lock(lock.get()))
        throw common::system_error("locking " + file.string());
    return lock;
}

std::optional<bool> is_locked(const std::filesystem::path& file)
{
    const Descriptor open = common::os::try_open(file, Open::read | Open::no_link);
    if (!open && errno == ENOENT)
        return std::nullopt;
    if (!open)
        throw common::system_error("opening " + file.string());
    if (common::os::try_lock_shared(open.get()))
        return false;
    if (errno != EWOULDBLOCK)
        throw common::system_error("looking at the lock of " + file.string());
    return true;
}

} // namespace agent
