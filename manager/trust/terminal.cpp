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

/// Takes echo and signals from a terminal and gives them back. Without signals Ctrl-C arrives as a character,
/// and so cannot end the program while the terminal is mute.
class Mute {
public:
    explicit Mute(int terminal) : terminal_(terminal)
    {
        if (::tcgetattr(terminal_, &before_) != 0)
            throw common::system_error("looking at the terminal");
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
        ::tcsetattr(terminal_, TCSAFLUSH, &quiet);
    }
    Mute(const Mute&) = delete;
    Mute& operator=(const Mute&) = delete;
    ~Mute() { ::tcsetattr(terminal_, TCSAFLUSH, &before_); }

private:
    int terminal_;
    termios before_{};
};

constexpr char control_c = 3;

[[noreturn]] void cancelled()
{
    throw Error(Trouble::invalid, "no answer was given at the terminal");
}

} // namespace

Secret ask_at_terminal(const std::string& question)
{
    const common::os::Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (!terminal)
        throw Error(Trouble::invalid, "there is no terminal to ask at for a password",
                    "give it with --password-file or --sudo-password-file");
    const Mute mute(terminal.get());
    common::os::write_all(terminal.get(), question, "the terminal");
    std::string line;
    line.reserve(1024); // in one piece: a string that grows leaves copies behind
    for (char c = 0; line.size() < 1024;) {
        const ssize_t got = ::read(terminal.get(), &c, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || c == control_c) {
            common::wipe(line);
            cancelled();
        }
        if (c == '\n')
            break;
        line += c;
    }
    common::os::write_all(terminal.get(), "\n", "the terminal");
    return Secret(std::move(line));
}

} // namespace manager::trust
