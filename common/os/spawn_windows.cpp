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

#ifndef PROC_THREAD_ATTRIBUTE_JOB_LIST // named only for Windows 10
constexpr DWORD_PTR PROC_THREAD_ATTRIBUTE_JOB_LIST = 0x0002000d;
#endif

/// Where a process lives until it runs. Each is made suspended, by CreateProcessW() itself if not by us, and
/// would stay so for ever, its program's file in use, if we were killed before it is let go. So until then it
/// dies with us.
class Nursery {
public:
    Nursery() : job_(::CreateJobObjectW(nullptr, nullptr))
    {
        if (!job_ || !limit(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE))
            throw windows_error("preparing a program");
    }
    HANDLE job() const { return job_.get(); }
    void let_go() const { limit(0); }

private:
    bool limit(DWORD flags) const
    {
        JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
        limits.BasicLimitInformation.LimitFlags = flags;
        return ::SetInformationJobObject(job_.get(), JobObjectExtendedLimitInformation, &limits,
                                         sizeof limits) != 0;
    }

    Handle job_;
};

/// What CreateProcessW() is told beyond its arguments: what is inherited, and the job to begin in.
class Attributes {
public:
    Attributes(std::vector<HANDLE> inherited, HANDLE job) : inherited_(std::move(inherited)), job_(job)
    {
        constexpr DWORD count = 2;
        SIZE_T size = 0;
        ::InitializeProcThreadAttributeList(nullptr, count, 0, &size);
        memory_.resize(size);
        if (!::InitializeProcThreadAttributeList(list(), count, 0, &size))
            throw windows_error("preparing a program");
        // Windows 8 does not know jobs to begin in, and does without.
        set(PROC_THREAD_ATTRIBUTE_JOB_LIST, &job_, sizeof job_);
        if (!set(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, inherited_.data(), inherited_.size() * sizeof(HANDLE))) {
            const DWORD error = ::GetLastError();
            ::DeleteProcThreadAttributeList(list());
            throw windows_error("preparing a program", error);
        }
    }
    ~Attributes() { ::DeleteProcThreadAttributeList(list()); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;

    LPPROC_THREAD_ATTRIBUTE_LIST list()
    {
        return reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
    }

private:
    bool set(DWORD_PTR attribute, void* value, SIZE_T size)
    {
        return ::UpdateProcThreadAttribute(list(), 0, attribute, value, size, nullptr, nullptr) != 0;
    }

    std::vector<HANDLE> inherited_; // both stay where they are: the list points at them
    HANDLE job_;
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
    const Nursery nursery;
    Attributes attributes(std::move(handles), nursery.job());
    STARTUPINFOEXW start{};
    start.StartupInfo.cb = sizeof start;
    start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    start.StartupInfo.hStdInput = input.get();
    start.StartupInfo.hStdOutput = output.get();
    start.StartupInfo.hStdError = problems.get();
    start.lpAttributeList = attributes.list();
    std::wstring line = what.command_line; // CreateProcessW() writes into it
    std::wstring environment = block_of(what.environment);
    PROCESS_INFORMATION made{};
    if (!::CreateProcessW(what.program.c_str(), line.data(), nullptr, nullptr, TRUE,
                          CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT |
                              EXTENDED_STARTUPINFO_PRESENT,
                          environment.data(), what.folder.empty() ? nullptr : what.folder.c_str(),
                          &start.StartupInfo, &made))
        return {Handle(), ::GetLastError()};
    Spawned spawned = let_go(Handle(made.hProcess), Handle(made.hThread), what.job);
    nursery.let_go();
    return spawned;
}

} // namespace common::os
