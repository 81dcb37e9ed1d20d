#include "manager/drivers/packed_agents.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/tls/hash.hpp"

#include <algorithm>
#include <vector>

namespace manager::drivers {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_kept = 8; ///< agents: platforms, and versions that are tried in turns
constexpr std::uint64_t most_bytes = 64 << 20;
constexpr std::size_t hash_size = 64; ///< each file begins with the hash of what follows, in hexadecimal

} // namespace

fs::path PackedAgents::file_of(const std::string& sha256) const
{
    return folder_ / (sha256 + ".packed");
}

std::optional<std::string> PackedAgents::find(const std::string& sha256) const
try {
    std::optional<std::string> text = common::os::read_file_if_there(file_of(sha256), most_bytes);
    if (!text || text->size() <= hash_size)
        return std::nullopt;
    const std::string expected = text->substr(0, hash_size);
    text->erase(0, hash_size);
    if (common::tls::sha256_hex(*text) != expected)
        return std::nullopt;
    return text;
} catch (const common::Error&) { // it cannot be read, so there is none
    return std::nullopt;
}

void PackedAgents::keep(const std::string& sha256, const std::string& packed) const
try {
    common::os::make_private_folder(folder_);
    drop_oldest();
    common::os::write_file_durably(file_of(sha256), common::tls::sha256_hex(packed) + packed);
} catch (const common::Error&) {
} catch (const fs::filesystem_error&) {
}

/// Makes room for one more.
void PackedAgents::drop_oldest() const
{
    std::vector<std::pair<fs::file_time_type, fs::path>> kept;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_))
        kept.emplace_back(entry.last_write_time(), entry.path());
    std::sort(kept.rbegin(), kept.rend());
    for (std::size_t i = most_kept - 1; i < kept.size(); ++i)
        fs::remove(kept[i].second);
}

} // namespace manager::drivers
