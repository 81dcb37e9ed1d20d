#include "manager/cli/errand_claims.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/file_calls.hpp"

#include <cerrno>
#include <chrono>

namespace manager::cli {

namespace fs = std::filesystem;
using common::os::Open;

bool ErrandClaims::take(const std::string& id) const
{
    common::os::make_private_folder(folder_);
    common::os::sync_folder(folder_.parent_path());
    forget_old();
    const fs::path file = folder_ / id;
    if (!common::os::try_open(file, Open::write | Open::exclude | Open::no_link)) {
        if (errno == EEXIST)
            return false;
        throw common::system_error("making " + file.string());
    }
    common::os::sync_folder(folder_);
    return true;
}

void ErrandClaims::forget_old() const
{
    constexpr std::chrono::hours patience{30 * 24};
    const fs::file_time_type limit = fs::file_time_type::clock::now() - patience;
    std::error_code failure; // then it stays until the next time
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_, failure))
        if (entry.last_write_time(failure) < limit && !failure)
            fs::remove(entry.path(), failure);
}

} // namespace manager::cli
