#include "manager/transport/smb/child/helper.hpp"

#include "common/error.hpp"
#include "manager/transport/smb/child/netbios.hpp"
#include "manager/transport/smb/control/refusal.hpp"

#include <algorithm>
#include <cstdlib>

namespace manager::transport::smb::child {

using common::Deadline;
using common::Error;
using common::Fields;
using common::Trouble;
using namespace std::chrono_literals;
namespace ask = control::ask;

namespace {

constexpr auto patience = 24h; ///< between two requests; the manager has its own limits
constexpr auto answer_limit = 1min;
constexpr auto probe_limit = 10s;
constexpr auto look_limit = 2s;
constexpr auto unlock_limit = 10s;   ///< that a file may be locked before it is told
constexpr auto leave_limit = 1500ms; ///< the manager waits two seconds for us to go

Fields empty()
{
    return Fields(std::string(control::format));
}

void add_flag(Fields& fields, const char* key, bool value)
{
    if (value)
        fields.add(key, "yes");
}

/// The ports to try.
std::vector<std::uint16_t> ports_of(const control::Login& login)
{
    if (login.port != 0)
        return {login.port};
    return {445, netbios_port};
}

std::string told(std::uint16_t port, const Error& error)
{
    return "port " + std::to_string(port) + ": " + error.text();
}

/// A connection by which the target can be greeted, and its port.
std::pair<Connection, std::uint16_t> connect(const control::Login& login, const std::string& host,
                                             Deadline deadline)
{
    std::string tried;
    const std::vector<std::uint16_t> ports = ports_of(login);
    std::size_t waiting = ports.size();
    for (const std::uint16_t port : ports) {
        try {
            return {connect_to(host, port, fair_share(deadline, waiting--)), port};
        } catch (const Error& error) {
            tried += (tried.empty() ? "" : "; ") + told(port, error);
        }
    }
    throw control::unreachable(login, tried);
}

Greeting greeted(const control::Login& login, const Connection& connection, std::uint16_t port)
{
    const auto ask = [&] {
        try {
            return greet(connection, port);
        } catch (const Error& error) {
            throw control::unreachable(login, told(port, error));
        }
    };
    const Greeting greeting = ask();
    if (greeting.dialect < dialect_2_1)
        throw control::too_old(login);
    if (greeting.dialect < dialect_3_0 && !login.allow_smb2)
        throw control::cannot_encrypt(login);
    return greeting;
}

} // namespace

Helper::~Helper()
{
    take_away();
}

void Helper::serve()
{
    while (const std::optional<control::Message> request = line_.receive(Deadline::in(patience))) {
        std::string data;
        Fields fields = empty();
        try {
            fields = answer(*request, data);
        } catch (const Error& error) {
            fields = control::failure(error);
        }
        line_.send(fields, data, Deadline::in(answer_limit));
    }
}

Fields Helper::answer(const control::Message& request, std::string& data)
{
    const std::string& wish = request.fields.get("do");
    if (wish == ask::log_in)
        return log_in(request);
    if (wish == ask::clock)
        return empty().add("time", static_cast<std::uint64_t>(std::max<std::int64_t>(0, greeting_.time)));
    if (wish == ask::keep) {
        made_.clear();
        service_.clear();
        return empty();
    }
    if (wish == ask::listens) {
        const auto port = static_cast<std::uint16_t>(request.fields.number("port", 65535));
        Fields fields = empty();
        try {
            connect_to(target_address_, port, Deadline::in(look_limit));
            add_flag(fields, "listens", true);
        } catch (const Error&) { // that is the answer
        }
        return fields;
    }
    if (wish.find("service") != std::string::npos)
        return answer_of_services(wish, request.fields);
    return answer_of_files(wish, request, data);
}

Fields Helper::answer_of_files(const std::string& wish, const control::Message& request, std::string& data)
{
    if (wish == ask::room)
        return room();
    const std::string& path = request.fields.get("path");
    Fields fields = empty();
    if (wish == ask::make_folder)
        return make_folder(request.fields);
    if (wish == ask::put)
        return put(request);
    if (wish == ask::hash)
        return hash(path);
    if (wish == ask::list)
        return list(path);
    if (wish == ask::rename)
        share().rename(path, request.fields.get("to"));
    else if (wish == ask::remove)
        add_flag(fields, "there", share().remove(path, Deadline::in(unlock_limit)));
    else if (wish == ask::get) {
        const std::optional<std::string> text = share().get(path, request.fields.number("most", 64 << 10));
        add_flag(fields, "there", text.has_value());
        data = text.value_or("");
    } else
        throw Error(Trouble::defect, "soapstone-smb was asked for something that it does not know");
    return fields;
}

Fields Helper::answer_of_services(const std::string& wish, const Fields& request)
{
    if (wish == ask::services)
        return services(request.get("prefix"));
    const std::string& name = request.get("name");
    Fields fields = empty();
    if (wish == ask::create_service)
        return create_service(request);
    if (wish == ask::service)
        return state_of(name);
    if (wish == ask::start_service)
        manager().start(name, request.all("argument"));
    else if (wish == ask::stop_service)
        add_flag(fields, "again", !manager().stop(name));
    else if (wish == ask::delete_service)
        manager().remove(name);
    else
        throw Error(Trouble::defect, "soapstone-smb was asked for something that it does not know");
    return fields;
}

/// First of all the service manager: it says exactly what is wrong, and nothing is written before.
Fields Helper::log_in(const control::Message& request)
{
    login_ = control::read_login(request.fields);
    const common::Secret password(request.data);
    const Deadline deadline = Deadline::in(std::min<std::chrono::nanoseconds>(probe_limit, login_.limit));
    const std::string host = login_.netbios ? find_by_broadcast(login_.host, deadline) : login_.host;
    const auto [connection, port] = connect(login_, host, deadline);
    greeting_ = greeted(login_, connection, port);
    port_ = port;
    target_address_ = connection.target_address;
    // Kerberos gives tickets for names only; else the address spares asking for the name again.
    const std::string& reached = login_.kerberos ? login_.host : target_address_;
    services_ = std::make_unique<Services>(login_, reached, port, password);
    if (!login_.has_password)
        log_in_as_owner(services_->owner());
    share_ = std::make_unique<Share>(login_, reached, port, password);
    share_->room(); // what is not in a share that is not there would be taken for removed
    return encode(control::Session{target_address_, connection.our_address,
                                   login_.kerberos ? "kerberos" : "ntlm", greeting_.machine});
}

/// Tickets name their owner themselves. libsmbclient must be told: it takes a login without a name for an
/// anonymous one, and looks for tickets in the usual place only.
void Helper::log_in_as_owner(const std::string& owner)
{
    const std::size_t at = owner.find('@');
    login_.user = owner.substr(0, at);
    login_.domain = at == std::string::npos ? std::string() : owner.substr(at + 1);
    if (!login_.tickets.empty())
        ::setenv("KRB5CCNAME", login_.tickets.c_str(), 1);
}

Share& Helper::share()
{
    if (!share_)
        throw Error(Trouble::defect, "soapstone-smb was asked for a file before the login");
    return *share_;
}

Services& Helper::manager()
{
    if (!services_)
        throw Error(Trouble::defect, "soapstone-smb was asked for a service before the login");
    return *services_;
}

Fields Helper::room()
{
    const Share::Room found = share().room();
    Fields fields = empty();
    fields.add("free", found.free);
    add_flag(fields, "read-only", found.read_only);
    return fields;
}

Fields Helper::make_folder(const Fields& request)
{
    const std::string& path = request.get("path");
    if (share().make_folder(path))
        made_.push_back({path, !request.get_or("shared", "").empty()});
    return empty();
}

Fields Helper::put(const control::Message& request)
{
    const std::string& path = request.fields.get("path");
    if (!writing_) {
        share().create(path);
        writing_ = true;
    }
    share().append(request.data);
    if (!request.fields.get_or("last", "").empty()) {
        writing_ = false;
        share().close();
    }
    return empty();
}

Fields Helper::hash(const std::string& path)
{
    Fields fields = empty();
    if (const std::optional<Share::Hash> found = share().hash(path))
        fields.add("sha256", found->sha256).add("size", found->size);
    return fields;
}

Fields Helper::list(const std::string& path)
{
    Fields fields = empty();
    for (const Share::Entry& entry : share().list(path))
        fields.add(entry.folder ? "folder" : "file", entry.name);
    return fields;
}

Fields Helper::services(const std::string& prefix)
{
    Fields fields = empty();
    for (const std::string& name : manager().named(prefix))
        fields.add("name", name).add("command", manager().command(name));
    return fields;
}

Fields Helper::create_service(const Fields& request)
{
    const std::string& name = request.get("name");
    manager().create(name, request.get("shown"), request.get("command"));
    service_ = name;
    return empty();
}

Fields Helper::state_of(const std::string& name)
{
    Fields fields = empty();
    if (const std::optional<service_state> state = manager().state(name))
        fields.add("state", state->state)
            .add("pid", state->pid)
            .add("exit", state->exit_code)
            .add("specific", state->specific_code);
    return fields;
}

/// Each step stands for itself: what cannot be removed now is found by a later sweep.
void Helper::take_away() noexcept
{
    take_away_service();
    try {
        if (writing_)
            share().close(); // what we hold open ourselves cannot be removed
    } catch (const Error&) {
    }
    const Deadline deadline = Deadline::in(leave_limit);
    for (auto made = made_.rbegin(); made != made_.rend(); ++made) {
        try {
            if (made->shared)
                share().remove_empty(made->path);
            else
                share().remove(made->path, deadline);
        } catch (const Error&) {
        }
    }
}

void Helper::take_away_service() noexcept
{
    if (service_.empty())
        return;
    try {
        manager().stop(service_);
    } catch (const Error&) {
    }
    try {
        manager().remove(service_);
    } catch (const Error&) {
    }
}

} // namespace manager::transport::smb::child
