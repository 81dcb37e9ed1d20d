#include "common/error.hpp"
#include "common/net/socket_calls.hpp"
#include "common/tls/context.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/err.h>

#include <thread>

using namespace common::tls;
using common::Owned;
using common::net::Tcp;

namespace {

using Ssl = Owned<SSL, SSL_free>;
using RawContext = Owned<SSL_CTX, SSL_CTX_free>;

/// How a handshake between two contexts ended, and whether a byte then went from server to client and back:
/// with TLS 1.3 a client learns only from its first read that its certificate was refused.
struct Outcome {
    bool server_done = false;
    bool client_done = false;
    bool talked = false;
    std::string version;
    bool resumed = false;
    std::size_t sessions_offered = 0;
};

Outcome shake(SSL_CTX* server, SSL_CTX* client)
{
    boost::asio::io_context io;
    Tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
    Outcome outcome;
    std::thread serving([&outcome, &acceptor, server] {
        Tcp::socket socket = acceptor.accept();
        const Ssl ssl(SSL_new(server));
        SSL_set_fd(ssl.get(), static_cast<int>(socket.native_handle()));
        outcome.server_done = SSL_accept(ssl.get()) == 1;
        char byte = 'x';
        if (outcome.server_done && SSL_write(ssl.get(), &byte, 1) == 1 && SSL_read(ssl.get(), &byte, 1) == 1)
            outcome.talked = true;
        ERR_clear_error();
    });
    {
        Tcp::socket socket(io);
        socket.connect(acceptor.local_endpoint());
        const Ssl ssl(SSL_new(client));
        SSL_set_fd(ssl.get(), static_cast<int>(socket.native_handle()));
        outcome.client_done = SSL_connect(ssl.get()) == 1;
        char byte = 0;
        if (outcome.client_done && SSL_read(ssl.get(), &byte, 1) == 1)
            SSL_write(ssl.get(), &byte, 1);
        outcome.version = SSL_get_version(ssl.get());
        outcome.resumed = SSL_session_reused(ssl.get()) == 1;
        outcome.sessions_offered = SSL_SESSION_is_resumable(SSL_get0_session(ssl.get())) == 1 ? 1 : 0;
        ERR_clear_error();
    }
    serving.join();
    return outcome;
}

Outcome shake(const std::shared_ptr<const Context>& server, const std::shared_ptr<const Context>& client)
{
    return shake(server->get(), client->get());
}

/// A context as some other program would make it, with `identity`'s key in a certificate of these dates.
RawContext foreign(const SSL_METHOD* method, const Identity& identity, const char* from, const char* until)
{
    const Certificate dated(X509_dup(identity.certificate()));
    ASN1_TIME_set_string_X509(X509_getm_notBefore(dated.get()), from);
    ASN1_TIME_set_string_X509(X509_getm_notAfter(dated.get()), until);
    X509_sign(dated.get(), identity.key(), EVP_sha256());
    RawContext context(SSL_CTX_new(method));
    SSL_CTX_use_certificate(context.get(), dated.get());
    SSL_CTX_use_PrivateKey(context.get(), identity.key());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    return context;
}

RawContext foreign(const SSL_METHOD* method, const Identity& identity)
{
    return foreign(method, identity, "20200101000000Z", "20400101000000Z");
}

const Identity& manager()
{
    static const Identity identity = Identity::make("manager");
    return identity;
}

const Identity& agent()
{
    static const Identity identity = Identity::make("agent");
    return identity;
}

const Identity& stranger()
{
    static const Identity identity = Identity::make("agent"); // the name is no help
    return identity;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls_context)

BOOST_AUTO_TEST_CASE(two_sides_that_know_each_others_key_talk_over_tls_1_3)
{
    const Outcome outcome = shake(Context::server(agent(), only(manager().fingerprint())),
                                  Context::client(manager(), only(agent().fingerprint())));

    BOOST_TEST(outcome.talked);
    BOOST_TEST(outcome.version == "TLSv1.3");
}

BOOST_AUTO_TEST_CASE(a_client_with_another_key_is_refused)
{
    const Outcome outcome = shake(Context::server(agent(), only(manager().fingerprint())),
                                  Context::client(stranger(), only(agent().fingerprint())));

    BOOST_TEST(!outcome.server_done);
    BOOST_TEST(!outcome.talked);
}

BOOST_AUTO_TEST_CASE(a_client_without_a_certificate_is_refused)
{
    const Outcome outcome = shake(Context::server(agent(), only(manager().fingerprint())),
                                  Context::client_without_certificate(only(agent().fingerprint())));

    BOOST_TEST(!outcome.server_done);
    BOOST_TEST(!outcome.talked);
}

BOOST_AUTO_TEST_CASE(a_server_with_another_key_is_refused)
{
    const Outcome outcome = shake(Context::server(stranger(), only(manager().fingerprint())),
                                  Context::client(manager(), only(agent().fingerprint())));

    BOOST_TEST(!outcome.client_done);
    BOOST_TEST(!outcome.talked);
}

BOOST_AUTO_TEST_CASE(the_certificate_alone_without_its_key_is_worth_nothing)
{
    RawContext thief(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_use_certificate(thief.get(), manager().certificate());
    BOOST_TEST(SSL_CTX_use_PrivateKey(thief.get(), stranger().key()) != 1);
    ERR_clear_error();

    const auto server = Context::server(agent(), only(manager().fingerprint()));
    BOOST_TEST(!shake(server->get(), thief.get()).talked);
}

BOOST_AUTO_TEST_CASE(a_server_may_do_without_client_certificates)
{
    const Outcome outcome = shake(Context::server_without_client_certificates(agent()),
                                  Context::client_without_certificate(only(agent().fingerprint())));

    BOOST_TEST(outcome.talked);
}

BOOST_AUTO_TEST_CASE(nothing_older_than_tls_1_3_is_spoken)
{
    RawContext old_client = foreign(TLS_client_method(), manager());
    SSL_CTX_set_max_proto_version(old_client.get(), TLS1_2_VERSION);
    RawContext old_server = foreign(TLS_server_method(), agent());
    SSL_CTX_set_max_proto_version(old_server.get(), TLS1_2_VERSION);
    const auto server = Context::server(agent(), only(manager().fingerprint()));
    const auto client = Context::client(manager(), only(agent().fingerprint()));

    BOOST_TEST(!shake(server->get(), old_client.get()).server_done);
    BOOST_TEST(!shake(old_server.get(), client->get()).client_done);
}

BOOST_AUTO_TEST_CASE(dates_of_certificates_mean_nothing)
{
    const auto server = Context::server(agent(), only(manager().fingerprint()));
    const auto client = Context::client(manager(), only(agent().fingerprint()));
    for (const auto& [from, until] :
         {std::pair("19900101000000Z", "19910101000000Z"), std::pair("20900101000000Z", "20910101000000Z")}) {
        const RawContext odd_client = foreign(TLS_client_method(), manager(), from, until);
        const RawContext odd_server = foreign(TLS_server_method(), agent(), from, until);
        BOOST_TEST(shake(server->get(), odd_client.get()).talked);
        BOOST_TEST(shake(odd_server.get(), client->get()).talked);
    }
}

BOOST_AUTO_TEST_CASE(no_session_can_be_resumed_so_that_a_withdrawn_pin_counts_at_once)
{
    const auto server = Context::server_without_client_certificates(agent());
    const RawContext client = foreign(TLS_client_method(), manager());

    const Outcome outcome = shake(server->get(), client.get());

    BOOST_TEST(outcome.talked);
    BOOST_TEST(outcome.sessions_offered == 0u);
}

BOOST_AUTO_TEST_CASE(a_pin_check_that_throws_refuses)
{
    const PinCheck broken = [](const std::string&) -> bool { throw std::runtime_error("no memory"); };

    const Outcome outcome =
        shake(Context::server(agent(), broken), Context::client(manager(), only(agent().fingerprint())));

    BOOST_TEST(!outcome.talked);
}

BOOST_AUTO_TEST_CASE(the_pin_is_checked_again_after_the_handshake)
{
    int asked = 0;
    const auto once = [&asked](const std::string& shown) {
        return ++asked == 1 && shown == agent().fingerprint();
    };
    const auto client = Context::client(manager(), once);
    const RawContext server = foreign(TLS_server_method(), agent());
    boost::asio::io_context io;
    Tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
    std::thread serving([&server, &acceptor] {
        Tcp::socket socket = acceptor.accept();
        const Ssl ssl(SSL_new(server.get()));
        SSL_set_fd(ssl.get(), static_cast<int>(socket.native_handle()));
        SSL_accept(ssl.get());
    });
    Tcp::socket socket(io);
    socket.connect(acceptor.local_endpoint());
    const Ssl ssl(SSL_new(client->get()));
    SSL_set_fd(ssl.get(), static_cast<int>(socket.native_handle()));
    BOOST_TEST(SSL_connect(ssl.get()) == 1);
    serving.join();

    BOOST_CHECK_EXCEPTION(client->verified_peer(ssl.get()), common::Error, [](const common::Error& error) {
        return error.trouble() == common::Trouble::denied;
    });
}

BOOST_AUTO_TEST_CASE(a_context_that_would_accept_anybody_cannot_be_made_by_mistake)
{
    BOOST_CHECK_THROW(Context::server(agent(), {}), common::Error);
    BOOST_CHECK_THROW(Context::client(manager(), {}), common::Error);
    BOOST_CHECK_THROW(Context::client_without_certificate({}), common::Error);
}

BOOST_AUTO_TEST_SUITE_END()
