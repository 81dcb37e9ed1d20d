#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace agent {

/// The folder `agent-<id>` under the run's, which the manager has made for one start of an agent: the program
/// is in it and what tells how the start went. The service of that start is called SoapstoneAgent-<id>.
class StartFolder {
public:
    explicit StartFolder(std::filesystem::path path) : path_(std::move(path)) {}

    /// That of this process.
    static StartFolder own();

    /// Leaves `answer` in the file `ready`: there whole, or not at all. Throws Error.
    void answer(std::string_view answer) const;

    /// Deletes the service entry; one that runs goes when it stops. That there is none is no error. Throws
    /// Error.
    void remove_service() const;

    /// Deletes the folder, of a start whose process has ended. What cannot be deleted stays.
    void remove() const;

    /// Leaves somebody behind who deletes the folder of this very process soon after its end. Throws Error.
    void remove_when_gone() const;

    /// Whether both are the same folder, however it is written.
    bool is(const StartFolder& other) const;

private:
    std::filesystem::path path_;
};

/// Deletes service and folder of all starts of all runs under `state` but `own`. To be called by the agent
/// that has the target's lock, so that their agents are dead. What cannot be deleted stays.
void remove_dead_starts(const std::filesystem::path& state, const StartFolder& own);

} // namespace agent
