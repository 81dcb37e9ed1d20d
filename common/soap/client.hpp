#pragma once

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/net/core.hpp"
#include "common/soap/wire.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace common::soap {

/// Lets a generated proxy call over a net::Client:
///
///     Caller caller(client, "/agent");
///     AgentProxy proxy(caller.context());
///     caller.call("asking for the status", Deadline::in(10s), [&] { return proxy.GetStatus(&request,
///     response); });
///
/// One thread at a time. What a call deserialised lives until the next call.
class Caller {
public:
    /// `client` must outlive this. `path` is where the service lives, "/agent". `headers` go with every call.
    Caller(net::Client& client, std::string path, net::Headers headers = {});
    ~Caller();
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    ::soap* context();

    /// Runs one proxy call. A fault of the other side becomes the Error that it was there (code, text and
    /// hint); a broken line or an answer that is no SOAP keeps the Error of net::Client.
    void call(std::string_view doing, Deadline deadline, const std::function<int()>& proxy_call);

private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace common::soap
