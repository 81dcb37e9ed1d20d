#include "agent/spawn_windows.hpp"

#include "common/os/process.hpp"

#include <algorithm>

namespace agent {

using common::os::Handle;

namespace {

Handle nothing()
{
    SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
    Handle handle(::CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                &inherited, OPEN_EXISTING, 0, nullptr));
    if (!handle)
        throw common::os::windows_error("opening NUL");
    return handle;
}

Handle given_or_nothing(HANDLE handle)
{
    return handle ? inheritable(handle) : nothing();
}

/// The list of what is inherited, as CreateProcessW() wants it.
class InheritedHandles {
public:
    explicit InheritedHandles(std::vector<HANDLE> handles) : handles_(std::move(handles))
    {
        SIZE_T size = 0;
        ::InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
        room_.resize(size);
        if (!::InitializeProcThreadAttributeList(list(), 1, 0, &size))
            throw common::os::windows_error("preparing a process");
        if (!::UpdateProcThreadAttribute(list(), 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles_.data(),
                                         handles_.size() * sizeof(HANDLE), nullptr, nullptr)) {
            const DWORD error = ::GetLastError();
            ::DeleteProcThreadAttributeList(list());
            throw common::os::windows_error("preparing a process", error);
        }
    }
    ~InheritedHandles() { ::DeleteProcThreadAttributeList(list()); }
    InheritedHandles(const InheritedHandles&) = delete;
    InheritedHandles& operator=(const InheritedHandles&) = delete;

    LPPROC_THREAD_ATTRIBUTE_LIST list()
    {
        return reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(room_.data());
    }

private:
    std::vector<HANDLE> handles_;
    std::vector<char> room_;
};

/// Windows wants the variables in the order of their names.
std::wstring block_of(std::vector<std::string> environment)
{
    std::sort(environment.begin(), environment.end());
    std::wstring block;
    for (const std::string& variable : environment)
        block += common::os::to_wide(variable) + L'\0';
    return block + L'\0';
}

} // namespace

Handle inheritable(HANDLE handle)
{
    HANDLE copy = nullptr;
    if (!::DuplicateHandle(::GetCurrentProcess(), handle, ::GetCurrentProcess(), &copy, 0, TRUE,
                           DUPLICATE_SAME_ACCESS))
        throw common::os::windows_error("copying a handle");
    return Handle(copy);
}

Spawned spawn(const Spawn& what)
{
    const Handle input = given_or_nothing(what.input);
    const Handle output = given_or_nothing(what.output);
    std::vector<HANDLE> handles{input.get(), output.get()};
    if (what.kept)
        handles.push_back(what.kept);
    InheritedHandles inherited(std::move(handles));
    STARTUPINFOEXW start{};
    start.StartupInfo.cb = sizeof start;
    start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    start.StartupInfo.hStdInput = input.get();
    start.StartupInfo.hStdOutput = output.get();
    start.StartupInfo.hStdError = output.get();
    start.lpAttributeList = inherited.list();
    std::wstring line = what.command_line; // CreateProcessW() writes into it
    std::wstring environment = block_of(what.environment);
    PROCESS_INFORMATION made{};
    const DWORD flags =
        CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT | what.flags;
    if (!::CreateProcessW(what.program.c_str(), line.data(), nullptr, nullptr, TRUE, flags, environment.data(),
                          what.folder.c_str(), &start.StartupInfo, &made))
        return {Handle(), Handle(), ::GetLastError()};
    return {Handle(made.hProcess), Handle(made.hThread), ERROR_SUCCESS};
}

std::filesystem::path own_program()
{
    std::wstring path(32'768, L'\0'); // the longest that there is
    path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
    if (path.empty())
        throw common::os::windows_error("asking for our own file");
    return path;
}

Spawn own_mode(const std::string& mode)
{
    Spawn what;
    what.program = own_program();
    what.command_line = common::os::command_line({what.program.string(), mode});
    what.environment = common::os::clean_environment();
    what.folder = what.program.root_path();
    return what;
}

} // namespace agent
