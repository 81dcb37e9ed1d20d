#pragma once

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "manager/transport/control/frames.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What the manager and its helper soapstone-smb say to each other. The manager asks, the helper answers each
/// request with one message, and does nothing by itself: only when the manager has gone it takes away what
/// was put on the target and not kept. The helper reads what a target sends and may have been taken over by
/// it: the manager believes nothing of what it says but that it was said.
namespace manager::transport::smb::control {

constexpr std::string_view helper = "soapstone-smb"; ///< the helper's program

/// Also the version: programs of two builds do not misunderstand each other.
constexpr std::string_view format = "soapstone-smb 1";

/// What can be asked for, in the field `do`; behind it the fields that go with it, of which those in brackets
/// may be missing. Paths are relative to ADMIN$, with slashes.
namespace ask {
constexpr auto log_in = "log-in"; ///< see Login; the password comes as data. Answer: see Session
constexpr auto clock = "clock"; ///< Answer: time (seconds since 1970), as the target told it at the greeting
constexpr auto room = "room";   ///< Answer: free (bytes), read-only
constexpr auto make_folder =
    "make-folder";          ///< path, [shared: goes only when empty]; there already is no error
constexpr auto put = "put"; ///< path, [last], and as data the bytes to append. The first one makes the file
constexpr auto rename = "rename"; ///< path, to
constexpr auto hash = "hash";     ///< path. Answer: sha256, size; nothing when there is no such file
constexpr auto get = "get";       ///< path, most (bytes). Answer: there, and the file as data
constexpr auto list = "list";     ///< path. Answer: file..., folder...; nothing when there is no such folder
constexpr auto remove = "remove"; ///< path: a file, or a folder with all that is in it. Answer: there
constexpr auto services = "services";             ///< prefix. Answer: name..., in the same order command...
constexpr auto create_service = "create-service"; ///< name, shown, command
constexpr auto start_service = "start-service";   ///< name, argument...
constexpr auto service = "service"; ///< name. Answer: state, pid, exit, specific; nothing when there is none
constexpr auto stop_service = "stop-service";     ///< name. Answer: again when it cannot be stopped just now
constexpr auto delete_service = "delete-service"; ///< name
constexpr auto listens = "listens"; ///< port. Answer: listens when the target's port can be connected to
constexpr auto keep = "keep";       ///< what was put there is to stay when we go
} // namespace ask

struct Message {
    common::Fields fields{std::string(format)};
    std::string data;
};

/// The answer that the request failed so.
common::Fields failure(const common::Error& error);

/// Throws what a failure() says; nothing otherwise.
void check(const common::Fields& answer);

/// One end of the socket between the two; used by one thread at a time.
class Line {
public:
    static constexpr std::size_t most_data = 256 << 10; ///< bytes of data in a message

    /// `socket` stays the caller's.
    explicit Line(int socket);

    /// Sends one message and wipes our copy of its data. Throws as Frames::send().
    void send(const common::Fields& fields, std::string_view data, common::Deadline deadline) const;

    /// The next message; nothing when the other side has gone. Throws as Frames::receive(), and `defect` for
    /// what is no message.
    std::optional<Message> receive(common::Deadline deadline) const;

private:
    transport::control::Frames frames_;
};

} // namespace manager::transport::smb::control
