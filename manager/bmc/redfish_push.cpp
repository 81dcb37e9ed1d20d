#include "common/text.hpp"
#include "manager/bmc/redfish_bmc.hpp"

#include <algorithm>
#include <thread>

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;
using namespace std::chrono_literals;

constexpr auto octets = "application/octet-stream";
constexpr auto push_limit = 2h;      ///< for the whole image; the update as a whole has its own limit
constexpr auto stored_limit = 15min; ///< for the check of an image that is stored first
constexpr auto stored_pause = 1s;
constexpr unsigned most_tries = 30; ///< to begin what was stored

bool has(const std::vector<std::string>& list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

/// True when `service` fetches by what we may give.
bool can_pull(const UpdateService& service, BmcPull pull)
{
    if (pull == BmcPull::never)
        return false;
    return service.protocols.empty() || has(service.protocols, pull == BmcPull::https ? "HTTPS" : "HTTP");
}

/// "/redfish/v1/Systems/1" of "/redfish/v1/Systems/1/Bios"; empty for what is no member of a collection.
std::string member_of(const std::string& path)
{
    constexpr std::string_view root = "/redfish/v1/";
    if (!path.starts_with(root))
        return {};
    const std::size_t member = path.find('/', root.size());
    if (member == std::string::npos || member + 1 == path.size())
        return {};
    return path.substr(0, path.find('/', member + 1));
}

Part file_part(const char* name, const Image& image)
{
    return {name, {}, octets, image.file, image.name};
}

Accepted accepted(const Reply& reply, std::string_view doing)
{
    expect_ok(reply, doing);
    return {task_place(reply), retry_after(reply, std::chrono::system_clock::now())};
}

} // namespace

std::vector<Method> RedfishBmc::methods(const Image& image, BmcPull pull)
{
    const UpdateService service = update_service();
    if (service.most_bytes && *service.most_bytes > 0 && image.size > *service.most_bytes)
        throw Error(Trouble::rejected, "the BMC takes images of at most " +
                                           common::bytes_text(*service.most_bytes) + ", this one has " +
                                           common::bytes_text(image.size));
    std::vector<Method> methods;
    const std::string& fetch = image.fwpkg ? service.add_from_uri : service.simple_update;
    const bool has_target = !profile_.bare_fetch || !member_of(image.related).empty();
    if (!fetch.empty() && can_pull(service, pull) && has_target)
        methods.push_back(Method::pull);
    if (!service.multipart.empty() && (!profile_.two_steps || !service.start_update.empty()))
        methods.push_back(Method::multipart);
    const bool staged = profile_.push == PushWay::staged;
    const bool keyed = profile_.push == PushWay::form;
    if (!service.push.empty() && (!staged || !service.simple_update.empty()) &&
        (!keyed || !redfish_->token().empty()))
        methods.push_back(Method::push);
    return methods;
}

Accepted RedfishBmc::pull(const Image& image, const std::string& url, const Hand& hand)
{
    const UpdateService service = update_service();
    Json body{{"ImageURI", url}};
    if (image.fwpkg) {
        body["UpdateRepository"] = false;
        body["UpdateTarget"] = true;
        return begin(service.add_from_uri, body.dump(), hand);
    }
    if (service.wants_protocol || !service.protocols.empty())
        body["TransferProtocol"] = url.starts_with("https:") ? "HTTPS" : "HTTP";
    if (profile_.bare_fetch) {
        body["ImageURI"] = url.substr(url.find("://") + 3);
        body["Targets"] = {member_of(image.related)};
    } else if (has(service.targets, image.entry)) {
        body["Targets"] = {image.entry};
    }
    return begin(service.simple_update, body.dump(), hand);
}

/// An action after which the BMC has all it needs.
Accepted RedfishBmc::begin(const std::string& action, const std::string& json, const Hand& hand)
{
    hand.out_of_hand();
    return accepted(redfish_->ask(post(action, json)), "starting the update");
}

Accepted RedfishBmc::push(Method method, const Image& image, const Hand& hand)
{
    const UpdateService service = update_service();
    if (method == Method::multipart)
        return profile_.two_steps ? send_in_two_steps(service, image, hand) : send_form(service, image, hand);
    switch (profile_.push) {
    case PushWay::octets:
        return send_octets(service, image, hand);
    case PushWay::form:
        return send_with_key(service, image, hand);
    case PushWay::staged:
        return send_staged(service, image, hand);
    case PushWay::targets:
        return send_reserved(service, image, hand);
    }
    throw Error(Trouble::defect, "a way to push that nobody knows");
}

/// `last_is_all`: with the last byte the BMC has all it needs to begin.
Accepted RedfishBmc::send(Ask what, const Image& image, const Hand& hand, bool last_is_all)
{
    what.limit = push_limit;
    what.progress = hand.progress;
    if (last_is_all)
        what.last_bytes = hand.out_of_hand;
    return accepted(redfish_->ask(std::move(what)), "sending " + image.name);
}

Accepted RedfishBmc::send_form(const UpdateService& service, const Image& image, const Hand& hand)
{
    Json parameters = Json::object();
    if (profile_.names_target && !image.entry.empty())
        parameters["Targets"] = {image.entry};
    if (service.has_apply_time)
        parameters["@Redfish.OperationApplyTime"] = "Immediate";
    Ask what = post(service.multipart, {});
    what.type.clear();
    what.form.push_back({"UpdateParameters", parameters.dump(), "application/json", {}, {}});
    what.form.push_back(file_part("UpdateFile", image));
    return send(std::move(what), image, hand, true);
}

