#include "agent/shim_start_windows.hpp"

#include "agent/own_mode_windows.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"
#include "common/os/pipe.hpp"

#include <memory>

namespace agent::shim {

using common::Fields;
using common::os::Handle;

namespace {

constexpr std::string_view record_format = "soapstone-shim 1";

} // namespace

HasEnded start(const std::filesystem::path& job_folder, const Failpoints& failpoints)
{
    Fields record{std::string(record_format)};
    record.add("folder", job_folder.string()).add("failpoint", failpoints.name());
    common::os::Pipe input = common::os::make_pipe();
    common::os::Spawn what = own_mode("shim");
    what.input = common::os::handle_of(input.read.get());
    common::os::Spawned shim = common::os::spawn(what);
    if (!shim.process)
        throw common::os::windows_error("starting the process for the installer", shim.error);
    input.read.close();
    common::os::write_all(input.write.get(), record.text(), "pipe");
    return [process = std::make_shared<Handle>(std::move(shim.process))] {
        return ::WaitForSingleObject(process->get(), 0) == WAIT_OBJECT_0;
    };
}

int main()
{
    try {
        std::string text;
        char buffer[4096];
        for (std::ptrdiff_t got = 0; (got = common::os::read_some(0, buffer, sizeof buffer)) > 0;)
            text.append(buffer, static_cast<std::size_t>(got));
        const Fields record = Fields::parse(text, record_format);
        return work(record.get("folder"), Failpoints(record.get("failpoint")));
    } catch (const std::exception&) {
        return 2;
    }
}

} // namespace agent::shim
