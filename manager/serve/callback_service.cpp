#include "manager/serve/callback_service.hpp"

#include "common/error.hpp"
#include "common/soap/server.hpp"
#include "manager/link/wire_forms.hpp"
#include "wireCallbackService.h"

namespace manager::serve {

namespace {

constexpr std::string_view namespace_uri = "urn:soapstone:callback:1";

/// Events of one Notify; agents send fewer.
constexpr std::size_t most_events = 1'000;

/// Serves one request; made for it and gone with it.
class Service final : public CallbackService {
public:
    Service(::soap* context, const link::RunTarget& target, const TakeEvents& take_events)
        : CallbackService(context), target_(target), take_events_(take_events)
    {
    }

    int Notify(_cbk__Notify* request, _cbk__NotifyResponse& response) override
    {
        return common::soap::answer(soap, request, [&] {
            if (request->runId != target_.run || request->targetId != std::to_string(target_.target))
                throw common::Error(common::Trouble::denied,
                                    "these events are not of the target that this key is for");
            if (request->events.size() > most_events)
                throw common::Error(common::Trouble::invalid, "too many events at once");
            response.acknowledged =
                static_cast<LONG64>(take_events_(target_, link::agent_events(request->events)));
        });
    }

    CallbackService* copy() override { return new Service(*this); }

    // The generated one would reset namespaces and SOAP version in the middle of a request.
    void CallbackService_init(soap_mode, soap_mode) override {}

private:
    const link::RunTarget& target_;
    const TakeEvents& take_events_;
};

} // namespace

common::net::Router callback_service(link::Roster& roster, TakeEvents take_events)
{
    using common::net::Reply;
    using common::net::Request;
    common::net::Router router;
    router.call(
        "/callback", common::soap::most_request_bytes,
        [endpoint = common::soap::Endpoint(namespace_uri), &roster,
         take_events = std::move(take_events)](const Request& request, const std::string& body) -> Reply {
            const std::optional<link::RunTarget> target = roster.target_of(request.peer_pin);
            if (!target)
                return {403, "This key stands for no target any more.\n"};
            roster.heard(request.peer_pin);
            return endpoint.serve(request, body, [&](::soap* context) {
                Service service(context, *target, take_events);
                return service.dispatch(context);
            });
        });
    return router;
}

} // namespace manager::serve
