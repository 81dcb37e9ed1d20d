#include "manager/serve/log_url.hpp"

#include "common/error.hpp"
#include "common/os/file_calls.hpp"
#include "common/text.hpp"
#include "manager/serve/run_folder.hpp"
#include "manager/serve/url.hpp"

#include <sys/stat.h>

namespace manager::serve {

using common::net::Reply;
using common::net::Request;
using common::net::SendFile;

namespace {

/// Another one whenever the content may be another.
std::string entity_tag(int file)
{
    struct stat about {};
    if (::fstat(file, &about) != 0)
        return {};
    return std::to_string(about.st_ino) + '-' + std::to_string(about.st_size) + '-' +
           std::to_string(about.st_mtim.tv_sec) + '.' + std::to_string(about.st_mtim.tv_nsec);
}

SendFile opened(const std::filesystem::path& file)
{
    using common::os::Open;
    SendFile answer;
    answer.opened = std::make_shared<const common::os::Descriptor>(
        common::os::try_open_regular(file, Open::read | Open::no_link));
    if (!*answer.opened) // gone since it was looked for
        throw common::Error(common::Trouble::not_found, "there is no such log any more");
    answer.entity_tag = entity_tag(answer.opened->get());
    return answer;
}

} // namespace

std::string log_url(const std::string& host, const std::string& run, const std::string& target,
                    const std::string& log)
{
    return "https://" + host + logs_path + "?run=" + url_escaped(run) + "&target=" + url_escaped(target) +
           "&log=" + url_escaped(log);
}

std::variant<Reply, SendFile> give_log(const LocalControl& control, const Request& request)
{
    const auto run = query_value(request.query, "run");
    const auto target = query_value(request.query, "target");
    const auto log = query_value(request.query, "log");
    if (request.path != logs_path || !run || !target || !log)
        return Reply(404, "A log is at the address that GetLogs tells.\n");
    try {
        return opened(log_named(target_folder(control, *run, *target), *log));
    } catch (const common::Error& error) {
        if (error.trouble() != common::Trouble::not_found)
            throw;
        return Reply(404, common::one_line(error.text(), 500) + '\n');
    }
}

} // namespace manager::serve
