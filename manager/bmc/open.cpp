#include "manager/bmc/open.hpp"

#include "common/clock.hpp"
#include "manager/bmc/redfish_bmc.hpp"
#include "manager/bmc/ribcl_bmc.hpp"

namespace manager::bmc {

using common::Error;
using common::Trouble;

std::string text_of(const ShownKey& key)
{
    return "sha256//" + key.pin + " (" + key.subject + ", issued by " + key.issuer + ", serial " +
           key.serial + ", valid until " + key.not_after + ')';
}

trust::BmcPin pin_of(const Place& place, const ShownKey& key, const std::string& who,
                     const std::string& comment)
{
    trust::BmcPin pin;
    pin.host = place.host;
    pin.port = place.port;
    pin.key = key.pin;
    pin.certificate = key.certificate;
    pin.not_after = key.not_after;
    pin.since = common::utc_now();
    pin.by = who;
    pin.comment = comment;
    return pin;
}

std::vector<std::string> keys_for(const Place& place, const Trust& trust,
                                  const std::function<void(const std::string&)>& notice)
{
    std::vector<std::string> keys = trust.pins.keys_of(place.host, place.port);
    if (!keys.empty())
        return keys;
    const ShownKey shown = look_at_key(place);
    if (!trust.accept_new)
        throw Error(Trouble::denied, "the key of " + place_text(place) + " is not known: " + text_of(shown),
                    "compare it at the BMC, then 'soapstone trust add " + place_text(place) +
                        "'; or --accept-new for all that are not known");
    trust.pins.add(pin_of(place, shown, trust.who, "accepted by --accept-new"));
    notice("its key is trusted from now on: " + text_of(shown));
    return {shown.pin};
}

std::unique_ptr<Bmc> open_bmc(const Place& place, const std::vector<std::string>& keys, Login login,
                              std::optional<Method> method, Redfish::Notice notice)
{
    if (place.legacy_tls)
        notice("legacy TLS: what goes to " + place_text(place) + ", the password too, is badly protected");
    if (method == Method::ribcl)
        return open_ribcl(Http(place, keys), std::move(login));
    auto redfish =
        std::make_unique<Redfish>(Http(place, keys), Login{login.user, login.password.copy()}, notice);
    try {
        redfish->reach();
        return std::make_unique<RedfishBmc>(std::move(redfish));
    } catch (const Error& error) {
        if (error.trouble() != Trouble::not_found)
            throw;
    }
    return open_ribcl(Http(place, keys), std::move(login));
}

} // namespace manager::bmc
