#include "manager/serve/api_desk.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/serve/log_url.hpp"
#include "wire_contract.hpp"

#include <algorithm>

namespace manager::serve {

using common::net::Reply;
using common::net::Request;

namespace {

constexpr std::string_view scheme = "Bearer ";
constexpr std::string_view components_at = "/components/";
constexpr std::uint64_t most_component = std::uint64_t{16} << 30; // bytes
constexpr const char* xml_type = "text/xml; charset=utf-8";

/// A browser names the page that a call comes from; no page has business here.
bool comes_from_a_page(const Request& request)
{
    return request.headers.find("Origin").has_value() || request.headers.find("Sec-Fetch-Site").has_value();
}

Reply refused_upload(const common::Error& error)
{
    const int status = error.trouble() == common::Trouble::conflict  ? 409
                       : error.trouble() == common::Trouble::invalid ? 422
                                                                     : 500;
    return {status, common::one_line(error.text(), 500) + '\n'};
}

Reply too_many(const std::string& text, std::chrono::seconds pause)
{
    Reply reply(429, text);
    reply.headers.set("Retry-After", std::to_string(pause.count()));
    return reply;
}

/// The contract with the address at which it was asked for.
std::string contract_at(const std::string& host)
{
    constexpr std::string_view before = "<soap:address location=\"";
    std::string text(wire::contract::wsdl);
    const std::size_t begin = text.find(before) + before.size();
    text.replace(begin, text.find('"', begin) - begin, "https://" + host + "/manager");
    return text;
}

} // namespace

ApiDesk::ApiDesk(Setup setup, const LocalControl& control)
    : setup_(std::move(setup)), control_(control), hosts_(setup_.hosts), tokens_(setup_.tokens),
      log_(setup_.log)
{
}

common::net::Router ApiDesk::router()
{
    common::net::Router router;
    ManagerCalls calls;
    calls.admit = [this](const Request& request) { return admit(request); };
    calls.heard = [this](const Request& request, const Caller& caller, std::string_view operation,
                         std::string_view result) {
        log_.add(request.peer_address, caller, operation, result);
    };
    calls.refused = [this](const Request& request, int status) {
        log_.add_refused(request.peer_address, std::to_string(status), std::chrono::steady_clock::now());
    };
    add_manager_calls(router, control_, std::move(calls));
    for (const char* path : {"/manager", "/types.xsd"})
        router.get(path, [this](const Request& request) { return tell_contract(request); });
    router.put(std::string(components_at),
               [this](const Request& request) { return take_component(request); });
    router.get(logs_path, [this](const Request& request) { return send_log(request); });
    return router;
}

/// Why a request is not even looked at, if so.
std::optional<Reply> ApiDesk::refusal(const Request& request)
{
    if (!hosts_.is_for_us(request))
        return Reply(403, "This is not that host.\n");
    if (comes_from_a_page(request))
        return Reply(403, "Pages of browsers are not served.\n");
    if (!lockout_.is_locked(request.peer_address, std::chrono::steady_clock::now()))
        return std::nullopt;
    return too_many("Too many wrong tokens; later.\n", Lockout::pause);
}

std::variant<Caller, Reply> ApiDesk::admit(const Request& request)
{
    if (std::optional<Reply> why = refusal(request))
        return std::move(*why);
    const std::string given = request.headers.find("Authorization").value_or("");
    if (given.starts_with(scheme)) {
        const auto entry = tokens_.find(std::string_view(given).substr(scheme.size()));
        if (entry && entry->is_good(common::to_milliseconds(std::chrono::system_clock::now()))) {
            lockout_.succeeded(request.peer_address);
            return Caller{entry->name, entry->id, entry->role, false};
        }
        if (!entry) // whoever has one that is over guesses nothing, and must not lock out others beside it
            lockout_.failed(request.peer_address, std::chrono::steady_clock::now());
    }
    Reply reply(401, "A token of 'soapstone token new' is needed.\n");
    reply.headers.set("WWW-Authenticate", "Bearer");
    return reply;
}

/// As admit(), for what is no SOAP call; a refusal is kept in the log.
std::variant<Caller, Reply> ApiDesk::admit_to_file(const Request& request)
{
    std::variant<Caller, Reply> who = admit(request);
    if (const Reply* refusal = std::get_if<Reply>(&who))
        log_.add_refused(request.peer_address, std::to_string(refusal->status),
                         std::chrono::steady_clock::now());
    return who;
}

/// An upload, or the question how far one came. The token says whose it is.
std::variant<Reply, common::net::StoreFile> ApiDesk::take_component(const Request& request)
{
    const std::variant<Caller, Reply> who = admit_to_file(request);
    if (const Reply* refusal = std::get_if<Reply>(&who))
        return *refusal;
    const Caller& caller = std::get<Caller>(who);
    const auto answer = [this, caller, address = request.peer_address](Reply reply) {
        log_.add(address, caller, "PUT /components",
                 reply.status < 300 ? "ok" : std::to_string(reply.status));
        return reply;
    };
    if (caller.role < Role::operator_role)
        return answer(Reply(403, "Components are for operators.\n"));
    const std::string name = request.path.substr(components_at.size());
    const std::shared_ptr<void> place = uploads_.take(caller.name);
    if (!place)
        return answer(too_many("Too many uploads at a time; later.\n", std::chrono::seconds(10)));
    try {
        common::net::StoreFile store{control_.desk.keeper().incoming(name, caller.token), most_component, {}};
        const std::shared_ptr<void> writer = uploading_.take(store.path);
        if (!writer)
            return answer(
                Reply(409, "Another upload of that name is under way; when it ends, this one can go on.\n"));
        store.done = [this, answer, name, place, writer, file = store.path](std::uint64_t) {
            try {
                const KeptComponent kept = control_.desk.keeper().take_in(name, file);
                return answer(Reply(201, kept.sha256 + '\n'));
            } catch (const common::Error& error) {
                std::error_code ignored;
                std::filesystem::remove(file, ignored);
                return answer(refused_upload(error));
            }
        };
        return store;
    } catch (const common::Error& error) {
        return answer(refused_upload(error));
    }
}

/// For whoever may read the same log by calls.
std::variant<Reply, common::net::SendFile> ApiDesk::send_log(const Request& request)
{
    const std::variant<Caller, Reply> who = admit_to_file(request);
    if (const Reply* refusal = std::get_if<Reply>(&who))
        return *refusal;
    const Caller& caller = std::get<Caller>(who);
    std::variant<Reply, common::net::SendFile> answer = Reply(403, "Logs are not for this role.\n");
    if (may_call(caller.role, "ReadLog"))
        answer = give_log(control_, request);
    const Reply* reply = std::get_if<Reply>(&answer);
    log_.add(request.peer_address, caller, request.method + ' ' + logs_path,
             reply == nullptr ? "ok" : std::to_string(reply->status));
    return answer;
}

Reply ApiDesk::tell_contract(const Request& request) const
{
    if (!hosts_.is_for_us(request))
        return {403, "This is not that host.\n"};
    if (request.path == "/manager" && request.query == "wsdl")
        return {200, contract_at(request.host), xml_type};
    if (request.path == "/types.xsd")
        return {200, std::string(wire::contract::schema), xml_type};
    return {404, "The contract is at /manager?wsdl.\n"};
}

} // namespace manager::serve
