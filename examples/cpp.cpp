// Deploys through the API of `soapstone serve` with C++ and gSOAP (gsoap, libgsoap-dev). In a folder with
// manager.wsdl and types.xsd, as curl fetches them from /manager?wsdl and /types.xsd:
//   wsdl2h -c++17 -f -S "" -x -o manager.h manager.wsdl
//   soapcpp2 -c++17 -j -C -L -w -x -I /usr/share/gsoap/import manager.h
//   c++ -std=c++17 -DWITH_OPENSSL -I . -o deploy cpp.cpp soap*.cpp -lgsoapssl++ -lssl -lcrypto
// usage: deploy https://HOST:60000 CERTIFICATE TOKEN_FILE ADDRESS USER COMPONENT CREDENTIAL
// CERTIFICATE: the manager's serve/certificate.pem; COMPONENT and CREDENTIAL: what the manager keeps.
#include "Manager.nsmap"
#include "soapManagerProxy.h"

#include <ctime>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <random>

std::string header;

// One call; the answer, and of a fault what is told of it.
template <typename Response, typename Request>
Response ask(ManagerProxy& manager, int (ManagerProxy::*call)(Request*, Response&), Request request)
{
    manager.soap->http_extra_header = header.c_str();
    Response response;
    if ((manager.*call)(&request, response) != SOAP_OK &&
        (!manager.soap->fault || !manager.soap->fault->detail)) {
        manager.soap_stream_fault(std::cerr);
        std::exit(1);
    }
    return response;
}

void follow(ManagerProxy& manager, const std::string& run)
{
    _ns1__GetRunEventsResponse news;
    news.lastSeq = 0;
    do {
        _ns1__GetRunEvents request;
        request.runId = run, request.since = news.lastSeq, request.waitSeconds = 20, request.most = 100;
        news = ask(manager, &ManagerProxy::GetRunEvents, request);
        for (const ns2__RunEvent& event : news.events)
            if (event.outcome)
                std::cout << *event.target << ' ' << soap_ns2__Outcome2s(manager.soap, *event.outcome)
                          << '\n';
            else if (event.output)
                std::cout << *event.target << ' ' << *event.output << std::flush;
    } while (!news.events.empty() || news.state == ns2__RunState::running);
}

int main(int, char** words)
{
    const std::string url = std::string(words[1]) + "/manager";
    std::getline(std::ifstream(words[3]) >> std::ws, header);
    header = "Authorization: Bearer " + header;
    ManagerProxy manager(url.c_str(), SOAP_C_UTFSTRING);
    soap_ssl_init();
    soap_ssl_client_context(manager.soap, SOAP_SSL_DEFAULT | SOAP_TLSv1_3, nullptr, nullptr, words[2],
                            nullptr, nullptr);
    const auto key = [] {
        return std::to_string(std::random_device()()) + std::to_string(std::random_device()());
    };
    std::string sudo = "sudo", address = words[4], user = words[5], component = words[6],
                credential = words[7];
    ns2__KnownTarget target;
    target.name = "bücher", target.address = &address, target.user = &user, target.become = &sudo;
    target.groups = {"examples"};
    _ns1__PutTargets put;
    put.targets = {target};
    std::cout << "known " << ask(manager, &ManagerProxy::PutTargets, put).known << '\n';
    _ns1__TakeInventory look;
    look.key = key(), look.targets = {"@examples"}, look.credential = &credential;
    const std::string seen = ask(manager, &ManagerProxy::TakeInventory, look).runId;
    follow(manager, seen);
    _ns1__GetInventory inventory;
    inventory.runId = seen, inventory.targetName = target.name;
    const bool told = ask(manager, &ManagerProxy::GetInventory, inventory).document.size() > 100;
    std::cout << "inventory " << (told ? "True" : "False") << '\n';
    _ns1__Deploy order;
    order.key = key(), order.targets = {"@examples"}, order.components = {component},
    order.credential = &credential;
    const std::string run = ask(manager, &ManagerProxy::Deploy, order).runId;
    follow(manager, run);
    _ns1__GetRun about;
    about.runId = run;
    const time_t started = ask(manager, &ManagerProxy::GetRun, about).run->startedAt;
    std::cout << "started " << std::put_time(std::gmtime(&started), "%Y-%m-%dT%H:%MZ") << '\n';
    _ns1__GetLogs logs;
    logs.runId = run, logs.targetName = target.name;
    for (const ns2__KeptLog& log : ask(manager, &ManagerProxy::GetLogs, logs).logs) {
        if (log.name.find(component) == std::string::npos)
            continue;
        _ns1__ReadLog read;
        read.runId = run, read.targetName = target.name, read.logName = log.name, read.offset = 0,
        read.mostBytes = 80;
        const xsd__base64Binary bytes = ask(manager, &ManagerProxy::ReadLog, read).bytes;
        const std::string text(reinterpret_cast<const char*>(bytes.__ptr), bytes.__size);
        std::cout << "log " << log.size << ' ' << text.substr(0, text.find('\n')) << '\n';
    }
    _ns1__GetTargets nobody;
    std::string group = "nobody";
    nobody.group = &group, nobody.mostTargets = 10;
    std::cout << "others " << ask(manager, &ManagerProxy::GetTargets, nobody).knownTargets.size() << '\n';
    logs.targetName = group;
    ask(manager, &ManagerProxy::GetLogs, logs);
    const ns2__ErrorInfo& info = *manager.soap->fault->detail->ns2__ErrorDetail;
    std::cout << "fault " << soap_ns2__ErrorCode2s(manager.soap, info.code) << ' ' << *info.target << ' '
              << (info.retryable ? "True" : "False") << '\n';
}
