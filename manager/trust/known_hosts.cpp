#include "manager/trust/known_hosts.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/trust/base64.hpp"
#include "manager/trust/wire.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <fcntl.h>
#include <sys/file.h>

namespace manager::trust {

namespace {

using Kind = KnownHostLine::Kind;

/// Keeps other managers of this user out while the file is rewritten.
common::os::Descriptor lock_beside(const std::filesystem::path& file)
{
    std::filesystem::path path = file;
    path += ".lock";
    common::os::Descriptor lock = common::os::open_file(
        path, common::os::Open::read | common::os::Open::write | common::os::Open::create);
    if (::flock(lock.get(), LOCK_EX) != 0)
        throw common::system_error("locking " + path.string());
    return lock;
}

} // namespace

std::string known_host_name(std::string_view host, std::uint16_t port)
{
    std::string name = common::lower_case(host);
    return port == 22 ? name : '[' + name + "]:" + std::to_string(port);
}

std::string fingerprint(std::string_view blob)
{
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (EVP_Digest(blob.data(), blob.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                   EVP_sha256(), nullptr) != 1)
        throw common::Error(common::Trouble::defect, "SHA-256 does not work");
    digest.resize(size);
    std::string text = to_base64(digest);
    text.erase(text.find_last_not_of('=') + 1);
    return "SHA256:" + text;
}

KnownHosts::KnownHosts(const std::vector<std::filesystem::path>& files, std::filesystem::path own)
    : own_(std::move(own))
{
    for (const std::filesystem::path& file : files)
        read(file);
    if (!own_.empty() && std::find(files.begin(), files.end(), own_) == files.end())
        read(own_);
}

void KnownHosts::read(const std::filesystem::path& file)
{
    const std::string text = common::os::read_file_if_there(file).value_or(std::string());
    std::size_t number = 0;
    for (const std::string& line : common::split(text, '\n')) {
        ++number;
        if (std::optional<KnownHostLine> entry = KnownHostLine::parse(line))
            places_.push_back({file, number, std::move(*entry)});
    }
}

std::vector<const KnownHosts::Place*> KnownHosts::matching(const std::string& name) const
{
    std::vector<const Place*> found;
    for (const Place& place : places_)
        if (place.entry.matches(name))
            found.push_back(&place);
    return found;
}

std::vector<std::string> KnownHosts::key_types_for(std::string_view host, std::uint16_t port) const
{
    const std::lock_guard lock(mutex_);
    std::vector<std::string> types;
    for (const Place* place : matching(known_host_name(host, port)))
        if (place->entry.kind() == Kind::key &&
            std::find(types.begin(), types.end(), place->entry.type()) == types.end())
            types.push_back(place->entry.type());
    return types;
}

HostKeyCheck KnownHosts::check(std::string_view host, std::uint16_t port, std::string_view blob) const
{
    const std::lock_guard lock(mutex_);
    const std::vector<const Place*> entries = matching(known_host_name(host, port));
    const std::string_view type = wire::key_type(blob);
    // The one that a message should point at: rather the entry that this key contradicts than one of another
    // type.
    const auto first = [&](auto fits) -> const Place* {
        const auto found =
            std::find_if(entries.begin(), entries.end(), [&](const Place* p) { return fits(p->entry); });
        return found == entries.end() ? nullptr : *found;
    };
    const auto answer = [](Verdict verdict, const Place* place) {
        return HostKeyCheck{verdict, place->file, place->line, place->entry.type()};
    };
    using Line = KnownHostLine;
    if (const Place* p = first([&](const Line& e) { return e.kind() == Kind::revoked && e.blob() == blob; }))
        return answer(Verdict::revoked, p);
    if (const Place* p = first([&](const Line& e) { return e.kind() == Kind::key && e.blob() == blob; }))
        return answer(Verdict::known, p);
    if (const Place* p = first([&](const Line& e) { return e.kind() == Kind::key && e.type() == type; }))
        return answer(Verdict::changed, p);
    if (const Place* p = first([&](const Line& e) { return e.kind() == Kind::key; }))
        return answer(Verdict::changed, p);
    if (const Place* p = first([&](const Line& e) { return e.kind() == Kind::authority; }))
        return answer(Verdict::authority, p);
    return {};
}

std::vector<std::string> KnownHosts::lines_for(std::string_view host, std::uint16_t port,
                                               const std::string& name) const
{
    const std::lock_guard lock(mutex_);
    std::vector<std::string> lines;
    for (const Place* place : matching(known_host_name(host, port))) {
        const Kind kind = place->entry.kind();
        const char* mark = kind == Kind::revoked     ? "@revoked "
                           : kind == Kind::authority ? "@cert-authority "
                                                     : "";
        lines.push_back(mark + name + ' ' + place->entry.type() + ' ' + to_base64(place->entry.blob()));
    }
    return lines;
}

bool KnownHosts::has_authority(std::string_view host, std::uint16_t port) const
{
    const std::lock_guard lock(mutex_);
    const std::vector<const Place*> entries = matching(known_host_name(host, port));
    return std::any_of(entries.begin(), entries.end(),
                       [](const Place* place) { return place->entry.kind() == Kind::authority; });
}

bool KnownHosts::needs_authority(std::string_view host, std::uint16_t port) const
{
    return has_authority(host, port) && key_types_for(host, port).empty();
}

KnownHosts& KnownHosts::of_files(const std::vector<std::filesystem::path>& files)
{
    if (fixed_)
        return *this;
    const std::lock_guard lock(mutex_);
    std::unique_ptr<KnownHosts>& other = others_[files];
    if (!other)
        other = std::make_unique<KnownHosts>(files, own_);
    return *other;
}

void KnownHosts::add(std::string_view host, std::uint16_t port, std::string_view blob)
{
    const std::string line =
        known_host_name(host, port) + ' ' + std::string(wire::key_type(blob)) + ' ' + to_base64(blob);
    std::optional<KnownHostLine> entry = KnownHostLine::parse(line);
    if (!entry || own_.empty())
        throw common::Error(common::Trouble::defect, "there is no file to remember host keys in");
    const std::lock_guard guard(mutex_);
    common::os::make_private_folder(own_.parent_path());
    const common::os::Descriptor lock = lock_beside(own_);
    std::string text = common::os::read_file_if_there(own_).value_or(std::string());
    if (!text.empty() && text.back() != '\n')
        text += '\n';
    const auto number = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    common::os::write_file_durably(own_, text + line + '\n');
    places_.push_back({own_, number, std::move(*entry)});
}

} // namespace manager::trust
