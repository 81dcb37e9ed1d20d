#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What manager and agent tell each other over the authenticated channel (the SSH session's stdin and stdout;
/// the encrypted control pipe and a protected file on Windows) before they know each other's keys.
namespace common {

/// Address and port, the address numeric; IPv6 without brackets.
struct Endpoint {
    std::string address;
    std::uint16_t port = 0;

    std::string text() const; ///< `10.0.0.1:61001`, `[fd00::1]:61001`
    static Endpoint parse(std::string_view text);
    bool operator==(const Endpoint&) const = default;
};

/// Where everything of ours on a target lives; of a run's folder only `logs/`, the journal and the tombstone
/// stay.
constexpr std::string_view state_folder = "/var/lib/soapstone";

/// What the manager's own log of a target is called in the target's folder of logs.
constexpr const char* managers_log = "manager.log";

/// The exit status of an agent that does not start because of another run on its target: EX_TEMPFAIL of
/// sysexits.h.
constexpr int agent_busy_status = 75;

/// What an agent is given to begin with. Never in argv, environment or on disk.
struct Orders {
    std::string run;                  ///< 32 hexadecimal digits
    std::string target;               ///< the target's id within the run
    std::uint64_t epoch = 0;          ///< start counter of this run's manager; a lower one is refused
    std::string nonce;                ///< comes back in the ready line
    std::string manager_pin;          ///< fingerprint of the manager's key
    std::string order_key;            ///< raw Ed25519 public key that signs job orders, hexadecimal
    std::string listen_address;       ///< where to listen: the address at which the session arrived
    std::uint16_t first_port = 62286; ///< first port to try
    std::vector<Endpoint> callbacks;  ///< where the manager takes events, best first
    std::vector<Endpoint> depots;     ///< where payload is fetched, best first
    std::chrono::seconds lease{300};  ///< idle lease
    std::string manager;              ///< whose run it is, "alice on ws1", for people
    bool take_over = false;           ///< stop the agent of another run that works on the target
    bool leave_nothing = false;       ///< a trial: touch nothing of other runs, take logs and journal along
    std::string let_in;    ///< open the agent's port in a firewall for this address; empty = do not
    std::string failpoint; ///< for tests: where the agent dies; empty = nowhere

    std::string text() const;
    static Orders parse(std::string_view text);
};

/// Orders as the start arguments of a Windows service, which are kept nowhere but in memory: hexadecimal
/// digits in pieces of a length that StartService takes.
std::vector<std::string> to_arguments(const Orders& orders);
Orders from_arguments(const std::vector<std::string>& pieces); ///< throws `invalid`

/// The one line with which an agent that listens answers its orders.
struct Ready {
    std::string nonce;
    int protocol = 0;
    std::string version;              ///< of the agent
    std::uint16_t port = 0;           ///< where it really listens
    std::vector<std::uint16_t> taken; ///< ports it found taken before
    std::string address;              ///< where it listens; empty = all addresses
    std::string fingerprint;          ///< of the agent's key
    std::string boot;                 ///< id of this agent process, for event order
    std::string machine;              ///< the target's machine id
    std::uint64_t pid = 0;
    std::uint64_t start_time = 0; ///< clock ticks since boot; with pid it names the process
    std::string folder;           ///< the run's folder on the target
    std::string opened;           ///< the firewall in which the port was opened; "failed"; empty = none

    std::string line() const; ///< without newline
    static Ready parse(std::string_view line);
};

} // namespace common
