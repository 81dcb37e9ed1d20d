#include "manager/transport/smb/child/share.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "manager/transport/smb/control/refusal.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <thread>
#include <unistd.h>

namespace manager::transport::smb::child {

using common::Deadline;
using common::os::Descriptor;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t piece = 64 << 10; ///< bytes read at once
constexpr auto between_tries = 200ms;
constexpr auto scan_limit = 5s; ///< that a virus scanner may hold a fresh file

/// Of the attributes of Windows: a link that the server follows (a junction, for one).
constexpr std::uint16_t reparse_point = 0x400;

/// Only the system and administrators, for this and all that comes to be below it. The library takes the
/// numbers in decimal; FULL is the one right that it knows by name.
constexpr auto private_rights = "REVISION:1,OWNER:S-1-5-32-544,GROUP:S-1-5-32-544,"
                                "ACL:S-1-5-18:ALLOWED/3/FULL,ACL:S-1-5-32-544:ALLOWED/3/FULL";

/// Without it the library reads the system's smb.conf, which may ask for less.
Descriptor make_settings()
{
    constexpr std::string_view text = "[global]\nclient min protocol = SMB2_10\nclient max protocol = SMB3\n"
                                      "client signing = required\nclient ipc signing = required\n"
                                      "client NTLMv2 auth = yes\nname resolve order = host\nlog level = 0\n";
    Descriptor file(::memfd_create("smb.conf", MFD_CLOEXEC));
    if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw common::system_error("writing the settings of libsmbclient");
    return file;
}

/// What means something in a URL is written as %XX.
std::string escaped(std::string_view path)
{
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
    std::string out;
    for (const char c : path)
        if (plain.find(c) != std::string_view::npos)
            out += c;
        else
            out += '%' + common::to_hex({&c, 1});
    return out;
}

void copy_text(std::string_view text, char* room, int size)
{
    if (size > 0)
        *std::copy_n(text.data(), std::min(text.size(), static_cast<std::size_t>(size) - 1), room) = '\0';
}

/// What somebody else's look at a file, a virus scanner's for one, ends with. For much of it (DELETE_PENDING,
/// CANNOT_DELETE, VIRUS_INFECTED) the library has no number but EINVAL.
bool may_pass(int number)
{
    return number == EBUSY || number == EINVAL;
}

bool is_refusal(int number)
{
    return number == EACCES || number == EPERM;
}

} // namespace

