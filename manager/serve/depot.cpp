#include "manager/serve/depot.hpp"

#include <string_view>
#include <variant>

namespace manager::serve {

namespace {

using common::net::Reply;
using common::net::Request;
using common::net::SendFile;

} // namespace

common::net::Router depot(const link::Roster& roster)
{
    common::net::Router router;
    router.get(payload_path, [&roster](const Request& request) -> std::variant<Reply, SendFile> {
        const std::string hash = request.path.substr(std::string_view(payload_path).size());
        // The path itself never touches the file system.
        const auto file = roster.payload(request.peer_pin, hash);
        if (!file)
            return Reply(404, "There is no such payload.\n");
        if (!std::filesystem::exists(*file))
            return Reply(410, file->filename().string() + " is no longer there on the manager's machine.\n");
        SendFile answer;
        answer.path = *file;
        answer.entity_tag = hash;
        return answer;
    });
    return router;
}

} // namespace manager::serve
