// What gSOAP's own manual builds from the same contract: TLS 1.3, a thread for each connection, GetVersion.
// usage: api_gsoap PORT PEM     listens on loopback; PEM holds key and certificate. Prints "ready".
#include "wireManagerService.h"
#include "wire_contract.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>

namespace {

class Bare final : public ManagerService {
public:
    explicit Bare(::soap* context) : ManagerService(context) {}

    int GetVersion(_mgr__GetVersion*, _mgr__GetVersionResponse& response) override
    {
        response.version = "0.1.0";
        response.contract = "urn:soapstone:manager:1";
        for (const std::string_view operation : wire::contract::operations)
            response.operations.emplace_back(operation);
        return SOAP_OK;
    }

#define NOT_HERE(OPERATION)                                                                                  \
    int OPERATION(_mgr__##OPERATION*, _mgr__##OPERATION##Response&) override                                 \
    {                                                                                                        \
        return SOAP_NO_METHOD;                                                                               \
    }
#include "api_gsoap_others.hpp"
#undef NOT_HERE

    ManagerService* copy() override
    {
        return new Bare(*this);
    }
};

struct Free {
    void operator()(::soap* context) const
    {
        soap_destroy(context);
        soap_end(context);
        soap_free(context);
    }
};
using Context = std::unique_ptr<::soap, Free>;

void serve(Context context)
{
    if (soap_ssl_accept(context.get()) != SOAP_OK)
        return;
    Bare service(context.get());
    service.serve();
}

} // namespace

int main(int count, char** words)
{
    if (count != 3) {
        std::cerr << "usage: api_gsoap PORT PEM\n";
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    soap_ssl_init();
    constexpr int no_end = 2'000'000'000;
    constexpr int waiting = 1'024; // connections not accepted yet
    const Context context(
        soap_new2(SOAP_IO_KEEPALIVE | SOAP_C_UTFSTRING, SOAP_IO_KEEPALIVE | SOAP_C_UTFSTRING));
    context->max_keep_alive = no_end;
    context->bind_flags = SO_REUSEADDR;
    if (soap_ssl_server_context(context.get(), SOAP_TLSv1_3, words[2], "", nullptr, nullptr, nullptr, nullptr,
                                nullptr) != SOAP_OK ||
        !soap_valid_socket(soap_bind(context.get(), "127.0.0.1", std::atoi(words[1]), waiting))) {
        soap_print_fault(context.get(), stderr);
        return 1;
    }
    std::cout << "ready" << std::endl;
    while (soap_valid_socket(soap_accept(context.get())))
        std::thread(serve, Context(soap_copy(context.get()))).detach();
    return 0;
}
