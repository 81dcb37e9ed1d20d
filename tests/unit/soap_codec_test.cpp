#include "common/soap/client.hpp"
#include "common/soap/context.hpp"
#include "common/soap/filter.hpp"
#include "common/soap/server.hpp"
#include "manager/serve/callback_service.hpp"
#include "wireAgentService.h"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

namespace {

using common::Error;
using common::Trouble;
using common::net::Reply;
using common::net::Request;

constexpr std::string_view uri = "urn:soapstone:agent:1";

/// Answers two operations; the others are not what these tests are about.
class Service final : public AgentService {
public:
    explicit Service(::soap* context) : AgentService(context) {}

    int RenewLease(_agt__RenewLease* request, _agt__RenewLeaseResponse& response) override
    {
        return common::soap::answer(soap, request, [&] { response.leaseLeftSeconds = request->seconds; });
    }
    int CancelJob(_agt__CancelJob* request, _agt__CancelJobResponse&) override
    {
        return common::soap::answer(soap, request, [&] {
            throw Error(Trouble::conflict, "job " + request->jobId + " \x01 is another",
                        "ask for another id");
        });
    }
    int GetStatus(_agt__GetStatus*, _agt__GetStatusResponse&) override { return SOAP_NO_METHOD; }
    int GetInventory(_agt__GetInventory*, _agt__GetInventoryResponse&) override { return SOAP_NO_METHOD; }
    int SubmitJob(_agt__SubmitJob*, _agt__SubmitJobResponse&) override { return SOAP_NO_METHOD; }
    int GetEvents(_agt__GetEvents*, _agt__GetEventsResponse&) override { return SOAP_NO_METHOD; }
    int ProbeCallback(_agt__ProbeCallback*, _agt__ProbeCallbackResponse&) override { return SOAP_NO_METHOD; }
    int ListLogs(_agt__ListLogs*, _agt__ListLogsResponse&) override { return SOAP_NO_METHOD; }
    int CarryLog(_agt__CarryLog*, _agt__CarryLogResponse&) override { return SOAP_NO_METHOD; }
    int Reboot(_agt__Reboot*, _agt__RebootResponse&) override { return SOAP_NO_METHOD; }
    int CancelReboot(_agt__CancelReboot*, _agt__CancelRebootResponse&) override { return SOAP_NO_METHOD; }
    int Shutdown(_agt__Shutdown*, _agt__ShutdownResponse&) override { return SOAP_NO_METHOD; }
    AgentService* copy() override { return new Service(*this); }
    void AgentService_init(soap_mode, soap_mode) override {}
};

Reply serve(const std::string& body, const std::string& action = {}, const std::string& type = "text/xml")
{
    Request request;
    request.method = "POST";
    request.path = "/agent";
    request.headers.set("Content-Type", type);
    if (!action.empty())
        request.headers.set("SOAPAction", '"' + action + '"');
    return common::soap::Endpoint(uri).serve(request, body, [](::soap* context) {
        Service service(context);
        return service.dispatch(context);
    });
}

std::string envelope(const std::string& content)
{
    return R"(<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/")"
           R"( xmlns:x="http://www.w3.org/2001/XMLSchema-instance" xmlns:a="urn:soapstone:agent:1"><S:Body>)" +
           content + "</S:Body></S:Envelope>";
}

std::string renew(const std::string& seconds)
{
    return envelope("<a:RenewLease><a:seconds>" + seconds + "</a:seconds></a:RenewLease>");
}

std::string repeated(const std::string& text, std::size_t times)
{
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

std::string attributes(std::size_t count)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += " b" + std::to_string(i) + "=\"1\"";
    return out;
}

double cpu_milliseconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr unsigned slower = 20; // instrumented code
#else
constexpr unsigned slower = 1;
#endif

std::size_t resident_kilobytes()
{
    std::ifstream file("/proc/self/statm");
    std::size_t pages = 0;
    file >> pages >> pages;
    return pages * 4;
}

} // namespace

BOOST_AUTO_TEST_SUITE(soap_codec)

