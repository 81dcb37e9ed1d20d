#include "common/os/private_memory.hpp"
#include "common/tls/context.hpp"
#include "manager/cli/application.hpp"
#include "manager/cli/prompt.hpp"

#include <cstdlib>
#include <iostream>
#include <signal.h>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

using manager::cli::WindowSize;

WindowSize window_size()
{
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return {};
    return {size.ws_col, size.ws_row};
}

} // namespace

int main(int count, char** words)
{
    common::os::keep_memory_private(); // passwords and keys; a crash must not write them to the disk
    common::tls::initialise_openssl();
    ::signal(SIGPIPE, SIG_IGN);
    const char* kind = std::getenv("TERM");
    const char* no_color = std::getenv("NO_COLOR");
    const bool terminal = ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
    const bool color = terminal && (no_color == nullptr || *no_color == '\0');
    manager::cli::Workplace workplace{
        std::cin, std::cout, std::cerr, terminal, color, manager::cli::ask_safely, window_size};
    return static_cast<int>(manager::cli::run_application({words + 1, words + count}, workplace));
}
