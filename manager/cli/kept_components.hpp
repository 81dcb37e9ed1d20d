#pragma once

#include "manager/serve/keeper.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>

namespace manager::cli {

/// Components in `folder`, and what is known of them in `folder`/components.json. Any thread.
class KeptComponents {
public:
    explicit KeptComponents(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// An upload that nobody has gone on with for so long is taken for abandoned.
    static constexpr std::chrono::days patience{7};

    // As serve::Keeper; incoming() also forgets abandoned uploads.
    serve::KeptComponent add(const std::string& name, const std::filesystem::path& file);
    std::filesystem::path incoming(const std::string& name, const std::string& token);
    serve::KeptComponent take_in(const std::string& name, const std::filesystem::path& file);
    std::vector<serve::KeptComponent> all() const;
    void remove(const std::string& name);

    /// Removes what is left of abandoned uploads.
    void forget_abandoned() const;

    /// The file of a component. Throws `not_found`.
    std::filesystem::path find(const std::string& name) const;

private:
    using Entries = std::map<std::string, serve::KeptComponent>;

    std::filesystem::path file_of(const std::string& name) const { return folder_ / "files" / name; }
    Entries read() const;
    void write(const Entries& entries) const;

    const std::filesystem::path folder_;
    mutable std::mutex mutex_; ///< around the list
};

} // namespace manager::cli
