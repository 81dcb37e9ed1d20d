#pragma once

#include "common/net/core.hpp"
#include "common/secret.hpp"
#include "manager/link/roster.hpp"
#include "manager/rollout/store.hpp"
#include "manager/serve/authority.hpp"
#include "manager/serve/changes.hpp"
#include "manager/serve/errand.hpp"
#include "manager/serve/keeper.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace manager::serve {

/// One of our listeners, for those who ask.
struct PortInUse {
    std::string purpose; ///< local, callback, depot
    std::string address; ///< empty = all
    std::uint16_t port = 0;
    std::uint16_t wanted = 0;
};

/// A run or an errand that somebody asks for, in the words of the command line.
struct DeployWish {
    Caller caller;                       ///< who asks
    std::string key;                     ///< chosen by the asker: the same key is the same run
    std::vector<std::string> targets;    ///< as after -t
    std::vector<std::string> components; ///< files on this workstation, absolute
    /// By the long names of the options of `soapstone deploy`; switches have no value.
    std::vector<std::pair<std::string, std::optional<std::string>>> options;
    std::string input; ///< what the target "-" stands for
    common::Secret password;
    common::Secret sudo_password;
    common::Secret bmc_password;
    std::string credential;  ///< name of a kept one, in place of the passwords; empty: none
    bool looks_only = false; ///< it takes inventories, and there are no components
};

/// A run that is to be gone on with.
struct ResumeWish {
    std::string run;
    common::Secret password;
    common::Secret sudo_password;
    common::Secret bmc_password;
};

/// How a manager is.
struct Health {
    std::vector<std::string> problems; ///< sentences
    std::uint64_t free_bytes = 0;      ///< of the disk with its data
};

/// How far a run is to be stopped.
enum class Cancel {
    one_step, ///< one step further than before
    gently,   ///< what runs on targets may finish
    at_once,  ///< that is ended, too
};

/// What callers want to know of this manager, and to have it do. Any thread may call.
class ManagerDesk {
public:
    virtual ~ManagerDesk() = default;

    virtual std::vector<PortInUse> ports() const = 0;
    /// Ids of the runs that it works on.
    virtual std::vector<std::string> runs() const = 0;
    /// As Rollout::cancel(). Throws `not_found` when it does not work on `run`; so does pause().
    virtual void cancel(const std::string& run, Cancel how) = 0;
    /// As Rollout::pause(), also for whoever goes on with the run.
    virtual void pause(const std::string& run, bool on) = 0;
    virtual bool is_paused(const std::string& run) const = 0;
    /// Begins a run and returns its id; again with the same key the same id. Throws `invalid` as the command
    /// line would, `conflict` for a key that was used for something else, `denied` where the caller may not
    /// say that, `rejected` when this manager takes no runs.
    virtual std::string deploy(DeployWish wish) = 0;
    /// Goes on with a run, unless it works on it. Throws `not_found`, `invalid` when it is finished, `busy`
    /// when another process works on it, and as deploy().
    virtual void resume(ResumeWish wish) = 0;
    /// Begins an errand and returns its id; `wish` has no components. Throws as deploy(), and `busy` while
    /// there are too many.
    virtual std::string begin_errand(Errand errand, DeployWish wish) = 0;
    /// Up to `most` results behind the first `since`. Throws `not_found`.
    virtual ErrandNews errand_news(const std::string& id, std::size_t since, std::size_t most) const = 0;
    /// Goes to no more targets. Throws `not_found`.
    virtual void cancel_errand(const std::string& id) = 0;
    virtual Health health() const = 0;
    /// That are at work for its runs and examinations, by run and target.
    virtual std::vector<link::AgentAtWork> agents() const = 0;
    /// What it keeps. Throws `rejected` when it keeps nothing.
    virtual Keeper& keeper() = 0;
    /// The folder of a run: DIR/runs/<id>.
    virtual std::filesystem::path folder_of(const std::string& run) const = 0;
};

/// What the local control port (61000) needs; outlives the server.
struct LocalControl {
    common::Secret token;     ///< what a caller must show as "Authorization: Bearer"
    std::int64_t started = 0; ///< ms since 1970
    const rollout::Store& store;
    ManagerDesk& desk;
    const Changes& changes; ///< in the store, and of errands
};

/// Around the calls of one listener. Any thread calls them; `admit` and `refused` also I/O threads.
struct ManagerCalls {
    /// Whom a request is from, or what is answered to somebody who proves nothing.
    std::function<std::variant<Caller, common::net::Reply>(const common::net::Request& request)> admit;
    /// Told of each call before it is answered; `operation` is empty where it cannot be read. When it throws,
    /// the caller gets no answer. May be empty.
    std::function<void(const common::net::Request& request, const Caller& caller, std::string_view operation,
                       std::string_view result)>
        heard;
    /// Told of each request that was not admitted; may be empty.
    std::function<void(const common::net::Request& request, int status)> refused;
};

/// Adds the SOAP calls of `control`'s manager, at /manager. Whom a request is from is looked at before its
/// body is read, and who may call what before a parameter is.
void add_manager_calls(common::net::Router& router, const LocalControl& control, ManagerCalls calls);

/// The same for the user of this workstation, by the token of `control`.
common::net::Router manager_service(const LocalControl& control);

} // namespace manager::serve
