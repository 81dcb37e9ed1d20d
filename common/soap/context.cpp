#include "common/soap/context.hpp"

#include "common/secret.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace common::soap {

namespace {

// The engine's own limits; requests are much smaller, answers with whole inventories are the large ones.
constexpr int most_levels = 32;
constexpr int most_elements = 100'000; // packages of one host
constexpr long most_string = 4 << 20;

SOAP_SOCKET no_socket(::soap*, const char*, const char*, int)
{
    return 0; // any valid number: nothing ever uses it
}

int nothing(::soap*)
{
    return SOAP_OK;
}

int no_close(::soap*, SOAP_SOCKET)
{
    return SOAP_OK;
}

int no_shutdown(::soap*, SOAP_SOCKET, int)
{
    return SOAP_OK;
}

} // namespace

/// Behind each piece stand the piece before it and its own size, at its end a mark (soap_malloc() in gSOAP
/// 2.8's stdsoap2.cpp). Should that be otherwise one day, the mark is missing, and nothing is touched.
void wipe_allocated(::soap* context) noexcept
{
    constexpr std::uint16_t mark = 0xC0DE;
    for (char* end = static_cast<char*>(context->alist); end != nullptr;) {
        char* before = nullptr;
        std::size_t size = 0;
        std::uint16_t found = 0;
        std::memcpy(&before, end, sizeof before);
        std::memcpy(&size, end + sizeof before, sizeof size);
        std::memcpy(&found, end - sizeof found, sizeof found);
        if (found != mark || size < sizeof mark)
            return;
        wipe(end - size, size - sizeof mark);
        end = before;
    }
}

void Context::Free::operator()(::soap* context) const noexcept
{
    soap_destroy(context);
    soap_end(context);
    soap_free(context);
}

Context::Context(bool strict)
{
    const soap_mode flags = SOAP_ENC_PLAIN | SOAP_XML_TREE | SOAP_C_UTFSTRING;
    context_.reset(soap_new2(flags | (strict ? SOAP_XML_STRICT : 0), flags));
    if (!context_)
        throw std::bad_alloc();
    ::soap* context = context_.get();
    context->user = this;
    context->frecv = receive;
    context->fsend = send;
    context->fopen = no_socket;
    context->fclose = nothing;
    context->fpoll = nothing;
    context->fclosesocket = no_close;
    context->fshutdownsocket = no_shutdown;
    context->recv_maxlength = 16 << 20; // the HTTPS core has its own, smaller limits
    context->maxlevel = most_levels;
    context->maxoccurs = most_elements;
    context->maxlength = most_string;
}

void Context::reset()
{
    ::soap* context = context_.get();
    soap_destroy(context);
    soap_end(context);
    context->bufidx = 0;
    context->buflen = 0;
    context->keep_alive = -1;
    context->error = SOAP_OK;
    context->version = 1;
    output_.clear();
    answer_.clear();
    input_ = {};
    exchange_ = nullptr;
    trouble_ = nullptr;
}

void Context::forget()
{
    ::soap* context = context_.get();
    for (std::string* text : {&output_, &answer_})
        wipe(*text);
    wipe(context->buf, sizeof context->buf);
    wipe(context->tmpbuf, sizeof context->tmpbuf);
    wipe(context->msgbuf, sizeof context->msgbuf);
    if (context->labbuf)
        wipe(context->labbuf, context->lablen);
    wipe_allocated(context);
    reset();
}

void Context::read_from(std::string_view input)
{
    input_ = input;
}

void Context::read_when_asked(std::function<std::string(const std::string&)> exchange)
{
    reset();
    exchange_ = std::move(exchange);
}

void Context::rethrow()
{
    if (trouble_)
        std::rethrow_exception(std::exchange(trouble_, nullptr));
}

std::size_t Context::receive(::soap* context, char* buffer, std::size_t size)
{
    auto& self = *static_cast<Context*>(context->user);
    if (self.exchange_) {
        try {
            const auto exchange = std::exchange(self.exchange_, nullptr);
            self.answer_ = exchange(self.output_);
            self.input_ = self.answer_;
        } catch (...) {
            self.trouble_ = std::current_exception();
            return 0;
        }
    }
    size = std::min(size, self.input_.size());
    std::memcpy(buffer, self.input_.data(), size);
    self.input_.remove_prefix(size);
    return size;
}

int Context::send(::soap* context, const char* data, std::size_t size)
{
    static_cast<Context*>(context->user)->output_.append(data, size);
    return SOAP_OK;
}

} // namespace common::soap
