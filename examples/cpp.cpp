// Deploys through the API of `soapstone serve` with C++ and gSOAP (gsoap, libgsoap-dev). In a folder with
// manager.wsdl and types.xsd, as curl fetches them from /manager?wsdl and /types.xsd:
//   wsdl2h -c++17 -f -x -o manager.h manager.wsdl
//   soapcpp2 -c++17 -j -C -L -w -x -I /usr/share/gsoap/import manager.h
//   c++ -std=c++17 -DWITH_OPENSSL -I . -o deploy cpp.cpp soap*.cpp -lgsoapssl++ -lssl -lcrypto
// usage: deploy https://HOST:60000 CERTIFICATE TOKEN_FILE ADDRESS USER COMPONENT CREDENTIAL
// CERTIFICATE: the manager's serve/certificate.pem; COMPONENT and CREDENTIAL: what the manager keeps.
#include "Manager.nsmap"
#include "soapManagerProxy.h"

#include <fstream>
#include <iostream>

ManagerProxy manager(SOAP_C_UTFSTRING);
std::string header;

// The answer of an operation to a request with these elements, in their order in the contract.
#define ASK(OPERATION, ...)                                                                                  \
    ask(&ManagerProxy::OPERATION, soap_new_set__ns1__##OPERATION(manager.soap, __VA_ARGS__))

template <typename Request, typename Answer>
Answer ask(int (ManagerProxy::*call)(Request*, Answer&), Request* request)
{
    Answer answer;
    manager.soap->http_extra_header = header.c_str(); // good for one call
    if ((manager.*call)(request, answer) != SOAP_OK)
        throw std::runtime_error(manager.soap_fault_string());
    return answer;
}

std::string follow(const std::string& run)
{
    _ns1__GetRunEventsResponse news;
    do {
        news = ASK(GetRunEvents, run, news.lastSeq, 20, 100);
        for (const ns2__RunEvent& item : news.events)
            if (item.outcome)
                std::cout << *item.target << ' ' << soap_ns2__Outcome2s(manager.soap, *item.outcome) << '\n';
            else if (item.output)
                std::cout << *item.target << ' ' << *item.output;
    } while (!news.events.empty() || news.state == ns2__RunState::running);
    return run;
}

int main(int, char** words)
{
    std::string url = words[1], token, address = words[4], user = words[5], credential = words[7];
    std::string name = "bücher", sudo = "sudo";
    std::ifstream(words[3]) >> token;
    manager.soap_endpoint = url.append("/manager").c_str();
    header = "Authorization: Bearer " + token;
    soap_ssl_client_context(manager.soap, SOAP_SSL_DEFAULT, nullptr, nullptr, words[2], nullptr, nullptr);
    ns2__KnownTarget target;
    target.name = name, target.address = &address, target.user = &user, target.become = &sudo;
    target.groups = {"examples"};
    std::cout << "known " << ASK(PutTargets, {target}).known << '\n';
    const std::string key = soap_rand_uuid(manager.soap, "");
    const auto look = ASK(TakeInventory, key + "-look", {"@examples"}, {}, {}, {}, {}, {}, &credential);
    const auto document = ASK(GetInventory, follow(look.runId), name).document;
    std::cout << "inventory " << (document.size() > 100 ? "True" : "False") << '\n';
    const auto order = ASK(Deploy, key, {"@examples"}, {words[6]}, {}, {}, {}, {}, {}, &credential);
    const auto run = follow(order.runId);
    const std::string started = soap_dateTime2s(manager.soap, ASK(GetRun, run).run->startedAt);
    std::cout << "started " << started.substr(0, 16) << "Z\n";
    for (const ns2__KeptLog& log : ASK(GetLogs, run, name).logs)
        if (log.name.find(words[6]) != std::string::npos) {
            const auto bytes = ASK(ReadLog, run, name, log.name, 0, 80).bytes;
            const std::string text(reinterpret_cast<char*>(bytes.__ptr), bytes.__size);
            std::cout << "log " << log.size << ' ' << text.substr(0, text.find('\n')) << '\n';
        }
    std::string nobody = "nobody";
    std::cout << "others " << ASK(GetTargets, &nobody, nullptr, 10).knownTargets.size() << '\n';
    try {
        ASK(GetLogs, run, nobody);
    } catch (const std::runtime_error&) {
        const ns2__ErrorInfo& fault = *manager.soap_fault()->detail->ns2__ErrorDetail;
        std::cout << "fault " << soap_ns2__ErrorCode2s(manager.soap, fault.code) << ' ' << *fault.target
                  << (fault.retryable ? " True\n" : " False\n");
    }
}
