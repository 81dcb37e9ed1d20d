#include "agent/claim.hpp"

#include "agent/failpoint.hpp"
#include "agent/shim.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace agent {

namespace {

Claim my_claim()
{
    Claim claim;
    claim.pid = ::getpid();
    claim.start = common::os::start_time(claim.pid).value_or(0);
    claim.boot = common::os::boot_id();
    return claim;
}

} // namespace

std::optional<common::os::Descriptor> claim_job(const std::filesystem::path& folder)
{
    // The name is this process's own: whoever died before its link() left a name that nobody stumbles over.
    const Claim claim = my_claim();
    const std::filesystem::path name =
        folder / ("claim." + std::to_string(claim.pid) + "." + std::to_string(claim.start) + ".tmp");
    common::os::Descriptor file = common::os::open_file(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        throw common::system_error("locking the claim");
    common::os::write_all(file.get(), claim.text(), "the claim");
    common::os::sync_file(file.get(), "the claim");
    const bool mine = ::link(name.c_str(), (folder / "claim").c_str()) == 0;
    const int number = errno;
    ::unlink(name.c_str());
    if (!mine && number != EEXIST)
        throw common::system_error("claiming the job", number);
    if (!mine)
        return std::nullopt;
    failpoint("shim_after_link");
    common::os::sync_folder(folder);
    return file;
}

} // namespace agent
