#pragma once

#include "manager/serve/keeper.hpp"

#include <filesystem>
#include <map>
#include <mutex>

namespace manager::cli {

/// Where a data folder keeps the targets that orders of other machines may name: a file of targets, which is
/// JSON and thereby YAML.
std::filesystem::path kept_targets_file(const std::filesystem::path& data);

/// What is in that file. Any thread.
class KeptTargets {
public:
    explicit KeptTargets(const std::filesystem::path& data) : file_(kept_targets_file(data)) {}

    // As serve::Keeper.
    void put(const std::vector<serve::KnownTarget>& targets);
    std::vector<serve::KnownTarget> all() const;
    void remove(const std::vector<std::string>& names);

private:
    using Entries = std::map<std::string, serve::KnownTarget>;

    Entries read() const;
    void write(const Entries& entries) const;

    const std::filesystem::path file_;
    mutable std::mutex mutex_; ///< around the file
};

} // namespace manager::cli
