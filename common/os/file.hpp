#pragma once

#include "common/os/file_calls.hpp"

#include <string>

namespace common::os {

/// Opens `path`. Throws Error "opening PATH: ...".
Descriptor open_file(const std::filesystem::path& path, Open how, unsigned mode = 0600);

/// The whole file. Throws Error when it cannot be read or is larger than `most` bytes.
std::string read_file(const std::filesystem::path& path, std::uint64_t most = 16 << 20);

/// The whole file; nothing when there is none.
std::optional<std::string> read_file_if_there(const std::filesystem::path& path,
                                              std::uint64_t most = 16 << 20);

/// Writes all of `bytes`, whatever the kernel takes at once. Throws Error "writing NAME: ...".
void write_all(int descriptor, std::string_view bytes, std::string_view name);

/// Makes `text` all that the file holds. Throws Error "writing NAME: ...".
void write_over(int descriptor, std::string_view text, std::string_view name);

/// Makes what was written to `descriptor` survive a power cut, as sync_data(). Throws Error "syncing NAME:
/// ...".
void sync_file(int descriptor, std::string_view name);

/// Makes the names in `folder` survive a power cut; Windows keeps them in a journal of its own.
void sync_folder(const std::filesystem::path& folder);

/// `path` afterwards holds `text`, durably, or what it held before: temporary name, fsync, rename, fsync.
void write_file_durably(const std::filesystem::path& path, std::string_view text, unsigned mode = 0600);

/// Makes `path` and what is missing above it, for this user alone (mode 0700; on Windows for SYSTEM and the
/// administrators, too). Throws Error when part of it belongs to another user, is a symbolic link or can be
/// written by others.
void make_private_folder(const std::filesystem::path& path);

/// Makes the folder `path` alone, as make_private_folder() does. That it is there already is no error.
void make_folder(const std::filesystem::path& path);

/// Throws as make_private_folder() when `path` is not such a folder.
void check_private_folder(const std::filesystem::path& path);

/// `size` bytes from the kernel's random generator.
std::string random_bytes(std::size_t size);

} // namespace common::os
