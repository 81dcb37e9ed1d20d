#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace manager::drivers {

/// Compressed agents, kept in a folder of this user's between runs: to compress one takes a third of a second
/// of processor time, ten times what a target takes. Any thread and any number of processes may use the same
/// folder.
class PackedAgents {
public:
    explicit PackedAgents(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// What was kept for the agent with this hash; nothing when there is none, or only a damaged one.
    std::optional<std::string> find(const std::string& sha256) const;

    /// Keeps `packed` for the agent with this hash, and drops the oldest ones. A disk that takes nothing is
    /// no error here: then it is compressed again the next time.
    void keep(const std::string& sha256, const std::string& packed) const;

private:
    std::filesystem::path file_of(const std::string& sha256) const;
    void drop_oldest() const;

    std::filesystem::path folder_;
};

} // namespace manager::drivers
