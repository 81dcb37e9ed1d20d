#pragma once

#include "common/net/core.hpp"
#include "common/secret.hpp"
#include "manager/rollout/store.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace manager::serve {

/// One of our listeners, for those who ask.
struct PortInUse {
    std::string purpose; ///< local, callback, depot
    std::string address; ///< empty = all
    std::uint16_t port = 0;
    std::uint16_t wanted = 0;
};

/// A run that somebody asks for, in the words of the command line.
struct DeployWish {
    std::string key;                     ///< chosen by the asker: the same key is the same run
    std::vector<std::string> targets;    ///< as after -t
    std::vector<std::string> components; ///< files on this workstation, absolute
    /// By the long names of the options of `soapstone deploy`; switches have no value.
    std::vector<std::pair<std::string, std::optional<std::string>>> options;
    std::string input; ///< what the target "-" stands for
    common::Secret password;
    common::Secret sudo_password;
    common::Secret bmc_password;
};

/// What callers want to know of this manager, and to have it do. Any thread may call.
class ManagerDesk {
public:
    virtual ~ManagerDesk() = default;

    virtual std::vector<PortInUse> ports() const = 0;
    /// Ids of the runs that it works on.
    virtual std::vector<std::string> runs() const = 0;
    /// As Rollout::cancel(). Throws `not_found` when it does not work on `run`.
    virtual void cancel(const std::string& run) = 0;
    /// Begins a run and returns its id; again with the same key the same id. Throws `invalid` as the command
    /// line would, `conflict` for a key that was used for something else, `rejected` when this manager takes
    /// no runs.
    virtual std::string deploy(DeployWish wish) = 0;
    /// The folder of a run: DIR/runs/<id>.
    virtual std::filesystem::path folder_of(const std::string& run) const = 0;
};

/// What the local control port (61000) needs; outlives the server.
struct LocalControl {
    common::Secret token;     ///< what a caller must show as "Authorization: Bearer"
    std::int64_t started = 0; ///< ms since 1970
    const rollout::Store& store;
    ManagerDesk& desk;
    std::size_t most_waiting = 1; ///< calls that may wait for events at a time; more get their answer at once
};

/// SOAP calls of `control`'s manager.
common::net::Router manager_service(const LocalControl& control);

} // namespace manager::serve
