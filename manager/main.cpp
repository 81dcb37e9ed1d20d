#include "manager/cli/application.hpp"
#include "manager/trust/terminal.hpp"

#include <cstdlib>
#include <iostream>
#include <signal.h>
#include <string_view>
#include <unistd.h>

int main(int count, char** words)
{
    ::signal(SIGPIPE, SIG_IGN);
    const char* kind = std::getenv("TERM");
    const char* no_color = std::getenv("NO_COLOR");
    const bool terminal = ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
    const bool color = terminal && (no_color == nullptr || *no_color == '\0');
    manager::cli::Workplace workplace{std::cin, std::cout, std::cerr,
                                      terminal, color,     manager::trust::ask_at_terminal};
    return static_cast<int>(manager::cli::run_application({words + 1, words + count}, workplace));
}
