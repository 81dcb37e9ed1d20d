#include "tests/support/agent_process_windows.hpp"

#include "common/os/process.hpp"

namespace tests {

namespace {

constexpr DWORD patience = 60'000; // ms

} // namespace

AgentProcess::AgentProcess(const std::vector<std::string>& words, const std::string& input)
{
    common::os::Pipe pipe = common::os::make_pipe();
    common::os::Spawn what;
    what.program = std::filesystem::absolute(SOAPSTONE_AGENT);
    std::vector<std::string> arguments{what.program.string()};
    arguments.insert(arguments.end(), words.begin(), words.end());
    what.command_line = common::os::command_line(arguments);
    what.environment = common::os::clean_environment();
    what.folder = what.program.root_path();
    what.input = common::os::handle_of(pipe.read.get());
    what.output = common::os::handle_of(output_.write.get());
    common::os::Spawned made = common::os::spawn(what);
    if (!made.process)
        throw common::os::windows_error("starting " + what.program.string(), made.error);
    process_ = std::move(made.process);
    output_.write.close();
    common::os::write_all(pipe.write.get(), input, "its input");
}

AgentProcess::~AgentProcess()
{
    ::TerminateProcess(process_.get(), 1);
}

std::string AgentProcess::line()
{
    std::string text;
    char letter = 0;
    while (common::os::read_some(output_.read.get(), &letter, 1) == 1 && letter != '\n')
        text += letter;
    return text;
}

int AgentProcess::wait()
{
    if (::WaitForSingleObject(process_.get(), patience) != WAIT_OBJECT_0)
        return -1;
    DWORD code = 0;
    ::GetExitCodeProcess(process_.get(), &code);
    return static_cast<int>(code);
}

} // namespace tests
