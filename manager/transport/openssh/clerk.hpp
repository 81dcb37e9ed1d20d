#pragma once

#include "common/error.hpp"
#include "common/os/descriptor.hpp"
#include "common/secret.hpp"
#include "manager/target/target.hpp"
#include "manager/trust/known_hosts.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace manager::transport::openssh {

/// Answers what one ssh asks: whether a host key is to be trusted, and the login's password, once. Whatever
/// else it is asked ends the connection, because ssh would send an empty answer to the server, which counts
/// as a failed login there.
///
/// answer() is called by one thread, the rest by another.
class Clerk {
public:
    using Notice = std::function<void(const std::string& text)>;

    /// All of it must outlive the clerk.
    Clerk(const target::Target& target, const common::Secret& password, trust::KnownHosts& known,
          bool accept_new, Notice notice);

    /// See Desk::Answer.
    std::optional<std::string> answer(const std::vector<std::string>& words);

    /// Gets readable when the connection is to be ended.
    int alarm() const { return alarm_.get(); }

    /// What came of the questions until now.
    struct Notes {
        std::optional<common::Error> objection; ///< to a host key
        bool gave_password = false;
        std::optional<std::string> unanswered; ///< a prompt that only a human can answer
        std::string host_key;                  ///< fingerprint of the target's own, once shown
        bool refused_password = false;         ///< it was asked for again
    };
    Notes notes() const;

private:
    std::string about_host(const std::vector<std::string>& words);
    std::optional<std::string> to_prompt(const std::string& text, const std::string& hint);
    std::optional<std::string> to_password_prompt();
    void raise_alarm() const;

    const target::Target& target_;
    const common::Secret& password_;
    trust::KnownHosts& known_;
    bool accept_new_;
    Notice notice_;
    common::os::Descriptor alarm_;
    mutable std::mutex mutex_;
    Notes notes_;
};

} // namespace manager::transport::openssh
