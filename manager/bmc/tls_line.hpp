#pragma once

#include "manager/bmc/http.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace manager::bmc {

/// A TLS connection to one BMC, for what is no HTTP. Its key is checked as by Http: before anything is sent.
///
/// Used by one thread. Calls block, and throw `unreachable` when the time is over or the line breaks.
class TlsLine {
public:
    /// Connects. `pins` as Http::pins() has them; `limit`: for all of the line's life. `alive` is called at
    /// least once a second while it waits; throwing ends that.
    TlsLine(const Place& place, const std::string& pins, std::chrono::milliseconds limit,
            std::function<void()> alive = {});

    /// Leaves at once, and not together with what is sent before or after.
    void send(std::string_view bytes);
    /// The next bytes that came; empty at the end.
    std::string receive();

    std::string own_address() const;  ///< numeric
    std::string peer_address() const; ///< numeric

private:
    void wait(short events) const;

    Place place_;
    std::chrono::steady_clock::time_point until_;
    std::function<void()> alive_;
    common::Owned<CURL, curl_easy_cleanup> curl_;
};

} // namespace manager::bmc
