#pragma once

#include "common/error.hpp"
#include "common/net/core.hpp"
#include "common/soap/wire.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// gSOAP as a codec in memory: what the HTTPS core received becomes typed C++, and back. No sockets here.
namespace common::soap {

/// Largest request of a control call; bigger things travel as files.
constexpr std::size_t most_request_bytes = 64 << 10;

/// Answers the SOAP requests for one contract. Copies share what they have; any worker thread may call.
class Endpoint {
public:
    explicit Endpoint(std::string_view namespace_uri);

    /// Answers one request. `dispatch` gets a context from which a generated service reads the request, and
    /// returns what the service's dispatch() returned. The request has passed filter() and the checks of
    /// Content-Type and SOAPAction (empty, or the namespace + "/" + the operation in the body) before.
    net::Reply serve(const net::Request& request, const std::string& body,
                     const std::function<int(::soap*)>& dispatch) const;

private:
    class Contexts;

    std::string namespace_uri_;
    std::shared_ptr<Contexts> contexts_;
};

/// The contract's word.
wire::ErrorCode code_of(Trouble trouble);

/// What the contract tells of `error`, in the target and phase that it is about; empty: about none.
wire::ErrorInfo error_info(const Error& error, const std::string& target = {}, const std::string& phase = {});

/// Makes `error`, perhaps about a target, the typed fault of the running call and returns SOAP_FAULT.
int fault(::soap* context, const Error& error, const std::string& target = {});

/// Runs one operation's work. Nothing may be thrown through gSOAP's C frames: an Error becomes a typed fault,
/// and a request that is xsi:nil (gSOAP hands over a null pointer then) is refused. A request that names a
/// target has it in its fault.
template <typename Request, typename Step>
int answer(::soap* context, const Request* request, Step&& step)
{
    std::string target;
    if constexpr (requires { request->targetName.size(); })
        target = request ? request->targetName : std::string();
    try {
        if (!request)
            throw Error(Trouble::invalid, "the request is empty");
        std::forward<Step>(step)();
        return SOAP_OK;
    } catch (const Error& error) {
        return fault(context, error, target);
    } catch (const std::exception&) {
        return fault(context, Error(Trouble::defect, "internal error"), target);
    }
}

} // namespace common::soap
