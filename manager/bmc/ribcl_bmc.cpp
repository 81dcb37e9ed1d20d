#include "manager/bmc/ribcl_bmc.hpp"

#include "common/text.hpp"

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;
using namespace std::chrono_literals;

constexpr unsigned login_failed = 0x005f;
constexpr auto update_limit = 30min; ///< an iLO answers when it has written the image
constexpr auto usual_limit = 120s;

/// The cookie as it is to be sent back: iLOs put spaces and line breaks around it.
std::string cookie_of(const Reply& reply)
{
    if (reply.cookies.empty())
        return {};
    const std::string& all = reply.cookies.front();
    return std::string(common::trim(std::string_view(all).substr(0, all.find(';'))));
}

} // namespace

std::unique_ptr<Bmc> open_ribcl(Http http, Login login)
{
    const Reply reply = http.ask(bmc::get("/xmldata?item=all"));
    const auto facts = reply.ok() ? read_xmldata(reply.body) : std::nullopt;
    if (!facts)
        throw Error(Trouble::rejected, "neither Redfish nor RIBCL is spoken at " + place_text(http.place()),
                    "is it a BMC, and this the port of its web pages?");
    return std::make_unique<RibclBmc>(std::move(http), std::move(login), *facts);
}

RibclBmc::RibclBmc(Http http, Login login, RibclFacts facts)
    : http_(std::move(http)),
      login_(std::move(login)), identity_{"HPE", facts.kind.empty() ? "iLO" : facts.kind,
                                          facts.uuid.empty() ? facts.serial : facts.uuid}
{
}

RibclAnswer RibclBmc::ask(const std::string& part, const std::string& mode, const std::string& command,
                          const std::string& cookie)
{
    Ask what = post("/ribcl", ribcl_request(login_.user, login_.password.reveal(), part, mode, command));
    what.type = "text/xml";
    what.limit =
        cookie.empty() ? std::chrono::milliseconds(usual_limit) : std::chrono::milliseconds(update_limit);
    if (!cookie.empty())
        what.headers.push_back("Cookie: " + cookie);
    const Reply reply = http_.ask(what);
    expect_ok(reply, "RIBCL");
    RibclAnswer answer = read_ribcl(reply.body);
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
    Ask upload = post("/cgi-bin/uploadRibclFiles", {});
    upload.type.clear();
    upload.form.push_back({"fileType", "", {}, {}, {}});
    upload.form.push_back({"fwimgfile", {}, "application/octet-stream", image.file, image.name});
    upload.progress = hand.progress;
    upload.limit = update_limit;
    const Reply stored = http_.ask(upload);
    expect_ok(stored, "sending " + image.name);
    const std::string cookie = cookie_of(stored);
    if (cookie.empty())
        throw Error(Trouble::rejected, "the BMC did not take the file: it gave no cookie for it");
    hand.out_of_hand();
    ask("RIB_INFO", "write",
        "<TPM_ENABLED VALUE=\"Yes\"/>\r\n<UPDATE_RIB_FIRMWARE IMAGE_LOCATION=\"" + ribcl_value(image.name) +
            "\" IMAGE_LENGTH=\"" + std::to_string(image.size) + "\"/>",
        cookie);
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
