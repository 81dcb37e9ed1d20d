#include "agent/installer/installer.hpp"
#include "agent/installer/kinds_windows.hpp"
#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/os/windows.hpp"

#include <cwchar>
#include <memory>
#include <userenv.h>

namespace agent::installer {

using common::ComponentKind;

namespace {

struct DestroyEnvironment {
    void operator()(void* block) const noexcept { ::DestroyEnvironmentBlock(block); }
};

} // namespace

const Method& method_for(ComponentKind kind)
{
    static constexpr Method msi{"msi", msi_command, msi_verdict};
    static constexpr Method exe{"windows", exe_command, windows_verdict};
    static constexpr Method cmd{"windows", cmd_command, windows_verdict};
    static constexpr Method ps1{"windows", ps1_command, windows_verdict};
    switch (kind) {
    case ComponentKind::msi:
        return msi;
    case ComponentKind::exe:
        return exe;
    case ComponentKind::cmd:
        return cmd;
    case ComponentKind::ps1:
        return ps1;
    default:
        throw common::Error(common::Trouble::rejected, "a component of kind " +
                                                           std::string(common::name_of(kind)) +
                                                           " does not go on Windows");
    }
}

std::vector<std::string> usual_environment()
{
    HANDLE opened = nullptr;
    if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, &opened))
        throw common::os::windows_error("asking for the installer's environment");
    const common::os::Handle token(opened);
    void* made = nullptr;
    if (!::CreateEnvironmentBlock(&made, token.get(), FALSE))
        throw common::os::windows_error("asking for the installer's environment");
    const std::unique_ptr<void, DestroyEnvironment> block(made);
    std::vector<std::string> variables;
    for (const auto* entry = static_cast<const wchar_t*>(made); *entry != L'\0';
         entry += std::wcslen(entry) + 1)
        variables.push_back(common::os::to_utf8(entry));
    return variables;
}

std::string start_sentence(int error)
{
    const auto number = static_cast<DWORD>(error);
    constexpr DWORD virus_infected = 225; // ERROR_VIRUS_INFECTED, which mingw's headers do not know
    if (number == virus_infected || number == ERROR_FILE_NOT_FOUND)
        return "it could not be started: it is gone, as after a virus scanner has taken it away (Windows "
               "error " +
               std::to_string(error) + "); allow it there, then deploy again";
    return common::os::windows_error("it could not be started", number).text();
}

std::string signal_sentence(int number)
{
    return "ended by signal " + std::to_string(number); // there are none
}

std::string system_program(const std::string& name)
{
    if (const std::optional<std::string> program = common::os::find_program(name))
        return *program;
    throw common::Error(common::Trouble::rejected, "this target has no " + name);
}

} // namespace agent::installer
