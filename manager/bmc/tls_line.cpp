#include "manager/bmc/tls_line.hpp"

#include <array>
#include <poll.h>

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;

constexpr int pause = 1'000; ///< ms between two signs of life

} // namespace

TlsLine::TlsLine(const Place& place, const std::string& pins, std::chrono::milliseconds limit,
                 std::function<void()> alive)
    : place_(place), until_(std::chrono::steady_clock::now() + limit), alive_(std::move(alive)),
      curl_(new_handle())
{
    std::array<char, CURL_ERROR_SIZE> words{};
    prepare(curl_.get(), place_);
    set(curl_.get(), CURLOPT_PINNEDPUBLICKEY, pins.c_str());
    set(curl_.get(), CURLOPT_CONNECT_ONLY, 1L);
    set(curl_.get(), CURLOPT_ERRORBUFFER, words.data());
    const CURLcode code = curl_easy_perform(curl_.get());
    curl_easy_setopt(curl_.get(), CURLOPT_ERRORBUFFER, nullptr); // the handle outlives the words
    if (code != CURLE_OK)
        fail(code, words.data(), place_);
}

void TlsLine::send(std::string_view bytes)
{
    while (!bytes.empty()) {
        std::size_t sent = 0;
        const CURLcode code = curl_easy_send(curl_.get(), bytes.data(), bytes.size(), &sent);
        if (code == CURLE_AGAIN)
            wait(POLLOUT);
        else if (code != CURLE_OK)
            fail(code, "", place_);
        bytes.remove_prefix(sent);
    }
}

std::string TlsLine::receive()
{
    std::string bytes(16 << 10, '\0');
    for (;;) {
        std::size_t got = 0;
        const CURLcode code = curl_easy_recv(curl_.get(), bytes.data(), bytes.size(), &got);
        if (code == CURLE_OK) {
            bytes.resize(got);
            return bytes;
        }
        if (code != CURLE_AGAIN)
            fail(code, "", place_);
        wait(POLLIN);
    }
}

/// Until the line may be ready, or for a second.
void TlsLine::wait(short events) const
{
    if (std::chrono::steady_clock::now() > until_)
        throw Error(Trouble::unreachable, origin(place_) + ": no answer in time");
    if (alive_)
        alive_();
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(curl_.get(), CURLINFO_ACTIVESOCKET, &socket);
    pollfd entry{socket, events, 0};
    ::poll(&entry, 1, pause);
}

std::string TlsLine::own_address() const
{
    return address_of(curl_.get(), CURLINFO_LOCAL_IP);
}

std::string TlsLine::peer_address() const
{
    return address_of(curl_.get(), CURLINFO_PRIMARY_IP);
}

} // namespace manager::bmc
