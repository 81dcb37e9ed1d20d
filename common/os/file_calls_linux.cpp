#include "common/os/file_calls.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace common::os {

namespace {

/// What `call` returns once no signal interrupts it.
template <typename Call>
auto uninterrupted(Call call)
{
    for (;;)
        if (const auto result = call(); result >= 0 || errno != EINTR)
            return result;
}

int flags_of(Open how)
{
    int flags = O_CLOEXEC;
    flags |= !has(how, Open::write) ? O_RDONLY : has(how, Open::read) ? O_RDWR : O_WRONLY;
    flags |= has(how, Open::append) ? O_APPEND : 0;
    flags |= has(how, Open::create) ? O_CREAT : 0;
    flags |= has(how, Open::exclude) ? O_CREAT | O_EXCL : 0;
    flags |= has(how, Open::empty) ? O_TRUNC : 0;
    flags |= has(how, Open::no_link) ? O_NOFOLLOW : 0;
    flags |= has(how, Open::no_wait) ? O_NONBLOCK | O_NOCTTY : 0;
    return flags;
}

bool locked(int descriptor, int how) noexcept
{
    return uninterrupted([&] { return ::flock(descriptor, how | LOCK_NB); }) == 0;
}

} // namespace

Descriptor try_open(const std::filesystem::path& path, Open how, unsigned mode) noexcept
{
    return Descriptor(uninterrupted([&] { return ::open(path.c_str(), flags_of(how), mode); }));
}

Descriptor try_open_regular(const std::filesystem::path& path, Open how) noexcept
{
    Descriptor file = try_open(path, how | Open::no_wait);
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0)
        return {};
    if (S_ISREG(info.st_mode))
        return file;
    file.close();
    errno = EINVAL;
    return file;
}

std::ptrdiff_t read_some(int descriptor, char* data, std::size_t most) noexcept
{
    return uninterrupted([&] { return ::read(descriptor, data, most); });
}

std::ptrdiff_t read_at(int descriptor, char* data, std::size_t most, std::uint64_t offset) noexcept
{
    return uninterrupted([&] { return ::pread(descriptor, data, most, static_cast<off_t>(offset)); });
}

std::ptrdiff_t write_some(int descriptor, std::string_view bytes) noexcept
{
    return uninterrupted([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
}

bool write_at(int descriptor, std::string_view bytes, std::uint64_t offset) noexcept
{
    while (!bytes.empty()) {
        const ssize_t put = uninterrupted(
            [&] { return ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
        if (put < 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
    return true;
}

bool is_no_room(int error) noexcept
{
    return error == ENOSPC || error == EDQUOT;
}

bool rewind(int descriptor) noexcept
{
    return ::lseek(descriptor, 0, SEEK_SET) == 0;
}

std::optional<std::uint64_t> file_size(int descriptor) noexcept
{
    struct stat info {};
    if (::fstat(descriptor, &info) != 0)
        return std::nullopt;
    return static_cast<std::uint64_t>(info.st_size);
}

bool truncate(int descriptor, std::uint64_t size) noexcept
{
    return uninterrupted([&] { return ::ftruncate(descriptor, static_cast<off_t>(size)); }) == 0;
}

bool sync_data(int descriptor) noexcept
{
    return ::fdatasync(descriptor) == 0;
}

bool sync_all(int descriptor) noexcept
{
    return ::fsync(descriptor) == 0;
}

bool try_lock(int descriptor) noexcept
{
    return locked(descriptor, LOCK_EX);
}

bool try_lock_shared(int descriptor) noexcept
{
    return locked(descriptor, LOCK_SH);
}

bool unlock(int descriptor) noexcept
{
    return locked(descriptor, LOCK_UN);
}

bool is_file_at(const std::filesystem::path& path, int descriptor) noexcept
{
    struct stat named {};
    struct stat open {};
    return ::lstat(path.c_str(), &named) == 0 && ::fstat(descriptor, &open) == 0 &&
           named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

bool hard_link(const std::filesystem::path& file, const std::filesystem::path& name) noexcept
{
    return ::link(file.c_str(), name.c_str()) == 0;
}

bool replace_file(const std::filesystem::path& from, const std::filesystem::path& to) noexcept
{
    return ::rename(from.c_str(), to.c_str()) == 0;
}

bool remove_file(const std::filesystem::path& path) noexcept
{
    return ::unlink(path.c_str()) == 0;
}

std::optional<std::uint64_t> free_space(const std::filesystem::path& folder) noexcept
{
    struct statvfs info {};
    if (::statvfs(folder.c_str(), &info) != 0)
        return std::nullopt;
    return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

} // namespace common::os
