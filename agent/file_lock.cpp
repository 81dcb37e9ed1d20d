#include "agent/file_lock.hpp"

#include "common/clock.hpp"
#include "common/os/file.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>

namespace agent {

using common::Deadline;
using common::os::Descriptor;
using common::os::Open;
using namespace std::chrono_literals;

namespace {

constexpr auto term_time = 5s;
constexpr auto kill_time = 3s;

bool gone_after(const ProcessName& process, int signal, std::chrono::milliseconds time)
{
    ::kill(process.pid, signal);
    for (const Deadline end = Deadline::in(time); !end.passed(); std::this_thread::sleep_for(5ms))
        if (!process.lives())
            return true;
    return !process.lives();
}

/// False when the file that was locked has lost its name meanwhile: its owner removed itself.
bool is_still(const std::filesystem::path& path, int file)
{
    struct stat named {};
    struct stat open {};
    return ::lstat(path.c_str(), &named) == 0 && ::fstat(file, &open) == 0 && named.st_ino == open.st_ino &&
           named.st_dev == open.st_dev;
}

} // namespace

Descriptor try_lock(const std::filesystem::path& file)
{
    for (;;) {
        Descriptor lock =
            common::os::open_file(file, Open::read | Open::write | Open::create | Open::no_link);
        if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
            return {};
        if (is_still(file, lock.get()))
            return lock;
    }
}

Descriptor wait_for_lock(const std::filesystem::path& file, std::chrono::milliseconds time)
{
    for (const Deadline end = Deadline::in(time);; std::this_thread::sleep_for(5ms)) {
        Descriptor lock = try_lock(file);
        if (lock || end.passed())
            return lock;
    }
}

void stop_process(const ProcessName& process)
{
    if (process.lives() && !gone_after(process, SIGTERM, term_time))
        gone_after(process, SIGKILL, kill_time);
}

} // namespace agent
