#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace manager::serve {

/// So much at a time for each caller, so that nobody takes what is for all. Any thread.
class Budget {
public:
    explicit Budget(std::size_t most_of_one) : most_of_one_(most_of_one) {}

    /// A place as long as the result lives, or null when `caller` has all of its own. This outlives it.
    std::shared_ptr<void> take(const std::string& caller);
    std::size_t taken(const std::string& caller) const;
    bool has_room(const std::string& caller) const { return taken(caller) < most_of_one_; }

private:
    void give_back(const std::string& caller);

    const std::size_t most_of_one_;
    mutable std::mutex mutex_;
    std::map<std::string, std::size_t> taken_;
};

} // namespace manager::serve
