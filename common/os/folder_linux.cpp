#include "common/error.hpp"
#include "common/os/file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace common::os {

void sync_folder(const std::filesystem::path& folder)
{
    const Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!handle)
        throw system_error("opening " + folder.string());
    if (!sync_all(handle.get()))
        throw system_error("syncing " + folder.string());
}

void make_folder(const std::filesystem::path& path)
{
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        throw system_error("creating " + path.string());
}

void check_private_folder(const std::filesystem::path& path)
{
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0)
        throw system_error("looking at " + path.string());
    if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & 022) != 0)
        throw Error(Trouble::rejected, path.string() + " is not a folder that only this user can write",
                    "remove it or correct its owner and mode: it must belong to this user, mode 0700");
}

} // namespace common::os
