#include "manager/serve/manager_service.hpp"

#include "common/error.hpp"
#include "common/soap/server.hpp"
#include "common/text.hpp"
#include "manager/serve/budget.hpp"
#include "manager/serve/manager_calls.hpp"
#include "wireH.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

namespace manager::serve {

namespace {

using common::Error;
using common::Trouble;

/// Larger than others are: an order may name many targets.
constexpr std::size_t most_request_bytes = 1 << 20;

/// Of the orders that are worked on at a time; the next ones of that caller wait for one of them.
constexpr std::size_t most_orders_of_one = 4;

std::string_view local_name(std::string_view tag)
{
    return tag.substr(tag.find(':') + 1); // of npos, too
}

/// The operation that stands next in the request; nothing of it is read.
std::string next_operation(::soap* context)
{
    if (soap_peek_element(context) != SOAP_OK)
        return {};
    return std::string(local_name(context->tag));
}

/// Calls that may take seconds: they look into files, ask for names, seal and open what is kept.
constexpr std::array<std::string_view, 8> orders{"Deploy",       "TakeInventory",  "ResumeRun",
                                                 "CheckTargets", "CleanUpTargets", "VisitBmcs",
                                                 "AddComponent", "PutCredential"};

bool is_order(std::string_view operation)
{
    return std::find(orders.begin(), orders.end(), operation) != orders.end();
}

/// A guess, made without the engine: true of small bodies that begin with no order.
bool is_brief(std::string_view body)
{
    constexpr std::size_t small = 2'000; // bytes
    const std::size_t begin = body.find('<', body.find("Body"));
    if (body.size() > small || begin == std::string_view::npos)
        return false;
    const std::string_view tag = body.substr(begin + 1, body.find_first_of(" \t\r\n/>", begin) - begin - 1);
    return !is_order(local_name(tag));
}

/// What the calls of one listener share.
struct Shared {
    explicit Shared(ManagerCalls listener) : calls(std::move(listener)) {}

    const ManagerCalls calls;
    Budget orders{most_orders_of_one};
    Budget waiters{std::numeric_limits<std::size_t>::max()};
};

/// One call, from its body to its answer.
struct Call {
    const common::net::Request& request;
    const Caller& caller;
    Waiting waiting;
    std::string operation{};
    bool denied = false;
    std::shared_ptr<void> place{};                ///< among the caller's orders
    std::optional<common::net::NotYet> not_yet{}; ///< there was none
};

/// True when the call may go on: an order of others than the user of this workstation needs a place.
bool has_place(const std::shared_ptr<Shared>& shared, Call& call)
{
    if (call.caller.local || !is_order(call.operation))
        return true;
    call.place = shared->orders.take(call.caller.name);
    if (!call.place)
        call.not_yet =
            common::net::NotYet{[shared, name = call.caller.name] { return shared->orders.has_room(name); }};
    return call.place != nullptr;
}

/// What stands in no table is refused before the engine sees more of it than its name.
int dispatch(::soap* context, const LocalControl& control, const std::shared_ptr<Shared>& shared, Call& call)
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
    if (!has_place(shared, call))
        return common::soap::fault(context,
                                   Error(Trouble::busy, "others of this caller's orders come first"));
    const int result = answer_call(context, control, call.caller, call.request.host, call.waiting);
    call.not_yet = call.waiting.not_yet();
    return result;
}

std::string result_of(const common::net::Reply& reply, const Call& call)
{
    if (call.denied)
        return "denied";
    return reply.status == 200 ? "ok" : reply.status == 500 ? "fault" : std::to_string(reply.status);
}

void tell_refused(const ManagerCalls& calls, const common::net::Request& request,
                  const common::net::Reply& refusal)
{
    if (calls.refused)
        calls.refused(request, refusal.status);
}

/// The answer to somebody who is not let in; nothing for others.
std::optional<common::net::Reply> refusal(const ManagerCalls& calls, const common::net::Request& request)
{
    std::variant<Caller, common::net::Reply> who = calls.admit(request);
    auto* refusal = std::get_if<common::net::Reply>(&who);
    if (refusal == nullptr)
        return std::nullopt;
    tell_refused(calls, request, *refusal);
    return std::move(*refusal);
}

} // namespace

void add_manager_calls(common::net::Router& router, const LocalControl& control, ManagerCalls calls)
{
    using common::net::NotYet;
    using common::net::Reply;
    using common::net::Request;
    const auto shared = std::make_shared<Shared>(std::move(calls));
    const auto serve = [&control, shared, endpoint = common::soap::Endpoint(manager_namespace)](
                           const Request& request, const std::string& body) -> std::variant<Reply, NotYet> {
        std::variant<Caller, Reply> who = shared->calls.admit(request); // it may be over since the gate
        if (Reply* refused = std::get_if<Reply>(&who)) {
            tell_refused(shared->calls, request, *refused);
            return std::move(*refused);
        }
        const Caller& caller = std::get<Caller>(who);
        Call call{request, caller, Waiting(request, caller.name, control.changes, shared->waiters)};
        Reply reply = endpoint.serve(
            request, body, [&](::soap* context) { return dispatch(context, control, shared, call); });
        if (call.not_yet)
            return *std::move(call.not_yet);
        if (shared->calls.heard)
            shared->calls.heard(request, call.caller, call.operation, result_of(reply, call));
        return reply;
    };
    const auto gate = [shared](const Request& request) { return refusal(shared->calls, request); };
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