/// Supermicro's: the image is stored and looked at, and begins only when told to.
Accepted RedfishBmc::send_in_two_steps(const UpdateService& service, const Image& image, const Hand& hand)
{
    Json parameters{{"@Redfish.OperationApplyTime", "OnStartUpdateRequest"}};
    if (!image.entry.empty())
        parameters["Targets"] = {image.entry};
    parameters["Oem"]["Supermicro"]["BMC"] = {
        {"PreserveCfg", true}, {"PreserveSdr", true}, {"PreserveSsl", true}};
    Ask what = post(service.multipart, {});
    what.type.clear();
    what.form.push_back({"UpdateParameters", parameters.dump(), "application/json", {}, {}});
    what.form.push_back(file_part("UpdateFile", image));
    const Accepted stored = send(std::move(what), image, hand, false);
    await_stored(stored.place, hand);
    return begin_when_free(service.start_update, hand);
}

/// The check is over a moment before the BMC takes the next order.
Accepted RedfishBmc::begin_when_free(const std::string& action, const Hand& hand)
{
    for (unsigned tries = 0;; ++tries) {
        try {
            return begin(action, "{}", hand);
        } catch (const Error& error) {
            if (error.trouble() != Trouble::busy || tries == most_tries)
                throw;
        }
        std::this_thread::sleep_for(stored_pause);
    }
}

/// Waits until the BMC has looked at what it stored. Throws `rejected` when it does not like it.
void RedfishBmc::await_stored(const TaskPlace& place, const Hand& hand)
{
    const auto until = std::chrono::steady_clock::now() + stored_limit;
    while (place.is_known() && std::chrono::steady_clock::now() < until) {
        const Look look = this->look(place);
        if (look.stage == Stage::failed)
            throw Error(Trouble::rejected, "the BMC does not take the image: " + look.text);
        if (look.stage != Stage::working)
            return;
        hand.progress(0); // throws when it is to end
        std::this_thread::sleep_for(stored_pause);
    }
}

Accepted RedfishBmc::send_octets(const UpdateService& service, const Image& image, const Hand& hand)
{
    if (service.has_apply_time)
        patch(service.path,
              {{"HttpPushUriOptions", {{"HttpPushUriApplyTime", {{"ApplyTime", "Immediate"}}}}}},
              "choosing when the update is applied");
    Ask what = post(service.push, {});
    what.type = octets;
    what.upload = image.file;
    return send(std::move(what), image, hand, true);
}

/// HPE's: the form of its web page, which wants the session's key twice.
Accepted RedfishBmc::send_with_key(const UpdateService& service, const Image& image, const Hand& hand)
{
    const std::string key(redfish_->token());
    if (key.empty())
        throw Error(Trouble::rejected, "the BMC takes a file by a session only, and has none left",
                    "end other sessions there, or let it fetch the image");
    Ask what = post(service.push, {});
    what.type.clear();
    what.headers.push_back("Cookie: sessionKey=" + key);
    what.form.push_back({"sessionKey", key, {}, {}, {}});
    what.form.push_back({"parameters",
                         R"({"UpdateRepository":false,"UpdateTarget":true,"ETag":"soapstone","Section":0})",
                         {},
                         {},
                         {}});
    what.form.push_back(file_part("file", image));
    return send(std::move(what), image, hand, true);
}

/// Dell's: what was sent becomes an entry of the inventory, and is installed from there.
Accepted RedfishBmc::send_staged(const UpdateService& service, const Image& image, const Hand& hand)
{
    const Reply list = redfish_->ask(bmc::get(service.inventory));
    expect_ok(list, "the inventory");
    Ask what = post(service.push, {});
    what.type.clear();
    what.headers.push_back("If-Match: " + list.header("etag"));
    what.form.push_back(file_part("file", image));
    what.limit = push_limit;
    what.progress = hand.progress;
    const Reply stored = redfish_->ask(std::move(what));
    expect_ok(stored, "sending " + image.name);
    const std::string place = path_of(stored.header("location"));
    if (place.empty())
        throw Error(Trouble::rejected, "the BMC does not say where it has put the image");
    return begin(service.simple_update, Json{{"ImageURI", place}}.dump(), hand);
}

/// Lenovo's: the way in is reserved, and freed again whatever happens.
Accepted RedfishBmc::send_reserved(const UpdateService& service, const Image& image, const Hand& hand)
{
    if (flag_at(redfish_->get(service.path), {"HttpPushUriTargetsBusy"}))
        throw Error(Trouble::busy, "somebody else has reserved the update service of the BMC");
    patch(service.path, {{"HttpPushUriTargetsBusy", true}}, "reserving the update service");
    const auto free_again = [&] {
        const Json change{{"HttpPushUriTargetsBusy", false}, {"HttpPushUriTargets", Json::array()}};
        patch(service.path, change, "freeing the update service");
    };
    try {
        if (!image.entry.empty())
            patch(service.path, {{"HttpPushUriTargets", {image.entry}}}, "naming what is to be updated");
        Ask what = post(service.push, {});
        what.type = octets;
        what.upload = image.file;
        Accepted result = send(std::move(what), image, hand, true);
        try {
            free_again();
        } catch (const Error&) { // it restarts already, and forgets it by that
        }
        return result;
    } catch (const Error&) {
        try {
            free_again();
        } catch (const Error&) { // the first trouble is what is to be told
        }
        throw;
    }
}

void RedfishBmc::patch(const std::string& path, const Json& change, std::string_view doing)
{
    Ask what = post(path, change.dump());
    what.method = "PATCH";
    expect_ok(redfish_->ask(std::move(what)), doing);
}

} // namespace manager::bmc
