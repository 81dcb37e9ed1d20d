#pragma once

#include "common/os/descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

/// The system's calls for files, with one face on Linux and Windows. None of them throws: what failed,
/// `errno` tells, on Windows too, and system_error() makes an Error of it. Interrupted calls are tried again.
/// Any thread.
///
/// On Windows a descriptor is one of the C runtime: of bytes as they are, not inherited, and the file can be
/// renamed and removed while it is open.
namespace common::os {

/// What is to be done with a file that is opened; joined by `|`. Names of our own, because half of those of
/// POSIX mean nothing to Windows.
enum class Open : unsigned {
    read = 1,
    write = 2,
    append = 2 | 4, ///< writes, each to the end of the file, whoever wrote there before
    create = 8,     ///< made when it is missing
    exclude = 16,   ///< made, or EEXIST when it is there
    empty = 32,     ///< what it held is dropped
    no_link = 64,   ///< ELOOP when it is a symbolic link
    no_wait = 128   ///< does not wait for the other end of a pipe or a terminal line
};

constexpr Open operator|(Open left, Open right)
{
    return static_cast<Open>(static_cast<unsigned>(left) | static_cast<unsigned>(right));
}

constexpr bool has(Open all, Open one)
{
    return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) == static_cast<unsigned>(one);
}

/// A path from text as the program has it everywhere, UTF-8. Windows' own conversion, when a path is made of
/// a string, is right for ASCII only; the way back, path.string(), gives UTF-8 with both.
std::filesystem::path utf8_path(std::string_view text);

/// Not open when it fails. `mode` is for a file that is made; Windows gives it the rights of its folder
/// instead.
Descriptor try_open(const std::filesystem::path& path, Open how, unsigned mode = 0600) noexcept;

/// The same for a regular file only (else EINVAL): to open a pipe or a device could block or do things.
Descriptor try_open_regular(const std::filesystem::path& path, Open how) noexcept;

/// Reads once: the bytes that came, 0 at the end, -1 after a failure.
std::ptrdiff_t read_some(int descriptor, char* data, std::size_t most) noexcept;

/// The same from the byte at `offset` on. Where read_some() goes on afterwards is not defined.
std::ptrdiff_t read_at(int descriptor, char* data, std::size_t most, std::uint64_t offset) noexcept;

/// Writes once: the bytes that were taken, -1 after a failure.
std::ptrdiff_t write_some(int descriptor, std::string_view bytes) noexcept;

/// Writes all of `bytes` at `offset`; false when only a part of them, or nothing, could be written.
bool write_at(int descriptor, std::string_view bytes, std::uint64_t offset) noexcept;

/// True when `error` (an errno) says that the disk is full, or this user's part of it.
bool is_no_room(int error) noexcept;

/// Back to the first byte, for read_some() and write_some().
bool rewind(int descriptor) noexcept;

/// Nothing after a failure.
std::optional<std::uint64_t> file_size(int descriptor) noexcept;

bool truncate(int descriptor, std::uint64_t size) noexcept;

/// What was written survives a power cut: the bytes, and all that is needed to read them again. After a
/// failure the file counts as lost: it must not be tried again, for Linux has dropped the pages.
bool sync_data(int descriptor) noexcept;

/// The same, with times and rights.
bool sync_all(int descriptor) noexcept;

/// Locks the whole file for this descriptor alone, or together with others that share. False at once, and
/// EWOULDBLOCK, when another descriptor holds a lock against it, in whatever process. The lock goes with the
/// descriptor; it binds nobody who does not ask for one.
bool try_lock(int descriptor) noexcept;
bool try_lock_shared(int descriptor) noexcept;
bool unlock(int descriptor) noexcept;

/// True when `path` names the very file that is open: not another one of that name, made since.
bool is_file_at(const std::filesystem::path& path, int descriptor) noexcept;

/// Gives `file` a second name; EEXIST when `name` is one already.
bool hard_link(const std::filesystem::path& file, const std::filesystem::path& name) noexcept;

/// Renames `from`; a file that was called `to` is gone then. At no time is there no file called `to`. Windows
/// before 10 (1709) refuses it, with EACCES after 1 s, as long as anybody has `to` open.
bool replace_file(const std::filesystem::path& from, const std::filesystem::path& to) noexcept;

/// Takes away the name `path`, also of a file that is open; with Windows before 10 (1709), the name is there
/// until it is closed.
bool remove_file(const std::filesystem::path& path) noexcept;

/// Bytes that may still be written where `folder` lies; nothing after a failure.
std::optional<std::uint64_t> free_space(const std::filesystem::path& folder) noexcept;

} // namespace common::os
