#pragma once

#include "common/soap/wire.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace common::soap {

/// Overwrites what the engine has allocated for messages with soap_malloc(), which is not given back thereby.
void wipe_allocated(::soap* context) noexcept;

/// A gSOAP context that reads and writes memory. All hooks of the engine that would touch a socket are ours,
/// and soap->user is always this object: several hooks share it.
class Context {
public:
    /// `strict`: for servers, which accept exactly what the contract says. Clients are lenient, so that a
    /// newer peer may add elements.
    explicit Context(bool strict);
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    ::soap* get() { return context_.get(); }

    /// Gets ready to read `input`. The context is new, or forget() was the last that it was told.
    void read_from(std::string_view input);

    /// Called instead, when the engine first asks for input: a client exchanges messages then. What it throws
    /// is kept, because nothing may be thrown through gSOAP's C frames; see rethrow().
    void read_when_asked(std::function<std::string(const std::string& output)> exchange);

    /// Forgets the last message, and overwrites what the engine read and wrote of it: there may be secrets in
    /// it.
    void forget();

    /// Throws what the exchange threw, if it did.
    void rethrow();

    /// What was written so far.
    std::string& output() { return output_; }

private:
    static std::size_t receive(::soap* context, char* buffer, std::size_t size);
    static int send(::soap* context, const char* data, std::size_t size);
    void reset();

    struct Free {
        void operator()(::soap* context) const noexcept;
    };

    std::unique_ptr<::soap, Free> context_;
    std::string_view input_;
    std::string output_;
    std::string answer_; ///< owns what input_ shows, with an exchange
    std::function<std::string(const std::string&)> exchange_;
    std::exception_ptr trouble_;
};

} // namespace common::soap
