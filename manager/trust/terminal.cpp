#include "manager/trust/terminal.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <termios.h>

namespace manager::trust {

using common::Error;
using common::Secret;
using common::Trouble;

namespace {

/// Takes echo, signals and lines from a terminal and gives them back. So Ctrl-C arrives at once, as a
/// character, and cannot end the program while the terminal is mute.
class Mute {
public:
    explicit Mute(int terminal) : terminal_(terminal)
    {
        if (::tcgetattr(terminal_, &before_) != 0)
            throw common::system_error("looking at the terminal");
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG | ICANON);
        ::tcsetattr(terminal_, TCSAFLUSH, &quiet);
    }
    Mute(const Mute&) = delete;
    Mute& operator=(const Mute&) = delete;
    ~Mute() { ::tcsetattr(terminal_, TCSAFLUSH, &before_); }

private:
    int terminal_;
    termios before_{};
};

// What a line discipline would see to.
constexpr char control_c = 3;
constexpr char control_d = 4;
constexpr char control_u = 21; // forget the line
constexpr char backspace = 8;
constexpr char erase = 127;

enum class Typed { more, line, nothing, stop };

/// Takes one character into `line`.
Typed take(char c, std::string& line)
{
    switch (c) {
    case control_c:
        return Typed::stop;
    case control_d:
        return line.empty() ? Typed::nothing : Typed::line;
    case '\n':
    case '\r':
        return Typed::line;
    case control_u:
        common::wipe(line);
        line.clear();
        return Typed::more;
    case backspace:
    case erase:
        if (!line.empty())
            line.pop_back();
        return Typed::more;
    default:
        line += c;
        return Typed::more;
    }
}

} // namespace

std::optional<Secret> ask_at_terminal(const std::string& question)
{
    const common::os::Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (!terminal)
        throw Error(Trouble::invalid, "there is no terminal to ask at for a password",
                    "give it with --password-file, --bmc-password-file or --sudo-password-file");
    const Mute mute(terminal.get());
    common::os::write_all(terminal.get(), question, "the terminal");
    std::string line;
    line.reserve(1024); // in one piece: a string that grows leaves copies behind
    Typed typed = Typed::more;
    while (typed == Typed::more && line.size() < 1024) {
        char c = control_d;
        if (::read(terminal.get(), &c, 1) < 0 && errno == EINTR)
            continue;
        typed = take(c, line);
    }
    common::os::write_all(terminal.get(), "\n", "the terminal");
    Secret answer(std::move(line));
    if (typed == Typed::stop)
        return std::nullopt;
    if (typed == Typed::nothing)
        throw Error(Trouble::invalid, "no answer was given at the terminal");
    return answer;
}

} // namespace manager::trust
