#include "agent/single.hpp"

#include "agent/stop_process.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"

namespace agent {

using common::Error;
using common::Fields;
using common::Trouble;

namespace {

constexpr std::string_view pid_format = "soapstone-agent-pid 1";

struct Other {
    ProcessName name;
    std::uint64_t epoch;
};

std::optional<Other> other_agent(const std::filesystem::path& file)
{
    const auto text = common::os::read_file_if_there(file, 64 << 10);
    if (!text)
        return std::nullopt;
    const Fields fields = Fields::parse(*text, pid_format);
    return Other{ProcessName::in(fields), fields.number("epoch")};
}

} // namespace

void stop_agent_before(const RunFolder& folder, std::uint64_t epoch, const AgentLog& log)
{
    const std::optional<Other> other = other_agent(folder.agent_record());
    if (!other)
        return;
    if (other->epoch > epoch)
        throw Error(Trouble::rejected, "an agent of a later start of the manager was here already");
    if (!other->name.lives())
        return;
    log.about_to("stop the agent before us, process " + std::to_string(other->name.pid));
    stop_process(other->name);
}

void leave_record(const RunFolder& folder, std::uint64_t epoch)
{
    Fields record{std::string(pid_format)};
    ProcessName::of_this_process().add_to(record);
    record.add("epoch", epoch);
    common::os::write_file_durably(folder.agent_record(), record.text());
}

} // namespace agent
