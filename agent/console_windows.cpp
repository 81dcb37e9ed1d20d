#include "agent/console_windows.hpp"

#include "agent/run.hpp"
#include "agent/shim_start_windows.hpp"
#include "agent/state_folder.hpp"
#include "agent/stop_event_windows.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/windows.hpp"
#include "common/text.hpp"

#include <cstdio>

namespace agent {

using common::Error;
using common::Trouble;

namespace {

constexpr std::size_t most_orders = 64 << 10;

common::Orders read_orders()
{
    std::string text;
    char buffer[4096];
    while (!text.ends_with("\nend\n") && text.size() < most_orders) {
        const std::ptrdiff_t got = common::os::read_some(0, buffer, sizeof buffer);
        if (got <= 0)
            break;
        text.append(buffer, static_cast<std::size_t>(got));
    }
    return common::while_doing("reading the orders", [&] { return common::Orders::parse(text); });
}

BOOL WINAPI on_control(DWORD)
{
    return ask_to_stop(ProcessName::of_this_process()) ? TRUE : FALSE;
}

} // namespace

int console()
{
    try {
        const common::Orders orders = read_orders();
        const StopRequest stop;
        ::SetConsoleCtrlHandler(on_control, TRUE);
        run(orders, RunFolder(state_folder(), orders.run), shim::start, stop, [](const common::Ready& ready) {
            common::os::write_all(1, ready.line() + "\n", "the ready line");
        });
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "soapstone-agent: %s\n", common::one_line(error.text()).c_str());
        return error.trouble() == Trouble::busy ? common::agent_busy_status : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "soapstone-agent: %s\n", common::one_line(error.what()).c_str());
        return 1;
    }
}

} // namespace agent