/// An open file of the share, for reading.
class Share::File {
public:
    File(const Share& share, const std::string& path)
        : share_(share), path_(path),
          number_(share.patiently(path, [&] { return smbc_open(share.url(path).c_str(), O_RDONLY, 0); }))
    {
        if (number_ < 0 && errno != ENOENT && errno != ENOTDIR)
            share.fail("opening", path);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File()
    {
        if (number_ >= 0)
            smbc_close(number_);
    }

    bool is_there() const { return number_ >= 0; }

    /// The next bytes, up to `most`; empty at the end.
    std::string read(std::size_t most) const
    {
        std::string bytes(std::min(most, piece), '\0');
        const ssize_t got = smbc_read(number_, bytes.data(), bytes.size());
        if (got < 0)
            share_.fail("reading", path_);
        bytes.resize(static_cast<std::size_t>(got));
        return bytes;
    }

private:
    const Share& share_;
    std::string path_;
    int number_;
};

Share::Share(const control::Login& login, const std::string& host, std::uint16_t port,
             const common::Secret& password)
    : login_(login), password_(password.copy()), settings_(make_settings()), context_(smbc_new_context())
{
    // The library knows no brackets around the addresses of IPv6, but what is written as %XX.
    root_ = "smb://" + escaped(host) + ':' + std::to_string(port) + "/ADMIN$/";
    SMBCCTX* context = context_.get();
    if (context == nullptr)
        throw common::system_error("setting up libsmbclient");
    smbc_setOptionUserData(context, this);
    smbc_setFunctionAuthDataWithContext(context, tell_login);
    smbc_setTimeout(context, static_cast<int>(std::chrono::milliseconds(login.limit).count()));
    smbc_setOptionNoAutoAnonymousLogin(context, 1);
    smbc_setOptionUseKerberos(context, login.kerberos ? 1 : 0);
    smbc_setOptionFallbackAfterKerberos(context, 0);
    smbc_setOptionSmbEncryptionLevel(context, SMBC_ENCRYPTLEVEL_REQUEST); // makes signing a must
    const std::string settings = "/proc/self/fd/" + std::to_string(settings_.get());
    if (smbc_init_context(context) == nullptr || smbc_setConfiguration(context, settings.c_str()) != 0)
        throw common::system_error("setting up libsmbclient");
    smbc_set_context(context);
}

void Share::tell_login(SMBCCTX* context, const char*, const char*, char* domain, int domain_room, char* user,
                       int user_room, char* password, int password_room)
{
    const auto& self = *static_cast<const Share*>(smbc_getOptionUserData(context));
    copy_text(self.login_.domain, domain, domain_room);
    copy_text(self.login_.user, user, user_room);
    copy_text(self.password_.reveal(), password, password_room);
}

void Share::fail(std::string_view doing, const std::string& path, int number) const
{
    std::string shown = path;
    std::replace(shown.begin(), shown.end(), '/', '\\');
    const std::string what = std::string(doing) + " ADMIN$\\" + shown;
    if (!path_.empty() && path == path_)
        throw control::refused_own_file(what, number);
    throw control::refused_file(what, number);
}

/// Makes `call`, which does something with `path`, again while a virus scanner may be what stands in its way:
/// it begins right when a program has been written. Of our own file even a refusal may pass.
template <typename Call>
int Share::patiently(const std::string& path, Call&& call) const
{
    const Deadline deadline = Deadline::in(scan_limit);
    for (;;) {
        const int result = call();
        const bool again = result < 0 && (may_pass(errno) || (is_refusal(errno) && path == path_));
        if (!again || deadline.passed())
            return result;
        std::this_thread::sleep_for(between_tries);
    }
}

std::string Share::url(const std::string& path) const
{
    return root_ + escaped(path);
}

Share::Room Share::room()
{
    struct statvfs found {};
    std::string place = root_;
    if (smbc_statvfs(place.data(), &found) != 0) // the library has one number for a share and for a file
        fail("looking at", "", errno == ENOENT ? ENODEV : errno);
    // Of SMB 2 it tells sectors in a unit, and bytes in a sector.
    const std::uint64_t unit = std::uint64_t{found.f_frsize} * found.f_bsize;
    return {found.f_bavail * unit, (found.f_flag & SMBC_VFS_FEATURE_RDONLY) != 0};
}

bool Share::make_folder(const std::string& path)
{
    if (smbc_mkdir(url(path).c_str(), 0700) != 0) {
        if (errno != EEXIST)
            fail("making the folder", path);
        return false;
    }
    if (smbc_setxattr(url(path).c_str(), "system.nt_sec_desc.*", private_rights, std::strlen(private_rights),
                      0) != 0) {
        const int failure = errno;
        smbc_rmdir(url(path).c_str());
        fail("setting the rights of", path, failure);
    }
    return true;
}

void Share::create(const std::string& path)
{
    close();
    path_.clear();
    file_ = smbc_open(url(path).c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (file_ < 0)
        fail("making", path);
    path_ = path;
}

void Share::append(std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t put = smbc_write(file_, bytes.data(), bytes.size());
        if (put <= 0)
            fail("writing to", path_, put == 0 ? ENOSPC : errno);
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
}

void Share::close()
{
    if (file_ >= 0 && smbc_close(std::exchange(file_, -1)) != 0)
        fail("writing to", path_);
}

void Share::rename(const std::string& path, const std::string& to)
{
    if (patiently(path, [&] { return smbc_rename(url(path).c_str(), url(to).c_str()); }) != 0)
        fail("renaming", path);
    if (path == path_)
        path_ = to;
}

std::optional<Share::Hash> Share::hash(const std::string& path)
{
    const File file(*this, path);
    if (!file.is_there())
        return std::nullopt;
    common::tls::Sha256 sum;
    std::uint64_t size = 0;
    for (std::string bytes = file.read(piece); !bytes.empty(); bytes = file.read(piece)) {
        sum.add(bytes);
        size += bytes.size();
    }
    return Hash{sum.hex(), size};
}

std::optional<std::string> Share::get(const std::string& path, std::size_t most)
{
    const File file(*this, path);
    if (!file.is_there())
        return std::nullopt;
    std::string all;
    for (std::string bytes = file.read(most); !bytes.empty(); bytes = file.read(most - all.size()))
        all += bytes;
    return all;
}

std::vector<Share::Entry> Share::list(const std::string& path)
{
    std::vector<Entry> found;
    if (const int failure = read_folder(path, found); failure != 0 && failure != ENOENT)
        fail("looking into", path, failure);
    return found;
}

/// Returns errno, 0 for none.
int Share::read_folder(const std::string& path, std::vector<Entry>& found)
{
    const int folder = smbc_opendir(url(path).c_str());
    if (folder < 0)
        return errno;
    while (const libsmb_file_info* entry = smbc_readdirplus(static_cast<unsigned>(folder))) {
        const std::string name(entry->name);
        const bool link = (entry->attrs & reparse_point) != 0;
        if (name != "." && name != "..")
            found.push_back({name, (entry->attrs & SMBC_DOS_MODE_DIRECTORY) != 0 && !link, link});
    }
    smbc_closedir(folder);
    return 0;
}

/// The folder that a thing lies in is asked: asked itself, a link answers for what it leads to.
bool Share::is_link(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    const std::string name = path.substr(slash + 1); // of npos, too
    const std::vector<Entry> beside =
        list(slash == std::string::npos ? std::string() : path.substr(0, slash));
    return std::any_of(beside.begin(), beside.end(), [&](const Entry& entry) {
        return entry.link && ::strcasecmp(entry.name.c_str(), name.c_str()) == 0;
    });
}

/// None on the way, either.
void Share::refuse_links(const std::string& path)
{
    for (std::size_t end = 0; end != std::string::npos;) {
        end = path.find('/', end + 1);
        if (is_link(path.substr(0, end)))
            fail("removing", path, ELOOP);
    }
}

/// What was removed is looked for again: a folder that is not empty, for one, is "removed" without an error.
bool Share::remove(const std::string& path, Deadline deadline)
{
    refuse_links(path);
    int failure = 0;
    for (bool there = false;; there = true) {
        struct stat info {};
        const bool seen = smbc_stat(url(path).c_str(), &info) == 0;
        if (!seen && errno == ENOENT)
            return there;
        if (!seen && !may_pass(errno)) // what is about to go cannot be looked at
            fail("looking at", path);
        if (there && deadline.passed())
            fail("removing", path, failure == 0 || failure == EINVAL ? EBUSY : failure);
        if (there)
            std::this_thread::sleep_for(between_tries);
        failure = seen ? remove_once({path, S_ISDIR(info.st_mode), false}) : EBUSY;
        if (failure == ELOOP)
            fail("removing", path, failure);
    }
}

void Share::remove_empty(const std::string& path)
{
    if (smbc_rmdir(url(path).c_str()) != 0 && errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT)
        fail("removing", path);
}

/// Returns what went wrong (errno), 0 for nothing. The library has no sure number for a file that is in use,
/// so any may be worth another try.
///
/// A link is left as it is: the library opens what it leads to even in order to delete it.
int Share::remove_once(const Entry& entry)
{
    const std::string place = url(entry.name);
    if (entry.link)
        return ELOOP;
    if (!entry.folder)
        return smbc_unlink(place.c_str()) == 0 ? 0 : errno;
    std::vector<Entry> inside;
    int failure = read_folder(entry.name, inside);
    for (const Entry& one : inside)
        if (const int result = remove_once({entry.name + '/' + one.name, one.folder, one.link}); result != 0)
            failure = failure == ELOOP ? failure : result;
    if (failure == 0 && smbc_rmdir(place.c_str()) != 0)
        failure = errno;
    return failure;
}

} // namespace manager::transport::smb::child
