#pragma once

#include <filesystem>
#include <string>

namespace manager::cli {

/// Which errands were begun that must not be done twice: their keys count for 30 days, longer than a manager
/// remembers the errands themselves. One thread.
class ErrandClaims {
public:
    /// `folder` is made when it is needed.
    explicit ErrandClaims(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// False when `id` was taken before; durable when it returns. Throws Error.
    bool take(const std::string& id) const;

private:
    void forget_old() const;

    std::filesystem::path folder_;
};

} // namespace manager::cli
