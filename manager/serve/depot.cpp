#include "manager/serve/depot.hpp"

#include <string_view>
#include <variant>

namespace manager::serve {

namespace {

using common::net::Reply;
using common::net::Request;
using common::net::SendFile;

} // namespace

common::net::Router depot(const link::Roster& roster, std::map<std::string, std::filesystem::path> files)
{
    common::net::Router router;
    router.get(payload_path,
               [&roster, files = std::move(files)](const Request& request) -> std::variant<Reply, SendFile> {
                   const std::string hash = request.path.substr(std::string_view(payload_path).size());
                   const auto file = files.find(hash); // the path itself never touches the file system
                   if (file == files.end() || !roster.may_fetch(request.peer_pin, hash))
                       return Reply(404, "There is no such payload.\n");
                   if (!std::filesystem::exists(file->second))
                       return Reply(410, file->second.filename().string() +
                                             " is no longer there on the manager's machine.\n");
                   SendFile answer;
                   answer.path = file->second;
                   answer.entity_tag = hash;
                   return answer;
               });
    return router;
}

} // namespace manager::serve
