#include "manager/trust/bmc_pins.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/trust/base64.hpp"

#include <algorithm>
#include <sys/file.h>

namespace manager::trust {

namespace {

using common::Error;
using common::Trouble;
using common::os::Open;

constexpr std::string_view key_mark = "sha256//";
constexpr std::size_t fields = 6; ///< before the comment
constexpr std::string_view heading = "# Keys of BMCs that soapstone trusts; see 'soapstone help trust'.\n"
                                     "# host key certificate not-after since by comment\n";

/// Keeps other managers of this user out while the file is rewritten.
common::os::Descriptor lock_beside(const std::filesystem::path& file)
{
    std::filesystem::path path = file;
    path += ".lock";
    common::os::Descriptor lock = common::os::open_file(path, Open::read | Open::write | Open::create);
    if (::flock(lock.get(), LOCK_EX) != 0)
        throw common::system_error("locking " + path.string());
    return lock;
}

std::string word(std::string_view text)
{
    std::string safe = common::one_line(text, 200);
    std::replace(safe.begin(), safe.end(), ' ', '_');
    return safe.empty() ? "-" : safe;
}

std::string line_of(const BmcPin& pin)
{
    std::vector<std::string> words{bmc_name(pin.host, pin.port),
                                   std::string(key_mark) + pin.key,
                                   word(pin.certificate),
                                   word(pin.not_after),
                                   word(pin.since),
                                   word(pin.by)};
    if (!pin.comment.empty())
        words.push_back(common::one_line(pin.comment, 200));
    return common::join(words, " ") + '\n';
}

bool is_key(std::string_view text)
{
    const auto bytes = from_base64(std::string(text));
    return bytes && bytes->size() == 32;
}

/// `[host]:port` or `host`.
bool read_name(const std::string& name, BmcPin& pin)
{
    const std::size_t close = name.find("]:");
    if (name.empty() || name.front() != '[') {
        pin.host = name;
        return !name.empty();
    }
    if (close == std::string::npos)
        return false;
    const auto port = common::to_number(name.substr(close + 2), 65'535);
    pin.host = name.substr(1, close - 1);
    pin.port = static_cast<std::uint16_t>(port.value_or(0));
    return port && *port > 0 && !pin.host.empty();
}

bool read_line(const std::string& line, BmcPin& pin)
{
    std::vector<std::string> words = common::split(line, ' ');
    words.erase(std::remove(words.begin(), words.end(), std::string()), words.end());
    if (words.size() < fields || !words[1].starts_with(key_mark) || !read_name(words[0], pin))
        return false;
    pin.key = words[1].substr(key_mark.size());
    pin.certificate = words[2];
    pin.not_after = words[3];
    pin.since = words[4];
    pin.by = words[5];
    words.erase(words.begin(), words.begin() + fields);
    pin.comment = common::join(words, " ");
    return is_key(pin.key);
}

bool is_entry(const std::string& line)
{
    const std::string_view text = common::trim(line);
    return !text.empty() && text.front() != '#';
}

} // namespace

std::string bmc_name(std::string_view host, std::uint16_t port)
{
    const std::string name = common::lower_case(host);
    return port == 443 ? name : '[' + name + "]:" + std::to_string(port);
}

std::vector<BmcPin> BmcPins::all() const
{
    std::vector<BmcPin> pins;
    std::size_t number = 0;
    for (const std::string& line : common::split(common::os::read_file_if_there(file_).value_or(""), '\n')) {
        ++number;
        if (!is_entry(line))
            continue;
        BmcPin pin;
        if (!read_line(line, pin))
            throw Error(Trouble::invalid,
                        file_.string() + ':' + std::to_string(number) + ": this is no key of a BMC",
                        "repair or remove the line, 'soapstone trust add' makes a new one");
        pins.push_back(std::move(pin));
    }
    return pins;
}

std::vector<std::string> BmcPins::keys_of(std::string_view host, std::uint16_t port) const
{
    std::vector<std::string> keys;
    for (const BmcPin& pin : all())
        if (bmc_name(pin.host, pin.port) == bmc_name(host, port))
            keys.push_back(pin.key);
    return keys;
}

void BmcPins::add(const BmcPin& pin)
{
    if (!is_key(pin.key))
        throw Error(Trouble::defect, "a key of a BMC that is none");
    common::os::make_private_folder(file_.parent_path());
    const common::os::Descriptor lock = lock_beside(file_);
    const std::vector<std::string> known = keys_of(pin.host, pin.port);
    if (std::find(known.begin(), known.end(), pin.key) != known.end())
        return;
    std::string text = common::os::read_file_if_there(file_).value_or(std::string(heading));
    if (!text.empty() && text.back() != '\n')
        text += '\n';
    common::os::write_file_durably(file_, text + line_of(pin));
}

std::size_t BmcPins::remove(std::string_view host, std::uint16_t port, std::string_view key)
{
    if (!std::filesystem::exists(file_))
        return 0;
    const common::os::Descriptor lock = lock_beside(file_);
    std::string kept;
    std::size_t removed = 0;
    for (const std::string& line : common::split(common::os::read_file(file_), '\n')) {
        BmcPin pin;
        const bool meant = is_entry(line) && read_line(line, pin) &&
                           bmc_name(pin.host, pin.port) == bmc_name(host, port) &&
                           (key.empty() || pin.key == key);
        removed += meant ? 1 : 0;
        if (!meant && !line.empty())
            kept += line + '\n';
    }
    if (removed > 0)
        common::os::write_file_durably(file_, kept);
    return removed;
}

} // namespace manager::trust
