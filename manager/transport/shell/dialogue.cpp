#include "manager/transport/shell/dialogue.hpp"

#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/transport/shell/refusal.hpp"

#include <algorithm>

namespace manager::transport::shell {

using common::Deadline;
using common::Error;
using common::Trouble;

namespace {

/// Stands for a newline in a script, which crosses as one line. Not 1: bash has its own use for that.
constexpr char line_separator = '\036';

constexpr std::size_t most_noise = 4 << 10;     // bytes kept of what nobody asked for
constexpr std::size_t most_line = 64 << 10;     // a longer line is noise
constexpr std::size_t piece = 256 << 10;        // bytes offered at once, so that progress is seen
constexpr std::chrono::seconds begin_limit{45}; // sudo alone may look up names for many seconds
constexpr std::chrono::milliseconds noise_limit{1500};

void keep_end(std::string& text, std::size_t most)
{
    if (text.size() > most)
        text.erase(0, text.size() - most);
}

/// The command line for the login's shell. It must read the same in sh, bash, fish and csh: no newline, no
/// `!`, and a backslash only where all of them leave it alone. The far shell gets SSH_CONNECTION as $1
/// because sudo would drop it from the environment. A terminal must let all bytes pass, and not echo them.
std::string command_line(std::string_view marker, std::string_view prompt, target::Become become,
                         bool terminal)
{
    std::string listen = "/bin/sh -c 'printf \"%s M1\\n\" ";
    listen += marker;
    listen += R"~(; IFS= read -r l; eval "$(IFS=$(printf "\036"); set -f; printf "%s\n" $l)"' )~";
    listen += R"~(sh "$SSH_CONNECTION")~";
    if (become == target::Become::none)
        return "exec " + listen;
    std::string command = "exec /bin/sh -c '";
    command += terminal ? "stty raw -echo; " : "";
    command += R"~(test "$(id -u)" = 0 || exec )~";
    command += become == target::Become::sudo
                   ? R"~(sudo -S -p "$0" "$@")~"
                   : R"~(env LC_ALL=C su -s /bin/sh -c "exec \"\$0\" \"\$@\"" -- root "$@")~";
    command += R"~(; exec "$@"' )~";
    command += prompt;
    return command + ' ' + listen;
}

Error refused_password(target::Become become)
{
    return {Trouble::denied, std::string(name_of(become)) + " refused the password",
            "give the right one with --ask-sudo-password or --sudo-password-file"};
}

Error missing_password(target::Become become)
{
    if (become == target::Become::su)
        return {Trouble::denied, "su asks for the password of root and none was given",
                "give it with --ask-sudo-password or --sudo-password-file"};
    return {Trouble::denied, "sudo asks for a password and none was given",
            "give it with --ask-sudo-password or --sudo-password-file, or allow this user NOPASSWD"};
}

} // namespace

Dialogue::Dialogue(Connector& connector, const Elevation& elevation, Deadline deadline)
{
    const std::string nonce = common::to_hex(common::os::random_bytes(12));
    marker_ = '@' + nonce;
    prompt_ = "PW" + nonce + ':';
    terminal_ = elevation.terminal && open(connector, elevation, deadline);
    if (!terminal_)
        channel_ = connector.open(command_line(marker_, prompt_, elevation.become, false), deadline);
    try {
        begin(elevation, deadline.or_before(Deadline::in(begin_limit)));
    } catch (const Error&) {
        if (terminal_ || !demands_terminal(noise_) || !open(connector, elevation, deadline))
            throw;
        begin(elevation, deadline.or_before(Deadline::in(begin_limit)));
    }
}

/// Begins anew with a terminal. False when there is none to be had.
bool Dialogue::open(Connector& connector, const Elevation& elevation, Deadline deadline)
{
    channel_.reset();
    channel_ = connector.open_with_terminal(command_line(marker_, prompt_, elevation.become, true), deadline);
    if (!channel_)
        return false;
    terminal_ = true;
    ended_ = false;
    prompts_ = 0;
    noise_.clear();
    problems_.clear();
    return true;
}

void Dialogue::begin(const Elevation& elevation, Deadline deadline)
{
    while (answers_.empty() && !ended_) {
        if (deadline.passed())
            fail_to_begin(deadline);
        try {
            take(channel_->exchange({}, deadline));
        } catch (const Error&) {
            if (noise_.empty() || !deadline.passed())
                throw;
            fail_to_begin(deadline);
        }
        answer_prompts(elevation, deadline);
    }
    if (answers_.empty() || answers_.front().word != "M1")
        fail_to_begin(deadline);
    answers_.pop_front();
}

