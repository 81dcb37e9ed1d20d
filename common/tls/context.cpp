#include "common/tls/context.hpp"

#include "common/error.hpp"
#include "common/tls/check.hpp"

#include <mutex>

namespace common::tls {

namespace {

/// Our own verification in place of OpenSSL's: the chain, the names and the dates say nothing, the key says
/// all.
int verify_by_pin(X509_STORE_CTX* store, void* argument)
{
    const PinCheck& peers = *static_cast<const PinCheck*>(argument);
    X509* leaf = X509_STORE_CTX_get0_cert(store);
    bool accepted = false;
    try {
        accepted = leaf != nullptr && peers(fingerprint_of(leaf));
    } catch (...) { // nothing may be thrown through OpenSSL's frames; what cannot be checked is refused
        accepted = false;
    }
    X509_STORE_CTX_set_error(store, accepted ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return accepted ? 1 : 0;
}

void load(SSL_CTX* context, const Identity& identity)
{
    checked(SSL_CTX_use_certificate(context, identity.certificate()), "loading our certificate");
    checked(SSL_CTX_use_PrivateKey(context, identity.key()), "loading our key");
    checked(SSL_CTX_check_private_key(context), "matching our key and certificate");
}

/// The settings that server and client have in common.
void harden(SSL_CTX* context)
{
    checked(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION), "demanding TLS 1.3");
    checked(SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION), "demanding TLS 1.3");
    checked(SSL_CTX_set1_groups_list(context, "X25519:P-256"), "choosing the key exchange");
    // A resumed session would skip the pin check: no session is ever kept or offered.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    checked(SSL_CTX_set_num_tickets(context, 0), "switching off tickets");
    checked(SSL_CTX_set_max_early_data(context, 0), "switching off early data");
    // Whether a message is complete is told by its framing, not by how the connection ended.
    // What came is overwritten once it was read: it may hold secrets.
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                     SSL_OP_CLEANSE_PLAINTEXT);
    // Partial writes and moving buffers suit coroutines; released buffers make an idle connection cheap.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1); // header and body of a record with one system call
    constexpr long largest_chain = 16
                                   << 10; // bytes; ours have 400, OpenSSL would take 100 KiB from a stranger
    SSL_CTX_set_max_cert_list(context, largest_chain);
}

} // namespace

PinCheck only(std::string fingerprint)
{
    return [fingerprint = std::move(fingerprint)](const std::string& shown) { return shown == fingerprint; };
}

Context::Context(const SSL_METHOD* method, const Identity* identity, PinCheck peers)
    : peers_(std::move(peers))
{
    initialise_openssl();
    context_.reset(checked(SSL_CTX_new(method), "making a TLS context"));
    harden(context_.get());
    if (identity != nullptr)
        load(context_.get(), *identity);
    if (!peers_) {
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
        return;
    }
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context_.get(), verify_by_pin, &peers_);
}

std::shared_ptr<const Context> Context::server(const Identity& identity, PinCheck peers)
{
    if (!peers)
        throw Error(Trouble::defect, "a server that demands client certificates needs a rule for them");
    return std::make_shared<Context>(TLS_server_method(), &identity, std::move(peers));
}

std::shared_ptr<const Context> Context::server_without_client_certificates(const Identity& identity)
{
    return std::make_shared<Context>(TLS_server_method(), &identity, PinCheck{});
}

/// BMCs are years behind; these are the suites of TLS 1.2 that nobody has broken yet.
void Context::welcome_strangers(const Identity& rsa)
{
    checked(SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION), "allowing TLS 1.2");
    checked(SSL_CTX_set_cipher_list(context_.get(), "ECDHE+AESGCM:ECDHE+CHACHA20"),
            "choosing TLS 1.2 suites");
    checked(SSL_CTX_set1_groups_list(context_.get(), "X25519:P-256:P-384"), "choosing the key exchange");
    SSL_CTX_set_options(context_.get(), SSL_OP_NO_RENEGOTIATION);
    load(context_.get(), rsa);
}

std::shared_ptr<const Context> Context::server_for_strangers(const Identity& ecdsa, const Identity& rsa)
{
    const auto context = std::make_shared<Context>(TLS_server_method(), &ecdsa, PinCheck{});
    context->welcome_strangers(rsa);
    return context;
}

std::shared_ptr<const Context> Context::client(const Identity& identity, PinCheck peers)
{
    if (!peers)
        throw Error(Trouble::defect, "a client needs to know its server's key");
    return std::make_shared<Context>(TLS_client_method(), &identity, std::move(peers));
}

std::shared_ptr<const Context> Context::client_without_certificate(PinCheck peers)
{
    if (!peers)
        throw Error(Trouble::defect, "a client needs to know its server's key");
    return std::make_shared<Context>(TLS_client_method(), nullptr, std::move(peers));
}

std::string Context::verified_peer(SSL* connection) const
{
    if (!peers_)
        return {};
    X509* shown = SSL_get0_peer_certificate(connection);
    if (shown == nullptr)
        throw Error(Trouble::denied, "the other side showed no certificate");
    std::string pin = fingerprint_of(shown);
    // The callback has seen it already; this holds even where it was not called, as on a resumed session.
    if (!peers_(pin))
        throw Error(Trouble::denied, "the other side's key is not the expected one (it shows " + pin + ")");
    return pin;
}

void initialise_openssl()
{
    static std::once_flag once;
    std::call_once(
        once, [] { checked(OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr), "starting OpenSSL"); });
}

} // namespace common::tls
