#pragma once

#include "common/owned.hpp"
#include "common/tls/identity.hpp"

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>

namespace common::tls {

/// Says whether the peer with this public key may talk to us. Called during the handshake, on any I/O thread,
/// so it must not block. A refusal ends the handshake before a byte of HTTP is read.
using PinCheck = std::function<bool(const std::string& fingerprint)>;

/// Accepts exactly one key.
PinCheck only(std::string fingerprint);

/// One side's TLS settings: TLS 1.3 only (but for strangers), our certificate, no resumption, no tickets, no
/// early data, no CA store, certificate dates ignored, nothing taken from environment or openssl.cnf. The
/// peer is who its key says. Immutable after it was made; shared by all connections of a listener or client.
class Context {
public:
    /// A server that demands a client certificate whose key `peers` accepts.
    static std::shared_ptr<const Context> server(const Identity& identity, PinCheck peers);

    /// A server whose clients show no certificate and prove themselves inside HTTP (by token).
    static std::shared_ptr<const Context> server_without_client_certificates(const Identity& identity);

    /// A server for clients that are not ours, BMCs and browsers: from TLS 1.2 on, with an ECDSA and an RSA
    /// identity, of which each handshake takes the one that the client knows. No certificate is asked for.
    static std::shared_ptr<const Context> server_for_strangers(const Identity& ecdsa, const Identity& rsa);

    /// A client that shows `identity` and talks only to a server whose key `peers` accepts.
    static std::shared_ptr<const Context> client(const Identity& identity, PinCheck peers);

    /// A client without a certificate of its own.
    static std::shared_ptr<const Context> client_without_certificate(PinCheck peers);

    SSL_CTX* get() const { return context_.get(); }

    /// The peer's pin once the handshake is over, checked again here; empty when the peer showed no
    /// certificate and none was demanded. Throws `denied` when the pin is not accepted.
    std::string verified_peer(SSL* connection) const;

    Context(const SSL_METHOD* method, const Identity* identity, PinCheck peers);

private:
    void welcome_strangers(const Identity& rsa);

    Owned<SSL_CTX, SSL_CTX_free> context_;
    PinCheck peers_; ///< empty: no certificate is asked for
};

/// To be called first in every main(): keeps OpenSSL from reading configuration files and environment.
void initialise_openssl();

} // namespace common::tls
