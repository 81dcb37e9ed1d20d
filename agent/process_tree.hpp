#pragma once

#include "agent/drain.hpp"
#include "agent/installer/installer.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

namespace agent {

/// An installer and everything that comes from it, wherever it goes, in the hands of the shim that starts it.
/// It goes on when the shim is killed. One thread, the only one of its process.
class ProcessTree {
public:
    /// `drain` takes what the installer prints; it is none of the tree and outlives it.
    explicit ProcessTree(Drain& drain);
    ~ProcessTree();
    ProcessTree(const ProcessTree&) = delete;
    ProcessTree& operator=(const ProcessTree&) = delete;

    /// Starts the installer in `folder`: nothing on its standard input, and nothing open of ours but `lock`,
    /// by which everybody sees that it lives. Returns 0, or the system's number for why it could not be
    /// started. Throws Error.
    int start(const installer::Command& command, const std::filesystem::path& folder, int lock);

    /// True once the installer has ended; `ending` is then told how.
    bool has_ended(installer::Ending& ending);

    bool is_gone(); ///< the installer has ended, and all that came from it

    bool ask_to_end(); ///< false where the system knows no such thing
    void kill();

    /// Waits at most `time`, less when something ends meanwhile.
    void pause(std::chrono::milliseconds time);

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace agent
