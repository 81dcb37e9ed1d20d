#include "agent/own_mode_windows.hpp"

#include "common/os/process.hpp"

namespace agent {

std::filesystem::path own_program()
{
    std::wstring path(32'768, L'\0'); // the longest that there is
    path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
    if (path.empty())
        throw common::os::windows_error("asking for our own file");
    return path;
}

common::os::Spawn own_mode(const std::string& mode)
{
    common::os::Spawn what;
    what.program = own_program();
    what.command_line = common::os::command_line({what.program.string(), mode});
    what.environment = common::os::clean_environment();
    what.folder = what.program.root_path();
    return what;
}

} // namespace agent
