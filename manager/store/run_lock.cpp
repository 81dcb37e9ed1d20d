#include "manager/store/run_lock.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

namespace manager::store {

namespace {

using common::Error;
using common::Trouble;
using common::os::Open;

/// False when another open file has the lock.
bool lock(int file, int how, const std::filesystem::path& path)
{
    while (::flock(file, how | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return false;
        if (errno != EINTR)
            throw common::system_error("locking " + path.string());
    }
    return true;
}

Error held_by_another(const std::filesystem::path& path)
{
    const std::string holder(common::trim(common::os::read_file_if_there(path).value_or("")));
    return {Trouble::busy,
            "another process" + (holder.empty() ? "" : " (" + common::one_line(holder, 40) + ")") +
                " works on this run: it holds " + path.string(),
            "wait until it has ended, or end it"};
}

} // namespace

RunLock RunLock::take(const std::filesystem::path& folder)
{
    common::os::make_private_folder(folder);
    const std::filesystem::path path = folder / "lock";
    common::os::Descriptor file =
        common::os::open_file(path, Open::read | Open::write | Open::create | Open::no_link);
    // Somebody who only looks, by is_taken(), has the lock for a moment.
    for (int tries = 0; !lock(file.get(), LOCK_EX, path); ++tries) {
        if (tries == 10)
            throw held_by_another(path);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (::ftruncate(file.get(), 0) != 0)
        throw common::system_error("writing " + path.string());
    common::os::write_all(file.get(), "process " + std::to_string(::getpid()) + "\n", path.string());
    return RunLock(std::move(file));
}

bool RunLock::is_taken(const std::filesystem::path& folder)
{
    const std::filesystem::path path = folder / "lock";
    const common::os::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    return file && !lock(file.get(), LOCK_SH, path);
}

} // namespace manager::store