BOOST_AUTO_TEST_CASE(a_call_is_answered_in_its_own_namespace)
{
    const Reply reply = serve(renew("120"));
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(reply.body.find("leaseLeftSeconds>120<") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_error_becomes_a_typed_fault_that_any_parser_can_read)
{
    const Reply reply =
        serve(envelope("<a:CancelJob><a:jobId>j1</a:jobId><a:kill>true</a:kill></a:CancelJob>"));
    BOOST_TEST(reply.status == 500);
    BOOST_TEST(reply.body.find("code>conflict<") != std::string::npos);
    BOOST_TEST(reply.body.find("hint>ask for another id<") != std::string::npos);
    BOOST_TEST(reply.body.find('\x01') == std::string::npos);
    BOOST_TEST(reply.body.find("&#x1;") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_action_must_be_the_operation_of_the_body_or_absent)
{
    BOOST_TEST(serve(renew("1"), "urn:soapstone:agent:1/RenewLease").status == 200);
    const Reply spoofed = serve(renew("1"), "urn:soapstone:agent:1/GetStatus");
    BOOST_TEST(spoofed.status == 500);
    BOOST_TEST(spoofed.body.find("SOAPAction") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_soap_1_1_in_utf_8_is_taken)
{
    BOOST_TEST(serve(renew("1"), {}, "text/plain").status == 415);
    BOOST_TEST(serve(renew("1"), {}, "image/png").status == 415);
    BOOST_TEST(serve(renew("1"), {}, "multipart/related").status == 415);
    BOOST_TEST(serve(renew("1"), {}, "text/xml; charset=utf-16").status == 415);
    BOOST_TEST(serve(renew("1"), {}, "Text/XML; charset=\"UTF-8\"").status == 200);
}

BOOST_AUTO_TEST_CASE(hostile_requests_are_refused_cheaply_and_the_next_good_one_is_served)
{
    const std::string good = renew("7");
    const std::string doctype = "<!DOCTYPE x [<!ENTITY e \"aaaa\">]>";
    std::string nul = good;
    nul[nul.find('7')] = '\0';
    const std::vector<std::pair<std::string, std::string>> cases{
        {"empty", ""},
        {"text", "hello"},
        {"a truncated document", good.substr(0, good.size() / 2)},
        {"nil request", envelope("<a:RenewLease x:nil=\"true\"/>")},
        {"missing parameter", envelope("<a:RenewLease/>")},
        {"duplicate parameter",
         envelope("<a:RenewLease><a:seconds>1</a:seconds><a:seconds>2</a:seconds></a:RenewLease>")},
        {"unknown parameter",
         envelope("<a:RenewLease><a:seconds>1</a:seconds><a:more>2</a:more></a:RenewLease>")},
        {"two operations", envelope("<a:RenewLease><a:seconds>1</a:seconds></a:RenewLease>"
                                    "<a:RenewLease><a:seconds>1</a:seconds></a:RenewLease>")},
        {"unknown operation", envelope("<a:FormatDisk/>")},
        {"wrong namespace",
         envelope("<b:RenewLease xmlns:b=\"urn:b\"><b:seconds>1</b:seconds></b:RenewLease>")},
        {"no body", "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"/>"},
        {"not a number", renew("seven")},
        {"a number that does not fit", renew("99999999999999")},
        {"document type", doctype + good},
        {"document type behind the declaration", good.substr(0, 38) + doctype + good.substr(38)},
        {"undefined entity", renew("&e;")},
        {"character reference of a control character", renew("&#1;")},
        {"character reference that the parser mangles", renew("&#x1F600;")},
        {"character reference without digits", renew("&#;")},
        {"surrogate by reference", renew("&#xD800;")},
        {"NUL", nul},
        {"escape character", renew("\x1b[2J")},
        {"bad UTF-8", renew("\xff\xfe")},
        {"overlong UTF-8", renew("\xc0\xaf")},
        {"UTF-8 surrogate", renew("\xed\xa0\x80")},
        {"UTF-16", std::string("\xff\xfe<\0S\0", 6)},
        {"another encoding", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + good.substr(38)},
        {"processing instruction", envelope("<?php x?>")},
        {"instruction like a declaration", "<?xml-stylesheet href='x'?>" + envelope("")},
        {"text before the envelope", "--part\r\n\r\n" + envelope("")},
        {"text behind the envelope", envelope("") + "\r\n--part--"},
        {"reference before the envelope", "&#32;" + envelope("")},
        {"CDATA before the envelope", "<![CDATA[ ]]>" + envelope("")},
        {"element before the envelope", "<x/>" + envelope("")},
        {"two envelopes", envelope("") + envelope("")},
        {"endless comment", envelope("<!-- ")},
        {"endless CDATA", envelope("<![CDATA[ ")},
        {"65 attributes",
         envelope("<a:RenewLease" + attributes(65) + "><a:seconds>1</a:seconds></a:RenewLease>")},
        {"40,000 attributes", envelope("<a:RenewLease" + attributes(40'000) + "/>")},
        {"40,000 namespaces", envelope("<a:RenewLease" + repeated(" xmlns:q=\"urn:q\"", 40'000) + "/>")},
        {"a tag of 1 MB", envelope('<' + std::string(1 << 20, 'a') + "/>")},
        {"33 levels", envelope(repeated("<q>", 33) + repeated("</q>", 33))},
        {"900,000 levels", envelope(repeated("<q>", 900'000))},
        {"20,000 tags", envelope(repeated("<q/>", 20'000))},
        {"end tags only", repeated("</q>", 1'000)},
        {"a < in an attribute", envelope("<a:RenewLease q=\"<\"/>")},
        {"a < in a tag", envelope("<a:RenewLease <")},
        {"an unknown header that must be understood",
         "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\" "
         "xmlns:a=\"urn:soapstone:agent:1\">"
         "<S:Header><q:x xmlns:q=\"urn:q\" S:mustUnderstand=\"1\"/></S:Header><S:Body><a:RenewLease>"
         "<a:seconds>1</a:seconds></a:RenewLease></S:Body></S:Envelope>"},
        {"a fault as request",
         envelope("<S:Fault><faultcode>S:Client</faultcode><faultstring>x</faultstring></S:Fault>")},
        {"a wrong type",
         envelope("<a:RenewLease><a:seconds x:type=\"a:other\">1</a:seconds></a:RenewLease>")},
        {"an array instead of a number", renew("<a:q>1</a:q>")},
        {"a megabyte of text", renew(std::string(1 << 20, '1'))},
        {"SOAP within SOAP", envelope(good.substr(38))},
    };
    BOOST_TEST(cases.size() >= 44U);
    static_cast<void>(serve(good)); // the context of this thread exists now
    for (const auto& [name, body] : cases) {
        const double cpu = cpu_milliseconds();
        const std::size_t memory = resident_kilobytes();
        const Reply reply = serve(body);
        BOOST_TEST_CONTEXT(name)
        {
            BOOST_TEST((reply.status == 400 || reply.status == 500));
            BOOST_TEST(cpu_milliseconds() - cpu <= 50.0 * slower);
            BOOST_TEST(resident_kilobytes() <= memory + 16 * 1024 * slower);
            BOOST_TEST(serve(good).status == 200);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_harmless_passes_the_filter)
{
    for (const std::string& body :
         {renew("1"), "\xEF\xBB\xBF" + renew("1"),
          envelope("<!-- a --><a:RenewLease><a:seconds><![CDATA[1]]></a:seconds></a:RenewLease>"),
          envelope("<q a='&lt;&amp;&#10;&#xE9;'>\xC3\xA9 \xF0\x9F\x98\x80</q>"),
          envelope(repeated("<q>", 30) + repeated("</q>", 30))})
        BOOST_TEST(common::soap::refusal(body).value_or("") == "");
}

BOOST_AUTO_TEST_CASE(what_the_engine_allocated_is_overwritten)
{
    common::soap::Context context(true);
    std::vector<char*> pieces;
    for (const std::size_t size : {1, 7, 32, 1'000, 100'000}) {
        pieces.push_back(static_cast<char*>(soap_malloc(context.get(), size)));
        std::fill_n(pieces.back(), size, 's');
    }
    common::soap::wipe_allocated(context.get());
    for (const char* piece : pieces)
        BOOST_TEST(*piece == '\0');
    BOOST_TEST(std::count(pieces.back(), pieces.back() + 100'000, '\0') == 100'000);
    context.forget(); // the engine still finds its marks
    BOOST_TEST((context.get()->error == SOAP_OK && context.get()->alist == nullptr));
}

BOOST_AUTO_TEST_CASE(a_context_that_has_been_told_to_forget_holds_nothing_of_the_message)
{
    const std::string secret = "open sesame";
    const std::string request =
        envelope("<a:CancelJob><a:jobId>" + secret + "</a:jobId><a:kill>true</a:kill></a:CancelJob>");
    common::soap::Context memory(true);
    memory.read_from(request);
    ::soap* context = memory.get();
    BOOST_REQUIRE(soap_begin_recv(context) == SOAP_OK && soap_envelope_begin_in(context) == SOAP_OK &&
                  soap_recv_header(context) == SOAP_OK && soap_body_begin_in(context) == SOAP_OK);
    BOOST_REQUIRE(Service(context).dispatch(context) == SOAP_FAULT);
    const auto holds_it = [&] {
        const std::string_view bytes(reinterpret_cast<const char*>(context), sizeof *context);
        return bytes.find(secret) != std::string_view::npos;
    };

    BOOST_TEST(holds_it());
    memory.forget();
    BOOST_TEST(!holds_it());
    BOOST_TEST(context->labbuf == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
