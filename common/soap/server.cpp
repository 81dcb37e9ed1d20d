#include "common/soap/server.hpp"

#include "common/soap/context.hpp"
#include "common/soap/filter.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <vector>

namespace common::soap {

namespace {

constexpr std::string_view xml_type = "text/xml; charset=utf-8";

/// SOAP 1.1 over HTTP answers faults with 500.
constexpr int fault_status = 500;

std::string lower(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

/// Why the request is not one SOAP 1.1 message in UTF-8, by its header; nothing when it may be.
std::optional<net::Reply> wrong_type(const net::Request& request)
{
    const std::string type = lower(request.headers.find("Content-Type").value_or(""));
    const std::string_view media = trim(std::string_view(type).substr(0, type.find(';')));
    if (media != "text/xml")
        return net::Reply(415, "A SOAP 1.1 request has the Content-Type text/xml.\n");
    const std::size_t charset = type.find("charset=");
    if (charset != std::string::npos && type.find("utf-8", charset) == std::string::npos)
        return net::Reply(415, "Requests must be in UTF-8.\n");
    return std::nullopt;
}

std::string_view unquoted(std::string_view text)
{
    text = trim(text);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    return text;
}

/// True when SOAPAction is absent, empty or says what the body says. What runs is decided by the body alone,
/// so a mismatch is somebody who tries to slip past a filter.
bool action_fits(const net::Request& request, std::string_view namespace_uri, ::soap* context)
{
    const std::string header = request.headers.find("SOAPAction").value_or("");
    const std::string_view action = unquoted(header);
    if (action.empty())
        return true;
    soap_peek_element(context);
    const std::string_view tag = context->tag;
    const std::string_view operation =
        tag.substr(tag.find(':') == std::string_view::npos ? 0 : tag.find(':') + 1);
    return action == std::string(namespace_uri) + '/' + std::string(operation);
}

bool callers_mistake(Trouble trouble)
{
    constexpr std::array mistakes{Trouble::invalid, Trouble::denied, Trouble::not_found, Trouble::conflict};
    return std::find(mistakes.begin(), mistakes.end(), trouble) != mistakes.end();
}

/// Writes the fault that stands in the context. The library's own soap_send_fault() would also end the
/// connection, which here is not the codec's business.
void write_fault(::soap* context)
{
    soap_set_fault(context); // fills in what the engine itself found wrong
    context->encodingStyle = nullptr;
    soap_serializefault(context);
    static_cast<void>(soap_begin_count(context) || soap_end_count(context) || soap_begin_send(context) ||
                      soap_envelope_begin_out(context) || soap_body_begin_out(context) ||
                      soap_putfault(context) || soap_body_end_out(context) ||
                      soap_envelope_end_out(context) || soap_end_send(context));
}

/// The engine's own complaints (bad XML, unknown operation, wrong types) as our typed fault.
void name_engine_error(::soap* context)
{
    if (context->error == SOAP_NO_METHOD) {
        fault(context, Error(Trouble::invalid, "there is no operation " + one_line(context->tag, 80)));
        return;
    }
    soap_set_fault(context);
    const char** text = soap_faultstring(context);
    fault(context,
          Error(Trouble::invalid, text && *text ? one_line(*text, 200) : "the request is not valid"));
}

net::Reply soap_reply(int status, std::string body)
{
    return {status, std::move(body), std::string(xml_type)};
}

} // namespace

wire::ErrorCode code_of(Trouble trouble)
{
    switch (trouble) {
    case Trouble::unreachable:
        return wire::ErrorCode::unreachable;
    case Trouble::denied:
        return wire::ErrorCode::denied;
    case Trouble::rejected:
        return wire::ErrorCode::rejected;
    case Trouble::invalid:
        return wire::ErrorCode::invalid;
    case Trouble::busy:
        return wire::ErrorCode::busy;
    case Trouble::not_found:
        return wire::ErrorCode::not_USCOREfound;
    case Trouble::conflict:
        return wire::ErrorCode::conflict;
    case Trouble::defect:
        break;
    }
    return wire::ErrorCode::defect;
}

wire::ErrorInfo error_info(const Error& error, const std::string& target, const std::string& phase)
{
    wire::ErrorInfo info;
    info.code = code_of(error.trouble());
    info.message = xml_safe(one_line(error.text(), 2'000));
    if (!error.hint().empty())
        info.hint = xml_safe(error.hint());
    if (!target.empty())
        info.target = xml_safe(one_line(target, 300));
    if (!phase.empty())
        info.phase = phase;
    info.retryable = error.trouble() == Trouble::unreachable || error.trouble() == Trouble::busy;
    return info;
}

int fault(::soap* context, const Error& error, const std::string& target)
{
    wire::ErrorInfo info = error_info(error, target);
    const char* copy = soap_strdup(context, info.message.c_str());
    const int result = callers_mistake(error.trouble()) ? soap_sender_fault(context, copy, nullptr)
                                                        : soap_receiver_fault(context, copy, nullptr);
    auto* detail = soap_new_SOAP_ENV__Detail(context);
    detail->t__ErrorDetail = std::move(info);
    if (context->version == 2)
        context->fault->SOAP_ENV__Detail = detail;
    else
        context->fault->detail = detail;
    return result;
}

/// Contexts that are not in use: 164 KB each, as many as there were requests at a time. Not thread_local:
/// g++'s threads for Windows free such a variable before they destroy it (GCC's bug 83562).
class Endpoint::Contexts {
public:
    /// One of them, which goes back when it is let go.
    class Loan {
    public:
        explicit Loan(Contexts& from) : from_(from), context_(from.take()) {}
        ~Loan() { from_.put(std::move(context_)); }
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;

        Context& get() { return *context_; }

    private:
        Contexts& from_;
        std::unique_ptr<Context> context_;
    };

private:
    std::unique_ptr<Context> take()
    {
        const std::lock_guard lock(mutex_);
        if (free_.empty()) {
            free_.reserve(++made_); // so that none of them lacks room when it comes back
            return std::make_unique<Context>(true);
        }
        std::unique_ptr<Context> context = std::move(free_.back());
        free_.pop_back();
        return context;
    }
    void put(std::unique_ptr<Context> context)
    {
        context->forget();
        const std::lock_guard lock(mutex_);
        free_.push_back(std::move(context));
    }

    std::mutex mutex_;
    std::size_t made_ = 0;
    std::vector<std::unique_ptr<Context>> free_;
};

Endpoint::Endpoint(std::string_view namespace_uri)
    : namespace_uri_(namespace_uri), contexts_(std::make_shared<Contexts>())
{
}

net::Reply Endpoint::serve(const net::Request& request, const std::string& body,
                           const std::function<int(::soap*)>& dispatch) const
{
    if (const auto refused = wrong_type(request))
        return *refused;
    if (const auto why = refusal(body))
        return net::Reply(400, "Refused: " + *why + ".\n");

    Contexts::Loan loan(*contexts_);
    Context& memory = loan.get();
    memory.read_from(body);
    ::soap* context = memory.get();
    const bool begun = soap_begin_recv(context) == SOAP_OK && soap_envelope_begin_in(context) == SOAP_OK &&
                       soap_recv_header(context) == SOAP_OK && soap_body_begin_in(context) == SOAP_OK;
    if (begun && !action_fits(request, namespace_uri_, context))
        fault(context, Error(Trouble::invalid, "SOAPAction names another operation than the body"));
    const bool served = begun && context->error == SOAP_OK && dispatch(context) == SOAP_OK;
    if (served)
        return soap_reply(200, std::move(memory.output()));
    memory.output().clear();
    if (!context->fault || !context->fault->detail || !context->fault->detail->t__ErrorDetail)
        name_engine_error(context);
    write_fault(context);
    return soap_reply(fault_status, std::move(memory.output()));
}

} // namespace common::soap
