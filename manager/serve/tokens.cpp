#include "manager/serve/tokens.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/secret.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "manager/serve/token.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace manager::serve {

namespace {

using common::Error;
using common::Trouble;
using common::os::Open;
using nlohmann::json;

constexpr const char* format = "soapstone-tokens/1";
constexpr std::uint64_t most_bytes = 4 << 20;

/// So that whoever finds one knows what it is.
constexpr std::string_view prefix = "soapstone_";

json to_json(const Tokens::Entry& entry)
{
    return {{"id", entry.id},        {"name", entry.name},       {"role", name_of(entry.role)},
            {"made", entry.made},    {"expires", entry.expires}, {"revoked", entry.revoked},
            {"sha256", entry.sha256}};
}

Tokens::Entry entry_in(const json& value)
{
    Tokens::Entry entry;
    value.at("id").get_to(entry.id);
    value.at("name").get_to(entry.name);
    const std::optional<Role> role = role_named(value.at("role").get<std::string>());
    if (!role)
        throw Error(Trouble::rejected, "a token has a role that this program does not know");
    entry.role = *role;
    value.at("made").get_to(entry.made);
    value.at("expires").get_to(entry.expires);
    value.at("revoked").get_to(entry.revoked);
    value.at("sha256").get_to(entry.sha256);
    return entry;
}

/// One process changes the file at a time.
class Turn {
public:
    explicit Turn(const std::filesystem::path& folder)
    {
        common::os::make_private_folder(folder);
        file_ = common::os::open_file(folder / "tokens.lock",
                                      Open::read | Open::write | Open::create | Open::no_link);
        if (::flock(file_.get(), LOCK_EX) != 0)
            throw common::system_error("locking " + (folder / "tokens.lock").string());
    }

private:
    common::os::Descriptor file_;
};

} // namespace

Tokens::Stamp Tokens::stamp() const
{
    constexpr std::int64_t second = 1'000'000'000; // ns
    struct stat info {};
    if (::stat((folder_ / "tokens.json").c_str(), &info) != 0)
        return {};
    return {info.st_ino, info.st_size, info.st_mtim.tv_sec * second + info.st_mtim.tv_nsec};
}

std::vector<Tokens::Entry> Tokens::all() const
{
    return *current();
}

/// What stands in the file now; callers share it, for there is one at each call of the API.
std::shared_ptr<const std::vector<Tokens::Entry>> Tokens::current() const
{
    const std::lock_guard lock(mutex_);
    const Stamp now = stamp(); // before reading: what changes meanwhile is read the next time
    if (now.size < 0 || now != stamp_)
        entries_ = std::make_shared<const std::vector<Entry>>(read());
    stamp_ = now;
    return entries_;
}

std::vector<Tokens::Entry> Tokens::read() const
{
    const std::filesystem::path file = folder_ / "tokens.json";
    const std::optional<std::string> text = common::os::read_file_if_there(file, most_bytes);
    if (!text)
        return {};
    try {
        const json content = json::parse(*text);
        if (content.at("format") != format)
            throw Error(Trouble::rejected, file.string() + " is of another version");
        std::vector<Entry> entries;
        for (const json& value : content.at("tokens"))
            entries.push_back(entry_in(value));
        return entries;
    } catch (const json::exception&) {
        throw Error(Trouble::rejected, file.string() + " is damaged");
    }
}

void Tokens::write(const std::vector<Entry>& entries) const
{
    json content{{"format", format}, {"tokens", json::array()}};
    for (const Entry& entry : entries)
        content["tokens"].push_back(to_json(entry));
    common::os::write_file_durably(folder_ / "tokens.json", content.dump(2) + '\n');
}

Tokens::Made Tokens::add(const std::string& name, Role role, std::int64_t now, std::int64_t expires)
{
    const Turn turn(folder_);
    std::vector<Entry> entries = read();
    Made made;
    made.token = std::string(prefix) + new_token();
    made.entry = {common::to_hex(common::os::random_bytes(4)), name, role, now, expires, false,
                  common::tls::sha256_hex(made.token)};
    entries.push_back(made.entry);
    write(entries);
    return made;
}

void Tokens::revoke(const std::string& id)
{
    const Turn turn(folder_);
    std::vector<Entry> entries = read();
    for (Entry& entry : entries)
        if (entry.id == id) {
            entry.revoked = true;
            return write(entries);
        }
    throw Error(Trouble::not_found, "there is no token " + common::one_line(id, 40),
                "'soapstone token list' lists them");
}

std::optional<Tokens::Entry> Tokens::find(std::string_view token) const
{
    const std::string hash = common::tls::sha256_hex(token);
    const std::shared_ptr<const std::vector<Entry>> entries = current();
    std::optional<Entry> found;
    for (const Entry& entry : *entries)
        if (common::same_secret(entry.sha256, hash))
            found = entry;
    return found;
}

} // namespace manager::serve
