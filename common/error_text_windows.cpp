#include "common/error.hpp"

#include <array>
#include <cerrno>
#include <system_error>

namespace common {

namespace {

struct Text {
    int number;
    const char* text;
};

/// Those that the C runtime calls "Unknown error", in the words of Linux.
constexpr std::array texts{
    Text{EADDRINUSE, "Address already in use"},
    Text{EADDRNOTAVAIL, "Cannot assign requested address"},
    Text{EAFNOSUPPORT, "Address family not supported by protocol"},
    Text{ECANCELED, "Operation canceled"},
    Text{ECONNABORTED, "Software caused connection abort"},
    Text{ECONNREFUSED, "Connection refused"},
    Text{ECONNRESET, "Connection reset by peer"},
    Text{EHOSTUNREACH, "No route to host"},
    Text{ELOOP, "Too many levels of symbolic links"},
    Text{ENETDOWN, "Network is down"},
    Text{ENETUNREACH, "Network is unreachable"},
    Text{ENOBUFS, "No buffer space available"},
    Text{ENOTCONN, "Transport endpoint is not connected"},
    Text{ENOTSOCK, "Socket operation on non-socket"},
    Text{ETIMEDOUT, "Connection timed out"},
    Text{EWOULDBLOCK, "Resource temporarily unavailable"},
};

} // namespace

std::string error_text(int number)
{
    for (const Text& text : texts)
        if (text.number == number)
            return text.text;
    return std::generic_category().message(number);
}

} // namespace common
