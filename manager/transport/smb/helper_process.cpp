#include "manager/transport/smb/helper_process.hpp"

#include "common/error.hpp"
#include "common/os/process.hpp"
#include "manager/transport/process/environment.hpp"
#include "manager/transport/process/own_program.hpp"

namespace manager::transport::smb {

namespace {

/// The realms and their servers are where kinit looked for them, too.
std::vector<std::string> environment()
{
    std::vector<std::string> variables = common::os::clean_environment();
    process::keep(variables, "KRB5_CONFIG");
    return variables;
}

} // namespace

HelperProcess::HelperProcess()
    : child_({{process::own_program(std::string(control::helper))}, environment()}),
      line_(child_.stream().get())
{
}

control::Message HelperProcess::ask(const common::Fields& request, std::string_view data,
                                    common::Deadline deadline)
{
    line_.send(request, data, deadline);
    std::optional<control::Message> answer = line_.receive(deadline);
    if (!answer)
        throw common::Error(
            common::Trouble::unreachable, std::string(control::helper) + " ended in the middle",
            "try again; when it stays so, this is a bug of Soapstone or of Samba's libraries");
    control::check(answer->fields);
    return std::move(*answer);
}

common::Fields wish(const char* what)
{
    common::Fields fields{std::string(control::format)};
    fields.add("do", what);
    return fields;
}

} // namespace manager::transport::smb
