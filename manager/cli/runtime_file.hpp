#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace manager::cli {

/// Tells other programs of the same user how to reach a running manager: DIR/managers/<pid>.json, mode 0600,
/// with port, pin and token of its local control. Removed with the object; a stale one names a process that
/// is gone.
class RuntimeFile {
public:
    RuntimeFile(const std::filesystem::path& data, const std::string& run, std::uint16_t port,
                const std::string& pin, std::string_view token);
    ~RuntimeFile();
    RuntimeFile(const RuntimeFile&) = delete;
    RuntimeFile& operator=(const RuntimeFile&) = delete;

private:
    std::filesystem::path file_;
};

} // namespace manager::cli
