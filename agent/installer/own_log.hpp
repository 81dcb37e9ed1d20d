#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace agent::installer {

/// Gives `take` what an installer has written to a log of its own, UTF-8 or UTF-16 with its mark, as UTF-8
/// and in small pieces. That there is none is no error. Throws what `take` throws.
void copy_own_log(const std::filesystem::path& log, const std::function<void(std::string_view)>& take);

} // namespace agent::installer
