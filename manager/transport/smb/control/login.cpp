#include "manager/transport/smb/control/login.hpp"

#include "manager/transport/smb/control/line.hpp"

namespace manager::transport::smb::control {

using common::Fields;

namespace {

constexpr auto yes = "yes";

void add_flag(Fields& fields, const char* key, bool value)
{
    if (value)
        fields.add(key, yes);
}

bool flag(const Fields& fields, const char* key)
{
    return fields.get_or(key, "") == yes;
}

} // namespace

Fields encode(const Login& login)
{
    Fields fields{std::string(format)};
    fields.add("do", ask::log_in)
        .add("host", login.host)
        .add("port", login.port)
        .add("user", login.user)
        .add("domain", login.domain)
        .add("tickets", login.tickets)
        .add("limit", static_cast<std::uint64_t>(login.limit.count()));
    add_flag(fields, "has-password", login.has_password);
    add_flag(fields, "kerberos", login.kerberos);
    add_flag(fields, "netbios", login.netbios);
    add_flag(fields, "allow-smb2", login.allow_smb2);
    return fields;
}

Login read_login(const Fields& fields)
{
    Login login;
    login.host = fields.get("host");
    login.port = static_cast<std::uint16_t>(fields.number("port", 65535));
    login.user = fields.get("user");
    login.domain = fields.get("domain");
    login.tickets = fields.get("tickets");
    login.limit = std::chrono::seconds(fields.number("limit", 3600));
    login.has_password = flag(fields, "has-password");
    login.kerberos = flag(fields, "kerberos");
    login.netbios = flag(fields, "netbios");
    login.allow_smb2 = flag(fields, "allow-smb2");
    return login;
}

Fields encode(const Session& session)
{
    Fields fields{std::string(format)};
    fields.add("target-address", session.target_address)
        .add("our-address", session.our_address)
        .add("method", session.method)
        .add("machine", session.machine);
    return fields;
}

Session read_session(const Fields& fields)
{
    return {fields.get("target-address"), fields.get("our-address"), fields.get("method"),
            fields.get("machine")};
}

} // namespace manager::transport::smb::control
