#include "manager/serve/manager_service.hpp"

#include "common/error.hpp"
#include "common/soap/server.hpp"
#include "common/text.hpp"
#include "manager/serve/budget.hpp"
#include "manager/serve/manager_calls.hpp"
#include "wireH.h"

#include <memory>

namespace manager::serve {

namespace {

using common::Error;
using common::Trouble;

/// Larger than others are: an order may name many targets.
constexpr std::size_t most_request_bytes = 1 << 20;

/// Of the calls that take a worker each for a while; the next ones of that caller wait for one of them.
constexpr std::size_t most_orders_of_one = 4;

/// The operation that stands next in the request; nothing of it is read.
std::string next_operation(::soap* context)
{
    if (soap_peek_element(context) != SOAP_OK)
        return {};
    const std::string tag = context->tag;
    return tag.substr(tag.find(':') == std::string::npos ? 0 : tag.find(':') + 1);
}

/// True of small questions; orders take their time.
bool is_brief(std::string_view body)
{
    constexpr std::size_t small = 2'000; // bytes
    const auto has = [body](std::string_view text) { return body.find(text) != std::string_view::npos; };
    return body.size() <= small && (has("<Get") || has(":Get"));
}

/// One call, from its body to its answer.
struct Call {
    const common::net::Request& request;
    const Caller& caller;
    Waiting waiting;
    std::string operation{};
    bool denied = false;
};

/// What stands in no table is refused before the engine sees more of it than its name.
int dispatch(::soap* context, const LocalControl& control, Call& call)
{
    call.operation = next_operation(context);
    call.denied = is_operation(call.operation) && !may_call(call.caller.role, call.operation);
    if (call.denied)
        return common::soap::fault(
            context, Error(Trouble::denied, "the role " + std::string(name_of(call.caller.role)) +
                                                " may not call " + call.operation));
    if (!is_operation(call.operation))
        return common::soap::fault(
            context,
            Error(Trouble::invalid, "there is no operation " + common::one_line(call.operation, 80)));
    return answer_call(context, control, call.caller, call.request.host, call.waiting);
}

std::string result_of(const common::net::Reply& reply, const Call& call)
{
    if (call.denied)
        return "denied";
    return reply.status == 200 ? "ok" : reply.status == 500 ? "fault" : std::to_string(reply.status);
}

/// The answer to somebody who is not let in; nothing for others.
std::optional<common::net::Reply> refusal(const ManagerCalls& calls, const common::net::Request& request)
{
    std::variant<Caller, common::net::Reply> who = calls.admit(request);
    auto* refusal = std::get_if<common::net::Reply>(&who);
    if (refusal == nullptr)
        return std::nullopt;
    if (calls.refused)
        calls.refused(request, refusal->status);
    return std::move(*refusal);
}

} // namespace

void add_manager_calls(common::net::Router& router, const LocalControl& control, ManagerCalls calls)
{
    using common::net::NotYet;
    using common::net::Reply;
    using common::net::Request;
    const auto shared = std::make_shared<const ManagerCalls>(std::move(calls));
    const auto serve = [&control, shared, orders = std::make_shared<Budget>(most_orders_of_one),
                        endpoint = common::soap::Endpoint(manager_namespace)](
                           const Request& request, std::string& body) -> std::variant<Reply, NotYet> {
        std::variant<Caller, Reply> who = shared->admit(request); // it may be over since the gate
        if (Reply* refused = std::get_if<Reply>(&who))
            return std::move(*refused);
        const Caller& caller = std::get<Caller>(who);
        const bool counts = !caller.local && !is_brief(body);
        const std::shared_ptr<void> place = counts ? orders->take(caller.name) : nullptr;
        if (counts && !place)
            return NotYet{[orders, name = caller.name] { return orders->has_room(name); }};
        Call call{request, caller, Waiting(request, control.changes)};
        Reply reply =
            endpoint.serve(request, body, [&](::soap* context) { return dispatch(context, control, call); });
        if (call.waiting.not_yet())
            return *call.waiting.not_yet();
        common::wipe(body); // it may hold passwords
        if (shared->heard)
            shared->heard(request, call.caller, call.operation, result_of(reply, call));
        return reply;
    };
    const auto gate = [shared](const Request& request) { return refusal(*shared, request); };
    router.call("/manager", most_request_bytes, serve, gate, is_brief);
}

common::net::Router manager_service(const LocalControl& control)
{
    using common::net::Reply;
    using common::net::Request;
    ManagerCalls calls;
    calls.admit = [&control](const Request& request) -> std::variant<Caller, Reply> {
        const std::string given = request.headers.find("Authorization").value_or("");
        if (!common::same_secret(given, "Bearer " + std::string(control.token.reveal())))
            return Reply(401, "The token of the runtime file is needed.\n");
        return Caller{};
    };
    common::net::Router router;
    add_manager_calls(router, control, std::move(calls));
    return router;
}

} // namespace manager::serve
