#include "manager/cli/target_keys.hpp"

#include "common/error.hpp"
#include "manager/trust/key_file.hpp"

#include <set>

namespace manager::cli {

void check_keys(const std::vector<target::Target>& targets, const target::TargetsFile* file)
{
    std::set<std::filesystem::path> checked; // thousands of targets share a few
    for (const target::Target& target : targets) {
        if (target.connection == target::Connection::local)
            continue;
        for (const std::filesystem::path& key : target.identities) {
            if (!checked.insert(key).second)
                continue;
            const std::string place = file == nullptr ? std::string() : file->place_of_key(key);
            common::while_doing(place.empty() ? "target " + target.name : place,
                                [&] { trust::check_key_file(key); });
        }
    }
}

} // namespace manager::cli
