#include "manager/bmc/ribcl_bmc.hpp"

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;

constexpr unsigned login_failed = 0x005f;

} // namespace

std::unique_ptr<Bmc> open_ribcl(Http http, Login login)
{
    const Reply reply = http.ask(bmc::get("/xmldata?item=all"));
    const auto facts = reply.ok() ? read_xmldata(reply.body) : std::nullopt;
    const std::string place = place_text(http.place());
    std::unique_ptr<RibclWay> way = find_ribcl_way(std::move(http), facts.has_value());
    if (!way)
        throw Error(Trouble::rejected, "neither Redfish nor RIBCL is spoken at " + place,
                    "is it a BMC, and this the port of its web pages?");
    return std::make_unique<RibclBmc>(std::move(way), std::move(login), facts.value_or(RibclFacts()));
}

RibclBmc::RibclBmc(std::unique_ptr<RibclWay> way, Login login, RibclFacts facts)
    : way_(std::move(way)),
      login_(std::move(login)), identity_{"HPE", facts.kind.empty() ? "iLO" : facts.kind,
                                          facts.uuid.empty() ? facts.serial : facts.uuid}
{
}

common::Secret RibclBmc::request(const std::string& part, const std::string& mode,
                                 const std::string& command) const
{
    return common::Secret(ribcl_request(login_.user, login_.password.reveal(), part, mode, command));
}

RibclAnswer RibclBmc::ask(const std::string& part, const std::string& mode, const std::string& command)
{
    return checked(way_->ask(request(part, mode, command)));
}

/// Throws what the iLO has against it.
RibclAnswer RibclBmc::checked(const std::string& text) const
{
    RibclAnswer answer = read_ribcl(text);
    if (answer.status == login_failed)
        throw Error(Trouble::denied, "the BMC refuses the login", "are user and password right?");
    if (answer.status != 0)
        throw Error(Trouble::rejected,
                    answer.message + " (RIBCL status " + std::to_string(answer.status) + ')');
    return answer;
}

void RibclBmc::log_in()
{
    inventory();
}

std::vector<Installed> RibclBmc::inventory()
{
    const RibclAnswer answer = ask("RIB_INFO", "read", "<GET_FW_VERSION/>");
    std::vector<Installed> found;
    for (const RibclTag& tag : answer.tags)
        if (tag.name == "GET_FW_VERSION") {
            Installed installed;
            installed.entry.id = "1";
            installed.entry.name = tag.value("MANAGEMENT_PROCESSOR");
            installed.entry.version = tag.value("FIRMWARE_VERSION");
            installed.entry.vendor = "HPE";
            installed.entry.related = {"/Managers/1"};
            found.push_back(std::move(installed));
        }
    if (found.empty())
        throw Error(Trouble::busy, "the BMC tells no version");
    if (found.front().entry.name.empty())
        found.front().entry.name = identity_.product;
    return found;
}

std::vector<Method> RibclBmc::methods(const Image&, BmcPull)
{
    return {Method::ribcl};
}

Accepted RibclBmc::push(Method, const Image& image, const Hand& hand)
{
    const common::Secret order =
        request("RIB_INFO", "write",
                "<TPM_ENABLED VALUE=\"Yes\"/>\r\n<UPDATE_RIB_FIRMWARE IMAGE_LOCATION=\"" +
                    ribcl_value(image.name) + "\" IMAGE_LENGTH=\"" + std::to_string(image.size) + "\"/>");
    const auto heard = [&](std::string_view answer) {
        if (const std::string text = newest_inform(answer); !text.empty())
            hand.said(text);
    };
    checked(way_->bring(order, image, hand, heard));
    return {};
}

Accepted RibclBmc::pull(const Image&, const std::string&, const Hand&)
{
    throw Error(Trouble::not_found, "RIBCL fetches nothing");
}

/// There is nothing to look at: when the command was answered, the image is written.
Look RibclBmc::look(const TaskPlace&)
{
    Look look;
    look.stage = Stage::ended;
    look.text = "the iLO has written the image";
    return look;
}

void RibclBmc::reset()
{
    ask("RIB_INFO", "write", "<RESET_RIB/>");
}

std::vector<BmcLog> RibclBmc::logs()
{
    return {{"IEL", ribcl_log_lines(ask("RIB_INFO", "read", "<GET_EVENT_LOG/>"))},
            {"IML", ribcl_log_lines(ask("SERVER_INFO", "read", "<GET_EVENT_LOG/>"))}};
}

} // namespace manager::bmc
