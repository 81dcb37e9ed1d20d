#pragma once

#include "common/bootstrap.hpp"
#include "common/clock.hpp"
#include "common/secret.hpp"
#include "manager/transport/login/login.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace manager::transport {

/// What the target said about itself before anything was put on it.
struct Platform {
    std::string os;              ///< `uname -s`, or Windows
    std::string architecture;    ///< `uname -m`
    bool root = false;           ///< what runs there, runs as root, or as LocalSystem
    std::string session_address; ///< numeric address of the target at which our session arrived
    std::string our_address;     ///< numeric address from which the target sees us
    std::string machine;         ///< machine id and boot id, which no two machines share; empty: not known
    std::string folder;          ///< where the agent's binary will lie until it has started
    std::vector<std::string> skipped; ///< folders before it that will not do: "/var/tmp: why"
    login::Login login;               ///< how the way in was
};

/// The agent for one platform, read and compressed once per run and shared by all targets.
struct AgentBinary {
    std::string architecture; ///< as `uname -m`
    std::string compressed;   ///< gzip
    std::string sha256;       ///< of the binary itself
    std::uint64_t size = 0;   ///< of the binary itself, bytes
    std::string os = "Linux"; ///< as Platform::os
};

/// What an agent may have made on its target; looked for after its removal.
struct Footprint {
    std::string run;                  ///< run id: its folder under state_folder
    std::uint64_t pid = 0;            ///< of the agent; 0 = not known
    std::uint64_t start_time = 0;     ///< clock ticks since boot, makes the pid unique
    std::uint16_t port = 0;           ///< where it listened; 0 = not known
    std::vector<std::string> folders; ///< besides the run's own: where its binary lay
};

/// Where an agent can be reached on its own target.
struct AgentAddress {
    std::uint64_t pid = 0;
    std::uint64_t start_time = 0; ///< clock ticks since boot, makes the pid unique
    std::string address;          ///< numeric
    std::uint16_t port = 0;
};

/// The time that a target told, and our own time just before and after.
struct ClockReading {
    common::SystemTime before;
    common::SystemTime after;
    std::int64_t seconds = 0; ///< since 1970, rounded down
};

/// The firewall of a machine that may stop packets.
struct Firewall {
    std::string kind;               ///< firewalld, ufw, nft, iptables; "unknown": we cannot look; empty: none
    std::vector<std::string> input; ///< of nft: chains that stop what comes, "inet filter input"
    std::vector<std::string> output; ///< of nft: chains that stop what leaves
};

/// How a target stands, seen without putting anything there.
struct Condition {
    ClockReading clock;
    std::uint64_t state_free = 0; ///< bytes, where state_folder is or will be
    bool state_read_only = false; ///< that place cannot be written
    Firewall firewall;
    std::vector<std::string> holders; ///< "apt-get (process 12) holds /var/lib/dpkg/lock"
};

/// A connection to an agent's port that goes through a session to its target. Going, it ends both.
class Tunnel {
public:
    virtual ~Tunnel() = default;

    /// A stream socket that stands for the connection; stays the tunnel's.
    virtual int stream() const = 0;
};

/// What is still on a target after removal.
struct Remains {
    /// Besides logs, journal and tombstone: "process 4711 (soapstone-agent)", "port 62286", "folder /x".
    std::vector<std::string> left;
    bool logs = false; ///< there are logs
};

/// What came of a sweep. Entries as those of Remains::left.
struct Swept {
    std::vector<std::string> removed;
    std::vector<std::string> kept; ///< could not be removed; the reason behind it
};

/// Carries the agent to one target and starts it there: over SSH, SMB, or on this very machine.
///
/// Used by one thread at a time. scout, copy and start are called once, in this order, over one session,
/// which then waits a while for leftovers and sweep; without it, as tunnel and examine do, they open one of
/// their own. Every call returns when its work is done, or throws `common::Error`: `unreachable` once the
/// deadline has passed or the line broke, `denied` (login, host key, elevation) or `rejected` as the target
/// says. When a call throws or the object goes, what was put on the target is removed within moments: by the
/// target itself, or on Windows by the helper that put it there.
class Transport {
public:
    using Sent = std::function<void(std::uint64_t bytes)>; ///< bytes sent so far, rising

    virtual ~Transport() = default;

    /// Connects, checks the host's key, logs in, becomes root and looks whether the agent can run there.
    /// `needed` is the size of the largest agent in bytes, for the search for a folder with room.
    virtual Platform scout(std::uint64_t needed, common::Deadline deadline) = 0;

    /// Sends the agent into the folder found and has its hash checked there.
    virtual void copy(const AgentBinary& agent, const Sent& sent, common::Deadline deadline) = 0;

    /// Gives the agent its orders (only now, to a verified file) and returns its ready line.
    virtual common::Ready start(const common::Orders& orders, common::Deadline deadline) = 0;

    /// Joins a new session to the port of the agent that start() has left. Null when that agent is gone.
    virtual std::unique_ptr<Tunnel> tunnel(const AgentAddress& agent, common::Deadline deadline) = 0;

    /// Looks for what `footprint` may have left.
    virtual Remains leftovers(const Footprint& footprint, common::Deadline deadline) = 0;

    /// Looks how the target stands; writes nothing there. A login that is not root sees less.
    virtual Condition examine(common::Deadline deadline) = 0;

    /// Stops the run's agent if one is still there and removes all but logs and journal: the way without
    /// SOAP, for an agent that does not answer. `run` empty = every run. That something could not be removed
    /// is no error, but told.
    virtual Swept sweep(const std::string& run, common::Deadline deadline) = 0;
};

} // namespace manager::transport
