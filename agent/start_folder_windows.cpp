#include "agent/start_folder_windows.hpp"

#include "agent/own_mode_windows.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

#include <chrono>
#include <memory>

namespace agent {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = "agent-";
constexpr std::size_t id_digits = 8;
constexpr const char* answer_name = "ready";

/// A start that nobody has answered may just be prepared by a manager, for so long.
constexpr std::chrono::minutes preparing{10};

struct CloseService {
    void operator()(SC_HANDLE handle) const noexcept { ::CloseServiceHandle(handle); }
};
using Service = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, CloseService>;

bool is_start(const fs::path& folder)
{
    const std::string name = folder.filename().string();
    return name.starts_with(prefix) &&
           common::is_hex(std::string_view(name).substr(prefix.size()), id_digits);
}

bool is_over(const fs::path& start)
{
    std::error_code unknown;
    if (fs::exists(start / answer_name, unknown))
        return true;
    const fs::file_time_type made = fs::last_write_time(start, unknown);
    return !unknown && fs::file_time_type::clock::now() - made > preparing;
}

std::string quoted(const fs::path& path)
{
    return '"' + path.string() + '"';
}

/// For Windows' own shell, which needs no file of ours: tries for a minute to remove the folder, and those
/// around it where they are empty then.
std::string removal_script(const fs::path& folder)
{
    const fs::path run = folder.parent_path();
    return "for /l %i in (1,1,60) do (rd /s /q " + quoted(folder) + " 2>nul & if exist " + quoted(folder) +
           " (ping -n 2 127.0.0.1 >nul) else (rd " + quoted(run) + " 2>nul & rd " +
           quoted(run.parent_path()) + " 2>nul & exit))";
}

} // namespace

StartFolder StartFolder::own()
{
    const fs::path folder = own_program().parent_path();
    if (!is_start(folder))
        throw common::Error(
            common::Trouble::invalid,
            "the program of the service does not lie in a folder that was made for its start");
    return StartFolder(folder);
}

bool StartFolder::is(const StartFolder& other) const
{
    std::error_code gone;
    return fs::equivalent(path_, other.path_, gone);
}

void StartFolder::answer(std::string_view answer) const
{
    common::os::write_file_durably(path_ / answer_name, std::string(answer) + '\n');
}

void StartFolder::remove_service() const
{
    const Service manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
    if (!manager)
        throw common::os::windows_error("asking for the services");
    const std::string name = "SoapstoneAgent-" + path_.filename().string().substr(prefix.size());
    const Service service(::OpenServiceW(manager.get(), common::os::to_wide(name).c_str(), DELETE));
    if (!service && ::GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST)
        return;
    if (!service || (!::DeleteService(service.get()) && ::GetLastError() != ERROR_SERVICE_MARKED_FOR_DELETE))
        throw common::os::windows_error("deleting the service " + name);
}

void StartFolder::remove() const
{
    // `ready` goes last: a folder without it may be one that a manager is just preparing. An installer of
    // that agent may still be at work, whose shim is the same program.
    std::error_code problem;
    bool empty = true;
    for (const auto& entry : fs::directory_iterator(path_, problem)) {
        std::error_code in_use;
        if (entry.path().filename() != answer_name)
            empty = fs::remove_all(entry.path(), in_use) != static_cast<std::uintmax_t>(-1) && empty;
    }
    if (!problem && empty)
        fs::remove_all(path_, problem);
}

void StartFolder::remove_when_gone() const
{
    const std::optional<std::string> shell = common::os::find_program("cmd.exe");
    if (!shell)
        throw common::Error(common::Trouble::rejected, "there is no cmd.exe");
    common::os::Spawn what;
    what.program = *shell;
    what.command_line = common::os::to_wide("cmd.exe /d /q /c " + removal_script(path_));
    what.environment = common::os::clean_environment();
    what.folder = what.program.parent_path(); // not ours, which it could not remove then
    if (const common::os::Spawned helper = common::os::spawn(what); !helper.process)
        throw common::os::windows_error("starting cmd.exe", helper.error);
}

void remove_dead_starts(const fs::path& state, const StartFolder& own)
{
    std::error_code none;
    for (const auto& run : fs::directory_iterator(state, none)) {
        if (!common::is_hex(run.path().filename().string(), 32))
            continue;
        for (const auto& entry : fs::directory_iterator(run.path(), none)) {
            const StartFolder start(entry.path());
            if (!is_start(entry.path()) || start.is(own) || !is_over(entry.path()))
                continue;
            try {
                start.remove_service();
                start.remove();              // only then: by its folder the service is known
            } catch (const common::Error&) { // the next agent tries again
            }
        }
    }
}

} // namespace agent
