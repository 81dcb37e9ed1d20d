#pragma once

#include "common/error.hpp"
#include "common/secret.hpp"
#include "manager/target/target.hpp"
#include "manager/transport/shell/channel.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace manager::transport::shell {

/// How a login becomes root. The password must outlive everything that is made with it.
struct Elevation {
    target::Become become = target::Become::none;
    const common::Secret* password = nullptr; ///< what to answer to the prompt; may be missing or empty
    bool terminal = false;                    ///< it is known that sudo or su want one
};

/// A line of the script's that is meant for us.
struct Answer {
    std::string word; ///< NEED, GO, OK, ERR, ...
    std::string rest; ///< what stands behind it; said by another machine, so not to be trusted
};

/// A talk with a script of ours that runs on a target.
///
/// The command line that starts it is always the same and holds nothing but a random marker. The script
/// itself follows on standard input, once the far shell has said that it listens, so that nothing that a
/// login prints or reads before can take part. Each line for us starts with the marker; all else is noise,
/// kept for messages.
///
/// Used by one thread at a time. Throws `unreachable` when a deadline passes, `denied` when becoming root
/// fails.
class Dialogue {
public:
    using Sent = std::function<void(std::uint64_t bytes)>;

    /// Where sudo or su demand a terminal, logs in a second time with one, if the connector has one to give.
    Dialogue(Connector& connector, const Elevation& elevation, common::Deadline deadline);

    bool has_terminal() const { return terminal_; }
    login::Login login() const { return channel_->login(); }

    /// Hands over `script`, to run with `variables` (lines of shell, see assignment()) in front of it.
    void run(std::string_view script, std::string_view variables, common::Deadline deadline);

    /// The next line for us. Throws `rejected` with the noise when the script ended without one.
    Answer next(common::Deadline deadline);

    /// Sends `bytes`; stops early when the script has something to say, as it has when its disk is full.
    void send(std::string_view bytes, const Sent& sent, common::Deadline deadline);

    /// The channel, for who goes on with the command behind the script; the dialogue is over.
    std::unique_ptr<Channel> release() { return std::move(channel_); }

    /// What came besides the answers, as one harmless line for a message; waits a moment for what is on its
    /// way.
    std::string noise();

private:
    bool open(Connector& connector, const Elevation& elevation, common::Deadline deadline);
    void begin(const Elevation& elevation, common::Deadline deadline);
    void take(const Progress& progress);
    void take_line(std::string line);
    void answer_prompts(const Elevation& elevation, common::Deadline deadline);
    bool take_prompt(target::Become become);
    void answer(const common::Secret& password, common::Deadline deadline);
    [[noreturn]] void fail_to_begin(common::Deadline deadline);

    std::string marker_;
    std::string prompt_;
    std::unique_ptr<Channel> channel_;
    std::deque<Answer> answers_;
    std::string line_;     ///< begun, its end not yet here
    std::string noise_;    ///< of both streams
    std::string problems_; ///< searched for prompts
    int prompts_ = 0;      ///< seen so far
    bool ended_ = false;
    bool terminal_ = false; ///< errors come as output, and nothing there may run in the background
};

/// `name='value'` and a newline, whatever stands in `value`.
std::string assignment(std::string_view name, std::string_view value);

/// `value` as one word for a POSIX shell. Throws `invalid` for bytes that cannot travel in a script.
std::string shell_word(std::string_view value);

} // namespace manager::transport::shell
