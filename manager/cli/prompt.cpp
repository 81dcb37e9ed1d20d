#include "manager/cli/prompt.hpp"

#include "common/os/descriptor.hpp"
#include "manager/cli/signals.hpp"
#include "manager/trust/terminal.hpp"

#include <csignal>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

namespace manager::cli {

namespace {

common::Secret answer_to(const std::string& question)
{
    std::optional<common::Secret> answer = trust::ask_at_terminal(question);
    if (!answer)
        ::_exit(128 + SIGINT);
    return std::move(*answer);
}

} // namespace

common::Secret ask_safely(const std::string& question)
{
    const common::os::Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    termios before{};
    if (!terminal || ::tcgetattr(terminal.get(), &before) != 0)
        return answer_to(question); // says what is wrong
    const Signals signals([&](int signal) {
        ::tcsetattr(terminal.get(), TCSANOW, &before);
        static_cast<void>(!::write(terminal.get(), "\n", 1));
        ::_exit(128 + signal);
    });
    return answer_to(question);
}

} // namespace manager::cli