void Dialogue::answer_prompts(const Elevation& elevation, Deadline deadline)
{
    while (elevation.become != target::Become::none && take_prompt(elevation.become)) {
        if (++prompts_ > 1)
            throw refused_password(elevation.become);
        if (elevation.password == nullptr || elevation.password->empty())
            throw missing_password(elevation.become);
        answer(*elevation.password, deadline);
    }
}

/// True when there was a prompt, which is taken out. sudo's is one of our own making; su has one as PAM has
/// it in the C locale, so it only counts while nothing else comes after it, and before our first line.
bool Dialogue::take_prompt(target::Become become)
{
    for (std::string* text : {&problems_, &line_}) {
        const std::size_t at = text->find(prompt_);
        if (become == target::Become::sudo && at != std::string::npos) {
            text->erase(0, at + prompt_.size());
            return true;
        }
        if (become == target::Become::su && answers_.empty() && common::trim(*text).ends_with("assword:")) {
            text->clear();
            return true;
        }
    }
    return false;
}

void Dialogue::answer(const common::Secret& password, Deadline deadline)
{
    std::string line(password.reveal());
    line += '\n';
    try {
        send(line, nullptr, deadline);
    } catch (...) {
        common::wipe(line);
        throw;
    }
    common::wipe(line);
}

void Dialogue::fail_to_begin(Deadline deadline)
{
    const std::string said = noise();
    throw refusal_of_shell(said, ended_ ? std::optional(channel_->status(deadline)) : std::nullopt);
}

void Dialogue::run(std::string_view script, std::string_view variables, Deadline deadline)
{
    std::string text = assignment("n", marker_);
    text += assignment("terminal", terminal_ ? "yes" : "");
    text += variables;
    text += script;
    // read takes one line; the far side turns them back
    std::replace(text.begin(), text.end(), '\n', line_separator);
    text += '\n';
    send(text, nullptr, deadline);
}

Answer Dialogue::next(Deadline deadline)
{
    while (answers_.empty() && !ended_)
        take(channel_->exchange({}, deadline));
    if (answers_.empty()) {
        const std::string said = noise();
        throw Error(Trouble::rejected,
                    "the script on the target ended early" + (said.empty() ? "" : ": " + said),
                    "try again; if it stays so, log in by hand and look at the target's memory and limits");
    }
    Answer answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
}

void Dialogue::send(std::string_view bytes, const Sent& sent, Deadline deadline)
{
    std::uint64_t total = 0;
    while (!bytes.empty() && answers_.empty() && !ended_) {
        const Progress progress = channel_->exchange(bytes.substr(0, piece), deadline);
        take(progress);
        bytes.remove_prefix(progress.sent);
        total += progress.sent;
        if (sent && progress.sent > 0)
            sent(total);
    }
}

void Dialogue::take(const Progress& progress)
{
    for (const char c : progress.output) {
        if (c == '\n')
            take_line(std::exchange(line_, {}));
        else if (line_.size() < most_line)
            line_ += c;
    }
    problems_ += progress.problems;
    noise_ += progress.problems;
    keep_end(problems_, most_noise);
    keep_end(noise_, most_noise);
    ended_ = progress.ended;
    if (ended_ && !line_.empty())
        take_line(std::exchange(line_, {}));
}

void Dialogue::take_line(std::string line)
{
    // What a login prints may lack its newline, so the marker need not stand at the start.
    const std::size_t at = line.find(marker_ + ' ');
    if (at == std::string::npos) {
        noise_ += line + '\n';
        return;
    }
    noise_ += line.substr(0, at);
    line.erase(0, at + marker_.size() + 1);
    const std::size_t blank = std::min(line.find(' '), line.size());
    answers_.push_back({line.substr(0, blank), line.substr(std::min(blank + 1, line.size()))});
}

std::string Dialogue::noise()
{
    const Deadline deadline = Deadline::in(noise_limit);
    try {
        while (!ended_)
            take(channel_->exchange({}, deadline));
    } catch (const Error&) { // what has come until now is good enough for a message
    }
    std::string said = noise_;
    for (std::size_t at = said.find(prompt_); at != std::string::npos; at = said.find(prompt_))
        said.erase(at, prompt_.size());
    std::replace(said.begin(), said.end(), '\n', ' ');
    std::erase(said, '\r');
    return common::one_line(common::trim(said), 400);
}

std::string shell_word(std::string_view value)
{
    std::string word = "'";
    for (const char c : value) {
        if (c == '\n' || c == '\0' || c == line_separator)
            throw Error(Trouble::invalid, "a control character in \"" + common::one_line(value, 80) + '"');
        if (c == '\'')
            word += "'\\''";
        else
            word += c;
    }
    return word + '\'';
}

std::string assignment(std::string_view name, std::string_view value)
{
    return std::string(name) + '=' + shell_word(value) + '\n';
}

} // namespace manager::transport::shell
