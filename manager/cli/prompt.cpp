#include "manager/cli/prompt.hpp"

#include "common/os/descriptor.hpp"
#include "manager/cli/signals.hpp"
#include "manager/trust/terminal.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace manager::cli {

common::Secret ask_safely(const std::string& question)
{
    const common::os::Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    termios before{};
    if (!terminal || ::tcgetattr(terminal.get(), &before) != 0)
        return trust::ask_at_terminal(question); // says what is wrong
    const Signals signals([&](int signal) {
        ::tcsetattr(terminal.get(), TCSANOW, &before);
        static_cast<void>(!::write(terminal.get(), "\n", 1));
        ::_exit(128 + signal);
    });
    return trust::ask_at_terminal(question);
}

} // namespace manager::cli
