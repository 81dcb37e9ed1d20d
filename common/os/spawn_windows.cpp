#include "common/os/spawn_windows.hpp"

#include <algorithm>

namespace common::os {

namespace {

Handle nothing()
{
    SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
    Handle handle(::CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                &inherited, OPEN_EXISTING, 0, nullptr));
    if (!handle)
        throw windows_error("opening NUL");
    return handle;
}

Handle given_or_nothing(HANDLE handle)
{
    return handle ? inheritable(handle) : nothing();
}

/// The list of what is inherited, as CreateProcessW() wants it.
class Inherited {
public:
    explicit Inherited(std::vector<HANDLE> handles) : handles_(std::move(handles))
    {
        SIZE_T size = 0;
        ::InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
        memory_.resize(size);
        if (!::InitializeProcThreadAttributeList(list(), 1, 0, &size))
            throw windows_error("preparing a program");
        if (!::UpdateProcThreadAttribute(list(), 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles_.data(),
                                         handles_.size() * sizeof(HANDLE), nullptr, nullptr)) {
            const DWORD error = ::GetLastError();
            ::DeleteProcThreadAttributeList(list());
            throw windows_error("preparing a program", error);
        }
    }
    ~Inherited() { ::DeleteProcThreadAttributeList(list()); }
    Inherited(const Inherited&) = delete;
    Inherited& operator=(const Inherited&) = delete;

    LPPROC_THREAD_ATTRIBUTE_LIST list()
    {
        return reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
    }

private:
    std::vector<HANDLE> handles_;
    std::vector<char> memory_;
};

/// Windows wants the variables in the order of their names.
std::wstring block_of(std::vector<std::string> environment)
{
    std::sort(environment.begin(), environment.end());
    std::wstring block;
    for (const std::string& variable : environment)
        block += to_wide(variable) + L'\0';
    return block + L'\0';
}

/// Puts a process that does not run yet into `job` and lets it run.
Spawned let_go(Handle process, const Handle& thread, HANDLE job)
{
    if (job && !::AssignProcessToJobObject(job, process.get())) {
        const DWORD error = ::GetLastError();
        ::TerminateProcess(process.get(), 1);
        return {Handle(), error};
    }
    ::ResumeThread(thread.get());
    return {std::move(process), ERROR_SUCCESS};
}

} // namespace

Handle inheritable(HANDLE handle)
{
    HANDLE copy = nullptr;
    const HANDLE here = ::GetCurrentProcess();
    if (!::DuplicateHandle(here, handle, here, &copy, 0, TRUE, DUPLICATE_SAME_ACCESS))
        throw windows_error("handing a file over");
    return Handle(copy);
}

Spawned spawn(const Spawn& what)
{
    const Handle input = given_or_nothing(what.input);
    const Handle output = given_or_nothing(what.output);
    const Handle problems = given_or_nothing(what.problems ? what.problems : output.get());
    std::vector<HANDLE> handles{input.get(), output.get(), problems.get()};
    if (what.kept)
        handles.push_back(what.kept);
    Inherited inherited(std::move(handles));
    STARTUPINFOEXW start{};
    start.StartupInfo.cb = sizeof start;
    start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    start.StartupInfo.hStdInput = input.get();
    start.StartupInfo.hStdOutput = output.get();
    start.StartupInfo.hStdError = problems.get();
    start.lpAttributeList = inherited.list();
    std::wstring line = what.command_line; // CreateProcessW() writes into it
    std::wstring environment = block_of(what.environment);
    PROCESS_INFORMATION made{};
    if (!::CreateProcessW(what.program.c_str(), line.data(), nullptr, nullptr, TRUE,
                          CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT |
                              EXTENDED_STARTUPINFO_PRESENT,
                          environment.data(), what.folder.empty() ? nullptr : what.folder.c_str(),
                          &start.StartupInfo, &made))
        return {Handle(), ::GetLastError()};
    return let_go(Handle(made.hProcess), Handle(made.hThread), what.job);
}

} // namespace common::os
