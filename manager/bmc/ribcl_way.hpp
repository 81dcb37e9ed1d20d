#pragma once

#include "common/secret.hpp"
#include "manager/bmc/bmc.hpp"
#include "manager/bmc/http.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace manager::bmc {

/// How RIBCL gets to an iLO and its answers come back. Requests are whole, as ribcl_request makes them;
/// answers are all the documents of one, as they came. Throws as Bmc.
class RibclWay {
public:
    virtual ~RibclWay() = default;

    virtual std::string ask(const common::Secret& request) = 0;

    /// Brings an image, with the request to write it: its last command names the image. `heard` is called
    /// with all that was answered so far, each time that there is more.
    virtual std::string bring(const common::Secret& request, const Image& image, const Hand& hand,
                              const std::function<void(std::string_view)>& heard) = 0;

    /// As in Bmc.
    virtual std::string own_address() const = 0;
    virtual std::string peer_address() const = 0;
};

/// By POST, and images by the form of the web page: iLO 3 and later.
std::unique_ptr<RibclWay> ribcl_by_http(Http http);

/// Without HTTP, straight in TLS, and images in the middle of it: iLO 1 and 2.
std::unique_ptr<RibclWay> ribcl_by_tls(Place place, std::string pins);

/// Finds out which of them it is, without a login; null when it speaks no RIBCL at all. `is_ilo`: it has said
/// that it is one, so that it must be one of them.
std::unique_ptr<RibclWay> find_ribcl_way(Http http, bool is_ilo);

} // namespace manager::bmc
