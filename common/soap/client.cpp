#include "common/soap/client.hpp"

#include "common/soap/context.hpp"
#include "common/text.hpp"

namespace common::soap {

namespace {

Trouble trouble_of(wire::ErrorCode code)
{
    switch (code) {
    case wire::ErrorCode::unreachable:
        return Trouble::unreachable;
    case wire::ErrorCode::denied:
        return Trouble::denied;
    case wire::ErrorCode::rejected:
        return Trouble::rejected;
    case wire::ErrorCode::invalid:
        return Trouble::invalid;
    case wire::ErrorCode::busy:
        return Trouble::busy;
    case wire::ErrorCode::not_USCOREfound:
        return Trouble::not_found;
    case wire::ErrorCode::conflict:
        return Trouble::conflict;
    case wire::ErrorCode::defect:
        break;
    }
    return Trouble::defect;
}

/// The Error that the other side threw; one_line() because it may be anybody.
Error error_in(::soap* context)
{
    const SOAP_ENV__Fault* fault = context->fault;
    if (fault && fault->detail && fault->detail->t__ErrorDetail) {
        const wire::ErrorInfo& info = *fault->detail->t__ErrorDetail;
        return {trouble_of(info.code), one_line(info.message, 2'000), one_line(info.hint.value_or(""), 500)};
    }
    soap_set_fault(context);
    const char** text = soap_faultstring(context);
    return {Trouble::rejected,
            "the answer breaks the protocol: " + one_line(text && *text ? *text : "no text", 200)};
}

} // namespace

struct Caller::Inside {
    Inside(net::Client& client, std::string path, net::Headers headers)
        : client(client), path(std::move(path)), headers(std::move(headers))
    {
    }

    std::string exchange(const std::string& request, Deadline deadline)
    {
        net::Client::Exchange exchange;
        exchange.target = path;
        exchange.headers = headers;
        exchange.headers.set("SOAPAction",
                             '"' + std::string(context.get()->action ? context.get()->action : "") + '"');
        exchange.body = request;
        net::Reply reply = client.exchange(exchange, deadline);
        if (reply.status == 200 || reply.status == 500)
            return std::move(reply.body);
        throw Error(reply.status == 401 || reply.status == 403 ? Trouble::denied : Trouble::rejected,
                    "answered with HTTP " + std::to_string(reply.status) + ": " + one_line(reply.body, 200));
    }

    net::Client& client;
    std::string path;
    net::Headers headers;
    Context context{false};
};

Caller::Caller(net::Client& client, std::string path, net::Headers headers)
    : inside_(std::make_unique<Inside>(client, std::move(path), std::move(headers)))
{
}

Caller::~Caller() = default;

::soap* Caller::context()
{
    return inside_->context.get();
}

void Caller::call(std::string_view doing, Deadline deadline, const std::function<int()>& proxy_call)
{
    while_doing(doing, [&] {
        Context& memory = inside_->context;
        memory.read_when_asked(
            [&](const std::string& request) { return inside_->exchange(request, deadline); });
        const int result = proxy_call();
        memory.rethrow();
        if (result != SOAP_OK)
            throw error_in(memory.get());
    });
}

} // namespace common::soap
