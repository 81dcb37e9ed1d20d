#pragma once

#include "common/secret.hpp"

#include <filesystem>
#include <string_view>

namespace manager::trust {

/// The whole of a file that nobody else may read; `kind` says what it holds, for messages. Throws `invalid`
/// when it is not there or its mode lets group or others in.
common::Secret read_private_file(const std::filesystem::path& path, std::string_view kind);

/// The password in the first line of a private file. Throws `invalid` when that line is empty.
common::Secret read_password_file(const std::filesystem::path& path);

} // namespace manager::trust
