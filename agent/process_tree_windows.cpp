#include "agent/process_tree.hpp"
#include "common/os/spawn_windows.hpp"

namespace agent {

using common::os::Handle;

namespace {

constexpr UINT killed_code = 1; // what those end with that we end; nobody looks at it

/// A job that outlives its handle: when the shim is killed, the installer is to go on.
Handle make_job()
{
    Handle job(::CreateJobObjectW(nullptr, nullptr));
    if (!job)
        throw common::os::windows_error("making a job for the installer's processes");
    return job;
}

} // namespace

struct ProcessTree::Inside {
    Drain& drain;
    Handle job;
    Handle installer;
};

ProcessTree::ProcessTree(Drain& drain) : inside_(std::make_unique<Inside>(Inside{drain, make_job(), {}})) {}

ProcessTree::~ProcessTree() = default;

int ProcessTree::start(const installer::Command& command, const std::filesystem::path& folder, int lock)
{
    const Handle kept = common::os::inheritable(common::os::handle_of(lock));
    common::os::Spawn what;
    what.program = command.arguments.front();
    what.command_line = command.line.empty() ? common::os::command_line(command.arguments)
                                             : common::os::to_wide(command.line);
    what.environment = command.environment;
    what.folder = folder;
    what.output = common::os::handle_of(inside_->drain.input());
    what.kept = kept.get();
    what.job = inside_->job.get();
    common::os::Spawned started = common::os::spawn(what);
    inside_->installer = std::move(started.process);
    return static_cast<int>(started.error);
}

bool ProcessTree::has_ended(installer::Ending& ending)
{
    if (::WaitForSingleObject(inside_->installer.get(), 0) != WAIT_OBJECT_0)
        return false;
    DWORD code = 0;
    ::GetExitCodeProcess(inside_->installer.get(), &code);
    ending.code = static_cast<int>(code);
    return true;
}

bool ProcessTree::is_gone()
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION info{};
    return ::QueryInformationJobObject(inside_->job.get(), JobObjectBasicAccountingInformation, &info,
                                       sizeof info, nullptr) != 0 &&
           info.ActiveProcesses == 0;
}

bool ProcessTree::ask_to_end()
{
    return false; // there is nothing for a program without a window
}

void ProcessTree::kill()
{
    ::TerminateJobObject(inside_->job.get(), killed_code);
}

void ProcessTree::pause(std::chrono::milliseconds time)
{
    // The installer alone can be waited for; once it has ended, its children are.
    const auto milliseconds = static_cast<DWORD>(time.count());
    if (::WaitForSingleObject(inside_->installer.get(), 0) == WAIT_OBJECT_0)
        ::Sleep(milliseconds);
    else
        ::WaitForSingleObject(inside_->installer.get(), milliseconds);
}

} // namespace agent
