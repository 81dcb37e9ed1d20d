#include "manager/transport/ssh/child/session.hpp"

#include "common/text.hpp"
#include "manager/transport/ssh/child/manager_questions.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <sys/socket.h>

namespace manager::transport::ssh::child {

using common::Deadline;
using common::Error;
using common::Trouble;

namespace {

constexpr long leave_limit = 1'500; // ms; the manager kills us after two seconds

// In order of preference; those that the libssh2 at hand does not know are left out.
constexpr const char* key_exchange = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
                                     "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group16-sha512,"
                                     "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,"
                                     "diffie-hellman-group-exchange-sha256";
constexpr const char* ciphers =
    "aes256-ctr,aes192-ctr,aes128-ctr,aes256-gcm@openssh.com,aes128-gcm@openssh.com,"
    "chacha20-poly1305@openssh.com";
constexpr const char* macs =
    "hmac-sha2-256,hmac-sha2-512,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com";

// libssh2 frees packets and answers that held passwords without a thought; these functions wipe them first.

void* take_memory(std::size_t size, void**)
{
    return std::malloc(size);
}

void give_memory(void* memory, void**)
{
    if (memory != nullptr)
        explicit_bzero(memory, malloc_usable_size(memory));
    std::free(memory);
}

void* move_memory(void* memory, std::size_t size, void** context)
{
    void* larger = take_memory(size, context);
    if (larger != nullptr && memory != nullptr) {
        std::memcpy(larger, memory, std::min(size, malloc_usable_size(memory)));
        give_memory(memory, context);
    }
    return larger;
}

/// The host key types as method names, `known` first.
std::string host_key_methods(const std::vector<std::string>& known)
{
    std::vector<std::string> types = known;
    for (const char* type :
         {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"})
        if (std::find(types.begin(), types.end(), type) == types.end())
            types.emplace_back(type);
    // An RSA key is asked for by the name of a signature; the one called like the key is SHA-1 and no longer
    // safe.
    std::replace(types.begin(), types.end(), std::string("ssh-rsa"),
                 std::string("rsa-sha2-512,rsa-sha2-256"));
    return common::join(types, ",");
}

std::vector<std::string> supported(LIBSSH2_SESSION* session, int method)
{
    const char** list = nullptr;
    const int count = libssh2_session_supported_algs(session, method, &list);
    std::vector<std::string> names(list, list + std::max(count, 0));
    if (count > 0)
        libssh2_free(session, list);
    return names;
}

std::string supported_text(LIBSSH2_SESSION* session, int method)
{
    return common::join(supported(session, method), ",");
}

} // namespace

Session::Session(common::os::Descriptor socket, int manager, const std::vector<std::string>& key_types,
                 Deadline deadline)
    : socket_(std::move(socket)), manager_(manager)
{
    session_.reset(libssh2_session_init_ex(take_memory, give_memory, move_memory, nullptr));
    if (!session_)
        throw Error(Trouble::defect, "libssh2 cannot make a session");
    libssh2_session_set_blocking(session_.get(), 0);
    prefer(LIBSSH2_METHOD_KEX, key_exchange);
    prefer(LIBSSH2_METHOD_HOSTKEY, host_key_methods(key_types));
    for (const int direction : {LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC})
        prefer(direction, ciphers);
    for (const int direction : {LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC})
        prefer(direction, macs);
    const int error =
        finish(deadline, [&] { return libssh2_session_handshake(session_.get(), socket_.get()); });
    if (error != 0)
        fail_handshake(error);
}

Session::~Session()
{
    libssh2_session_set_blocking(session_.get(), 1);
    libssh2_session_set_timeout(session_.get(), leave_limit);
    libssh2_session_disconnect(session_.get(), "done");
    // Now that nothing can be sent any more, freeing cannot wait for the peer, which libssh2 would give up
    // half done.
    ::shutdown(socket_.get(), SHUT_RDWR);
}

void Session::prefer(int method, const std::string& list) const
{
    // libssh2 1.10 would leave out unknown names itself, but copies over what it is just reading (memcpy).
    const std::vector<std::string> known = supported(session_.get(), method);
    std::vector<std::string> names = common::split(list, ',');
    std::erase_if(names, [&](const std::string& name) {
        return std::find(known.begin(), known.end(), name) == known.end();
    });
    if (libssh2_session_method_pref(session_.get(), method, common::join(names, ",").c_str()) != 0)
        fail(Trouble::defect, "choosing algorithms");
}

std::string_view Session::host_key() const
{
    std::size_t size = 0;
    int type = 0;
    const char* key = libssh2_session_hostkey(session_.get(), &size, &type);
    return key == nullptr ? std::string_view() : std::string_view(key, size);
}

std::string Session::ident() const
{
    const char* text = libssh2_session_banner_get(session_.get());
    return text == nullptr ? std::string() : common::one_line(text, 200);
}

void Session::wait(Deadline deadline) const
{
    if (deadline.passed())
        throw Error(Trouble::unreachable, "no answer in time");
    pollfd sockets[] = {{socket_.get(), directions(), 0}, {manager_, 0, 0}};
    static_cast<void>(::poll(sockets, std::size(sockets), static_cast<int>(deadline.left().count())));
    if (sockets[1].revents != 0)
        throw ManagerGone{};
}

void Session::wait_also(std::vector<pollfd> others, bool listening) const
{
    others.push_back({manager_, 0, 0});
    if (listening)
        others.push_back({socket_.get(), directions(), 0});
    static_cast<void>(::poll(others.data(), others.size(), -1));
    for (const pollfd& socket : others)
        if (socket.fd == manager_ && socket.revents != 0)
            throw ManagerGone{};
}

/// What the last call that sent and the last call that read are waiting for, as poll() wants it.
short Session::directions() const
{
    const int wanted = libssh2_session_block_directions(session_.get());
    const bool out = (wanted & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
    const bool in = (wanted & LIBSSH2_SESSION_BLOCK_INBOUND) != 0 || wanted == 0;
    return static_cast<short>((out ? POLLOUT : 0) | (in ? POLLIN : 0));
}

std::string Session::last_error() const
{
    char* text = nullptr;
    int size = 0;
    libssh2_session_last_error(session_.get(), &text, &size, 0);
    return text == nullptr ? std::string()
                           : common::one_line(std::string_view(text, static_cast<std::size_t>(size)));
}

bool Session::is_cut() const noexcept
{
    char next = 0;
    const ssize_t got = ::recv(socket_.get(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

void Session::fail(Trouble trouble, const std::string& doing, std::string hint) const
{
    const int error = libssh2_session_last_errno(session_.get());
    const std::string number = " (libssh2 " + std::to_string(error) + ')';
    if (is_cut())
        throw Error(Trouble::unreachable, doing + ": the connection broke" + number);
    throw Error(trouble, doing + ": " + last_error() + number, std::move(hint));
}

void Session::fail_handshake(int error) const
{
    if (error == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE &&
        is_cut()) // of algorithms libssh2 judges itself, before
        fail(Trouble::unreachable, "exchanging keys with the SSH server");
    switch (error) {
    case LIBSSH2_ERROR_KEX_FAILURE:
    case LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE:
    case LIBSSH2_ERROR_METHOD_NONE:
        throw control::NoCommonAlgorithm(
            Trouble::rejected,
            "the SSH server and we have no algorithm in common; ours are key exchange " +
                supported_text(session_.get(), LIBSSH2_METHOD_KEX) + "; host key " +
                supported_text(session_.get(), LIBSSH2_METHOD_HOSTKEY) + "; cipher " +
                supported_text(session_.get(), LIBSSH2_METHOD_CRYPT_CS) + "; MAC " +
                supported_text(session_.get(), LIBSSH2_METHOD_MAC_CS),
            "the server may have only an RSA host key, only encrypt-then-mac (-etm) MACs, or only "
            "chacha20/gcm ciphers: add an Ed25519 or ECDSA host key, aes256-ctr and hmac-sha2-256 there");
    case LIBSSH2_ERROR_SOCKET_RECV:
    case LIBSSH2_ERROR_SOCKET_DISCONNECT:
    case LIBSSH2_ERROR_BANNER_RECV:
        throw control::TurnedAway(
            Trouble::unreachable,
            "the SSH server closed the connection before it said who it is (libssh2 " +
                std::to_string(error) + ')',
            "it has too many logins under way (MaxStartups) or keeps this address out for a while after "
            "failed logins (PerSourcePenalties): run fewer targets at a time, or wait a minute");
    default:
        fail(Trouble::unreachable, "exchanging keys with the SSH server");
    }
}

} // namespace manager::transport::ssh::child
