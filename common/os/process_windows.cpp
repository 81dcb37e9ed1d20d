#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/pipe.hpp"
#include "common/os/process.hpp"
#include "common/os/spawn_windows.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <thread>
#include <winternl.h>

namespace common::os {

namespace {

/// A job that ends all that is in it when it is closed.
Handle make_job()
{
    Handle job(::CreateJobObjectW(nullptr, nullptr));
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (!job ||
        !::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof limits))
        throw windows_error("making a job");
    return job;
}

/// Starts `program` within `job`.
Handle start(const std::string& program, const std::vector<std::string>& arguments, HANDLE job,
             const Descriptor& output, const Descriptor& problems)
{
    Spawn what;
    what.program = program;
    what.command_line = command_line(arguments);
    what.environment = clean_environment();
    what.output = handle_of(output.get());
    what.problems = handle_of(problems.get());
    what.job = job;
    Spawned started = spawn(what);
    if (!started.process)
        throw windows_error("starting " + program, started.error);
    return std::move(started.process);
}

void read_to_end(const Descriptor& pipe, std::string& text, std::size_t most)
{
    char buffer[16 << 10];
    for (;;) {
        const std::ptrdiff_t got = read_some(pipe.get(), buffer, sizeof buffer);
        if (got <= 0)
            return;
        text.append(buffer, std::min(static_cast<std::size_t>(got), most - std::min(most, text.size())));
    }
}

std::filesystem::path folder_by(UINT(WINAPI* name)(wchar_t*, UINT))
{
    wchar_t path[MAX_PATH + 1];
    const UINT size = name(path, MAX_PATH + 1);
    if (size == 0 || size > MAX_PATH)
        throw windows_error("asking for a folder of Windows");
    return std::wstring(path, size);
}

bool is_file(const std::filesystem::path& path)
{
    std::error_code error;
    return std::filesystem::is_regular_file(path, error);
}

std::uint64_t number_of(const FILETIME& time)
{
    return static_cast<std::uint64_t>(time.dwHighDateTime) << 32 | time.dwLowDateTime;
}

/// As NtQuerySystemInformation() fills it; mingw's own has no names for the end of it.
struct TimeOfDay {
    LARGE_INTEGER boot;
    LARGE_INTEGER now;
    LARGE_INTEGER zone_bias;
    ULONG zone;
    ULONG reserved;
    std::uint64_t boot_bias; ///< by how much `boot` was moved when the clock was set
    std::uint64_t sleep_bias;
};

} // namespace

Finished run(const std::vector<std::string>& arguments, Deadline deadline, std::size_t most)
{
    const std::optional<std::string> program = find_program(arguments.at(0));
    if (!program)
        throw Error(Trouble::rejected, "there is no program " + arguments[0]);
    Pipe output = make_pipe();
    Pipe problems = make_pipe();
    Handle job = make_job();
    const Handle process = start(*program, arguments, job.get(), output.write, problems.write);
    output.write.close();
    problems.write.close();

    Finished finished;
    std::thread reads_output([&] { read_to_end(output.read, finished.output, most); });
    std::thread reads_problems([&] { read_to_end(problems.read, finished.problems, most); });
    const bool ended =
        ::WaitForSingleObject(process.get(), static_cast<DWORD>(deadline.left().count())) == WAIT_OBJECT_0;
    job.close(); // ends what is left, and with it the pipes
    reads_output.join();
    reads_problems.join();
    if (!ended)
        throw Error(Trouble::unreachable, *program + " did not end in time and was killed");
    DWORD status = 0;
    ::GetExitCodeProcess(process.get(), &status);
    finished.status = static_cast<int>(status);
    return finished;
}

std::optional<std::string> find_program(const std::string& program)
{
    if (program.find_first_of("\\/") != std::string::npos)
        return program;
    const std::filesystem::path system = folder_by(::GetSystemDirectoryW);
    for (const std::filesystem::path& folder : {system, folder_by(::GetSystemWindowsDirectoryW),
                                                system / "wbem", system / "WindowsPowerShell" / "v1.0"})
        for (const char* suffix : {"", ".exe"})
            if (const std::filesystem::path path = folder / (program + suffix); is_file(path))
                return path.string();
    return std::nullopt;
}

std::filesystem::path own_folder()
{
    std::wstring path(32 << 10, L'\0'); // no path is longer
    path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
    return std::filesystem::path(path).parent_path();
}

const std::vector<std::string>& clean_environment()
{
    static const std::vector<std::string> environment = [] {
        const std::string windows = folder_by(::GetSystemWindowsDirectoryW).string();
        const std::string system = folder_by(::GetSystemDirectoryW).string();
        const std::string temporary = windows + "\\Temp";
        return std::vector<std::string>{"COMSPEC=" + system + "\\cmd.exe",
                                        "PATH=" + system + ';' + windows + ';' + system + "\\wbem;" + system +
                                            "\\WindowsPowerShell\\v1.0",
                                        "PATHEXT=.COM;.EXE;.BAT;.CMD",
                                        "SYSTEMDRIVE=" + windows.substr(0, 2),
                                        "SYSTEMROOT=" + windows,
                                        "TEMP=" + temporary,
                                        "TMP=" + temporary,
                                        "WINDIR=" + windows};
    }();
    return environment;
}

pid_t process_id() noexcept
{
    return static_cast<pid_t>(::GetCurrentProcessId());
}

std::optional<std::uint64_t> start_time(pid_t pid)
{
    const Handle process(
        ::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE, static_cast<DWORD>(pid)));
    // One that has ended keeps its number as long as anybody has a handle of it.
    if (!process || ::WaitForSingleObject(process.get(), 0) != WAIT_TIMEOUT)
        return std::nullopt;
    FILETIME start{};
    FILETIME unused{};
    if (!::GetProcessTimes(process.get(), &start, &unused, &unused, &unused))
        return std::nullopt;
    return number_of(start);
}

std::string boot_id()
{
    TimeOfDay time{};
    const NTSTATUS status =
        ::NtQuerySystemInformation(SystemTimeOfDayInformation, &time, sizeof time, nullptr);
    if (status != 0)
        throw Error(Trouble::rejected, "asking Windows when it started: status " + std::to_string(status));
    const std::uint64_t boot = static_cast<std::uint64_t>(time.boot.QuadPart) - time.boot_bias;
    std::string bytes(16, '\0');
    for (std::size_t i = 0; i < sizeof boot; ++i)
        bytes[bytes.size() - 1 - i] = static_cast<char>(boot >> (8 * i));
    return to_hex(bytes);
}

} // namespace common::os
