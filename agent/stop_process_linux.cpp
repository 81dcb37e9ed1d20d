#include "agent/stop_process.hpp"
#include "common/clock.hpp"

#include <csignal>
#include <thread>

namespace agent {

using namespace std::chrono_literals;

namespace {

constexpr auto term_time = 5s;
constexpr auto kill_time = 3s;

bool gone_after(const ProcessName& process, int signal, std::chrono::milliseconds time)
{
    ::kill(process.pid, signal);
    for (const common::Deadline end = common::Deadline::in(time); !end.passed();
         std::this_thread::sleep_for(5ms))
        if (!process.lives())
            return true;
    return !process.lives();
}

} // namespace

void stop_process(const ProcessName& process)
{
    if (process.lives() && !gone_after(process, SIGTERM, term_time))
        gone_after(process, SIGKILL, kill_time);
}

} // namespace agent
