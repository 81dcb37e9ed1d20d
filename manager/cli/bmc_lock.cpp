#include "manager/cli/bmc_lock.hpp"

#include "common/error.hpp"
#include "common/tls/hash.hpp"

namespace manager::cli {

std::shared_ptr<store::RunLock> lock_bmc(const std::filesystem::path& data, const std::string& identity)
{
    const std::string name = common::tls::sha256_hex(identity).substr(0, 32);
    try {
        return std::make_shared<store::RunLock>(store::RunLock::take(data / "bmcs" / name));
    } catch (const common::Error& error) {
        if (error.trouble() != common::Trouble::busy)
            throw;
        throw common::Error(common::Trouble::busy, "another run is at work on this BMC: " + error.text(),
                            error.hint());
    }
}

} // namespace manager::cli
