#include "manager/trust/private_file.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace manager::trust {

using common::Error;
using common::Secret;
using common::Trouble;

namespace {

constexpr std::size_t most_bytes = 64 << 10;

} // namespace

Secret read_private_file(const std::filesystem::path& path, std::string_view kind)
{
    const std::string name = path.string();
    const common::os::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0)
        throw Error(Trouble::invalid,
                    common::system_error("opening the " + std::string(kind) + " file " + name).text());
    // What comes out of a pipe, as in <(pass show ...), belongs to nobody else.
    if (S_ISREG(info.st_mode) && (info.st_mode & 077) != 0)
        throw Error(Trouble::invalid, "others can read the " + std::string(kind) + " file " + name,
                    "chmod 600 " + name);

    std::string text(most_bytes, '\0'); // in one piece: a string that grows leaves copies behind
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error(Trouble::invalid, common::system_error("reading " + name).text());
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    Secret whole(std::move(text));
    if (size == most_bytes)
        throw Error(Trouble::invalid, name + " is too large to hold a " + std::string(kind));
    return Secret(std::string(whole.reveal().substr(0, size)));
}

Secret read_password_file(const std::filesystem::path& path)
{
    const Secret text = read_private_file(path, "password");
    std::string_view line = text.reveal().substr(0, text.reveal().find('\n'));
    if (!line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    if (line.empty())
        throw Error(Trouble::invalid, "the first line of the password file " + path.string() + " is empty");
    return Secret(std::string(line));
}

} // namespace manager::trust
