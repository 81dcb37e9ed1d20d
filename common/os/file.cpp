#include "common/os/file.hpp"

#include "common/error.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

namespace common::os {

Descriptor open_file(const std::filesystem::path& path, int flags, mode_t mode)
{
    Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, mode));
    if (!file)
        throw system_error("opening " + path.string());
    return file;
}

namespace {

/// Nothing when it is a file of /proc, of a process that has ended since it was opened.
std::optional<std::string> read_all(int descriptor, const std::filesystem::path& path, std::uint64_t most)
{
    std::string text;
    struct stat info {};
    if (::fstat(descriptor, &info) == 0 && info.st_size > 0) // no promise: it may grow, and /proc says 0
        text.reserve(std::min<std::uint64_t>(static_cast<std::uint64_t>(info.st_size), most));
    char buffer[64 << 10];
    for (;;) {
        const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == ESRCH)
            return std::nullopt;
        if (got < 0)
            throw system_error("reading " + path.string());
        if (got == 0)
            return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > most)
            throw Error(Trouble::invalid,
                        path.string() + " is larger than " + std::to_string(most) + " bytes");
    }
}

} // namespace

std::string read_file(const std::filesystem::path& path, std::uint64_t most)
{
    const Descriptor file = open_file(path, O_RDONLY);
    std::optional<std::string> text = read_all(file.get(), path, most);
    if (!text)
        throw system_error("reading " + path.string(), ESRCH);
    return std::move(*text);
}

std::optional<std::string> read_file_if_there(const std::filesystem::path& path, std::uint64_t most)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return std::nullopt;
    if (!file)
        throw system_error("opening " + path.string());
    return read_all(file.get(), path, most);
}

void write_all(int descriptor, std::string_view bytes, std::string_view name)
{
    while (!bytes.empty()) {
        const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            throw system_error("writing " + std::string(name));
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
}

void write_over(int descriptor, std::string_view text, std::string_view name)
{
    if (::ftruncate(descriptor, 0) != 0 || ::lseek(descriptor, 0, SEEK_SET) != 0)
        throw system_error("writing " + std::string(name));
    write_all(descriptor, text, name);
}

void sync_file(int descriptor, std::string_view name)
{
    if (::fdatasync(descriptor) != 0)
        throw system_error("syncing " + std::string(name));
}

void sync_folder(const std::filesystem::path& folder)
{
    const Descriptor handle = open_file(folder, O_RDONLY | O_DIRECTORY);
    if (::fsync(handle.get()) != 0)
        throw system_error("syncing " + folder.string());
}

void write_file_durably(const std::filesystem::path& path, std::string_view text, mode_t mode)
{
    std::filesystem::path temporary = path;
    temporary += ".new";
    try {
        const Descriptor file = open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
        write_all(file.get(), text, temporary.string());
        if (::fsync(file.get()) != 0)
            throw system_error("syncing " + temporary.string());
        if (::rename(temporary.c_str(), path.c_str()) != 0)
            throw system_error("renaming " + temporary.string());
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
    sync_folder(path.parent_path());
}

void make_private_folder(const std::filesystem::path& path)
{
    if (path.has_parent_path() && path.parent_path() != path && !std::filesystem::exists(path.parent_path()))
        make_private_folder(path.parent_path());
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        throw system_error("creating " + path.string());
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0)
        throw system_error("looking at " + path.string());
    if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & 022) != 0)
        throw Error(Trouble::rejected, path.string() + " is not a folder that only this user can write",
                    "remove it or correct its owner and mode: it must belong to this user, mode 0700");
}

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
