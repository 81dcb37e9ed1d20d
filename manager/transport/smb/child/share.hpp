#pragma once

#include "common/clock.hpp"
#include "common/os/descriptor.hpp"
#include "common/owned.hpp"
#include "common/secret.hpp"
#include "manager/transport/smb/control/login.hpp"

#include <cerrno>
#include <cstdint>
#include <libsmbclient.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace manager::transport::smb::child {

inline void leave(SMBCCTX* context) noexcept
{
    smbc_free_context(context, 1);
}

/// The share ADMIN$ of the target. What goes over it is signed, so nobody changes it on its way, but it may
/// be read there: libsmbclient encrypts only sometimes, and does not tell. So nothing secret goes this way.
///
/// Paths are relative to it, with slashes. Throws as refusal.hpp says. One at a time in a process: the
/// library keeps state of its own.
class Share {
public:
    /// `host`: what to connect to. Nothing is contacted yet.
    Share(const control::Login& login, const std::string& host, std::uint16_t port,
          const common::Secret& password);
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    struct Room {
        std::uint64_t free = 0; ///< bytes
        bool read_only = false;
    };
    Room room();

    /// Makes a folder that only the system and administrators can look into. False when there was one
    /// already, whose rights stay as they are.
    bool make_folder(const std::string& path);

    /// Makes the file `path`, which must not be there.
    void create(const std::string& path);
    void append(std::string_view bytes); ///< to the file that create() made last
    void close();                        ///< that file
    void rename(const std::string& path, const std::string& to);

    struct Hash {
        std::string sha256; ///< hexadecimal
        std::uint64_t size;
    };
    std::optional<Hash> hash(const std::string& path); ///< nothing when there is no such file
    /// Up to `most` bytes of a file; nothing when there is none.
    std::optional<std::string> get(const std::string& path, std::size_t most);

    struct Entry {
        std::string name;
        bool folder; ///< a real one
        bool link;   ///< to somewhere else, as a junction
    };
    std::vector<Entry> list(const std::string& path); ///< empty when there is no such folder

    /// Removes a file or a folder with all that is in it; false when there was none. What is locked is tried
    /// again until `deadline`: Windows lets go of a program a moment after it has ended. Links are neither
    /// followed nor removed: where there is one, it throws.
    bool remove(const std::string& path, common::Deadline deadline);

    void remove_empty(const std::string& path); ///< a folder, if there is nothing in it

private:
    class File;

    static void tell_login(SMBCCTX* context, const char*, const char*, char* domain, int domain_room,
                           char* user, int user_room, char* password, int password_room);
    std::string url(const std::string& path) const;
    [[noreturn]] void fail(std::string_view doing, const std::string& path, int number = errno) const;
    template <typename Call>
    int patiently(const std::string& path, Call&& call) const;
    int read_folder(const std::string& path, std::vector<Entry>& found);
    bool is_link(const std::string& path);
    void refuse_links(const std::string& path);
    int remove_once(const Entry& entry); ///< whose name is a path

    control::Login login_;
    common::Secret password_;
    std::string root_; ///< URL of the share
    common::os::Descriptor settings_;
    common::Owned<SMBCCTX, leave> context_;
    int file_ = -1;    ///< open for append()
    std::string path_; ///< of that file, also when it is written and has another name
};

} // namespace manager::transport::smb::child
