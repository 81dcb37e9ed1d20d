#pragma once

#include "common/os/descriptor.hpp"
#include "manager/trust/user_key.hpp"
#include "tests/support/scratch.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <thread>
#include <vector>

namespace tests {

/// An ssh-agent that holds some keys, on a socket of its own, served by a thread.
class ToySshAgent {
public:
    /// The keys must outlive it.
    explicit ToySshAgent(std::vector<const manager::trust::UserKey*> keys);
    ToySshAgent(const ToySshAgent&) = delete;
    ToySshAgent& operator=(const ToySshAgent&) = delete;
    ~ToySshAgent();

    std::filesystem::path socket() const { return scratch_.path() / "agent"; }
    std::uint32_t last_flags() const { return last_flags_; } ///< of the latest request to sign
    void refuse() { refuses_ = true; }                       ///< signs nothing more

private:
    void serve();
    std::string answer(const std::string& request);
    std::string sign(const std::string& request);

    Scratch scratch_;
    std::vector<const manager::trust::UserKey*> keys_;
    std::atomic<std::uint32_t> last_flags_{0};
    std::atomic<bool> refuses_{false};
    common::os::Descriptor listener_;
    std::thread thread_;
};

} // namespace tests
