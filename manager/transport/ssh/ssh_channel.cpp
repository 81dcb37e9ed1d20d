#include "manager/transport/ssh/ssh_channel.hpp"

#include "common/text.hpp"
#include "manager/transport/shell/patience.hpp"
#include "manager/transport/ssh/ssh_program.hpp"
#include "manager/trust/known_hosts.hpp"

namespace manager::transport::ssh {

using common::Deadline;
using common::Error;
using common::Trouble;
using common::os::Descriptor;
using control::Word;

namespace {

/// The child keeps the deadlines; one that does not is given up after this.
constexpr std::chrono::seconds grace{2};
constexpr std::chrono::milliseconds last_words_limit{500};
constexpr std::size_t longest_text = 4'000; // bytes; all our algorithms are named in some 1,000

Deadline with_grace(Deadline deadline)
{
    return Deadline::in(deadline.left() + grace);
}

[[noreturn]] void raise(const control::Failure& failure)
{
    std::string text = common::one_line(failure.text, longest_text);
    std::string hint = common::one_line(failure.hint, longest_text);
    if (failure.turned_away)
        throw shell::TurnedAway(failure.trouble, std::move(text), std::move(hint));
    if (failure.no_common_algorithm)
        throw control::NoCommonAlgorithm(failure.trouble, std::move(text), std::move(hint));
    throw Error(failure.trouble, std::move(text), std::move(hint));
}

control::Task task_of(const LoginMeans& means, const LoginAnswers& answers, const std::string& command,
                      const LoginLimits& limits)
{
    control::Task task;
    task.user = means.user;
    task.keys = answers.offered();
    task.skipped = means.keys.skipped;
    task.has_password = !means.password.empty();
    task.command = command;
    task.login_limit = limits.login.left();
    task.command_limit = limits.command.left();
    return task;
}

} // namespace

SshChannel::SshChannel(Descriptor server, std::pair<Descriptor, Descriptor> control)
    : process_(ssh_program(server.get(), control.second.get())), control_(std::move(control.first))
{
}

control::ShownKey SshChannel::greet(const std::vector<std::string>& key_types, Deadline deadline)
{
    control_.send(Word::greet, encode(control::Greeting{key_types, deadline.left()}), with_grace(deadline));
    control::ShownKey shown = control::read_shown_key(expect(Word::host_key, with_grace(deadline)));
    login_.host_key = trust::fingerprint(shown.blob);
    return shown;
}

void SshChannel::log_in(const LoginMeans& means, std::string_view ident, const std::string& command,
                        const LoginLimits& limits)
{
    LoginAnswers answers(means, ident);
    const Deadline deadline = with_grace(limits.command);
    control_.send(Word::log_in, encode(task_of(means, answers, command, limits)), deadline);
    while (!started_) {
        const control::Message message = next(deadline);
        switch (message.word) {
        case Word::sign:
            control_.send(Word::signature, answers.sign(control::read_sign_request(message.body)), deadline);
            break;
        case Word::ask_password:
            control_.send(Word::password, answers.password(), deadline);
            break;
        case Word::started:
            started_ = true;
            login_.method = answers.method();
            break;
        default:
            control::nonsense("a word that has no place in a login");
        }
    }
}

shell::Progress SshChannel::exchange(std::string_view offered, Deadline deadline)
{
    shell::Progress progress = process_.exchange(offered, deadline);
    if (!progress.ended || output_ended_)
        return progress;
    if (progress.sent > 0 || !progress.output.empty() || !progress.problems.empty()) {
        progress.ended = false; // what has come counts, even when it turns out next that the line broke
        return progress;
    }
    expect(Word::output_ended, with_grace(deadline));
    output_ended_ = true;
    return progress;
}

int SshChannel::status(Deadline deadline)
{
    return static_cast<int>(control::read_status(expect(Word::ended, deadline)));
}

/// What the child says next, if it is no failure.
control::Message SshChannel::next(Deadline deadline)
{
    std::optional<control::Message> message = control_.receive(deadline);
    if (!message)
        throw death(deadline);
    if (message->word == Word::failed)
        raise(control::read_failure(message->body));
    return std::move(*message);
}

std::string SshChannel::expect(Word word, Deadline deadline)
{
    control::Message message = next(deadline);
    if (message.word != word)
        control::nonsense("a word that was not expected");
    return std::move(message.body);
}

/// The error for a child that has ended without a word.
Error SshChannel::death(Deadline deadline)
{
    const Deadline until = deadline.or_before(Deadline::in(last_words_limit));
    std::string text = "soapstone-ssh, which speaks SSH to the target, ended without a word";
    std::string said;
    try {
        const int status = process_.status(until);
        text += " (status " + std::to_string(status) + ')';
        while (!started_) { // later its errors are the command's
            const shell::Progress progress = process_.exchange({}, until);
            said += progress.problems;
            if (progress.ended)
                break;
        }
    } catch (const Error&) { // then without
    }
    if (!said.empty())
        text += ": " + common::one_line(common::trim(said), 300);
    return {Trouble::unreachable, std::move(text),
            "try again; if it stays so, what the target sends may be meant to break it: look at the target "
            "first"};
}

} // namespace manager::transport::ssh
