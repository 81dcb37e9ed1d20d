#pragma once

#include "common/secret.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace manager::cli {

/// Tells other programs of the same user how to reach a running manager: DIR/managers/<pid>.json, mode 0600,
/// with port, pin and token of its local control. Removed with the object; a stale one names a process that
/// is gone.
class RuntimeFile {
public:
    /// `run`: as RunningManager::run.
    RuntimeFile(const std::filesystem::path& data, const std::string& run, std::uint16_t port,
                const std::string& pin, std::string_view token);
    ~RuntimeFile();
    RuntimeFile(const RuntimeFile&) = delete;
    RuntimeFile& operator=(const RuntimeFile&) = delete;

private:
    std::filesystem::path file_;
};

/// A manager at work, as its runtime file tells.
struct RunningManager {
    pid_t pid = 0;
    std::string run;        ///< that it works on; empty: it serves the data folder
    std::uint16_t port = 0; ///< of its local control, on the loopback
    std::string pin;
    common::Secret token;
};

/// The managers at work on this data folder. Runtime files of processes that are gone are removed, and what
/// is none is left out.
std::vector<RunningManager> running_managers(const std::filesystem::path& data);

/// The one among them that serves the data folder.
std::optional<RunningManager> serving_manager(const std::filesystem::path& data);

} // namespace manager::cli
