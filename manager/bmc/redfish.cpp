#include "manager/bmc/redfish.hpp"

#include "common/text.hpp"
#include "manager/bmc/task_words.hpp"
#include "manager/trust/base64.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;

constexpr auto root = "/redfish/v1/";
constexpr std::size_t most_pages = 100;
constexpr std::size_t most_members = 10'000;
constexpr std::chrono::seconds farewell_limit{10};

std::string vendor_of(const Json& document)
{
    if (std::string vendor = text_at(document, {"Vendor"}); !vendor.empty())
        return vendor;
    const Json& oem = at(document, {"Oem"});
    return oem.is_object() && !oem.empty() ? oem.begin().key() : std::string();
}

std::string expand_of(const Json& document)
{
    const Json& query = at(document, {"ProtocolFeaturesSupported", "ExpandQuery"});
    if (flag_at(query, {"NoLinks"}))
        return "?$expand=.";
    return flag_at(query, {"ExpandAll"}) ? "?$expand=*" : "";
}

/// Statuses by which services say that they have no sessions, or none left.
bool has_no_session(const Reply& reply)
{
    const bool limit = reply.body.find("SessionLimitExceeded") != std::string::npos;
    return limit || reply.status == 404 || reply.status == 405 || reply.status == 501 || reply.status == 503;
}

/// Words by which vendors say, with whatever status, that an update goes on already.
bool is_at_work(const Reply& reply)
{
    constexpr std::array words{"AlreadyInUpdateMode", "UpdateInProgress", "FirmwareUpdateInProgress"};
    return std::any_of(words.begin(), words.end(),
                       [&](const char* word) { return reply.body.find(word) != std::string::npos; });
}

} // namespace

void expect_ok(const Reply& reply, std::string_view doing)
{
    if (reply.ok())
        return;
    const std::string text = std::string(doing) + ": " + refusal_of(reply);
    if (reply.status == 503 || reply.status == 429 || is_at_work(reply))
        throw Error(Trouble::busy, text);
    if (reply.status == 401)
        throw Error(Trouble::denied, "the BMC refuses the login", "are user and password right?");
    if (reply.status == 403)
        throw Error(Trouble::denied, text, "the user may not do this; which role has it on the BMC?");
    if (reply.status >= 300 && reply.status < 400)
        throw Error(Trouble::rejected, text + ", which leads elsewhere and is not followed");
    const bool nothing_there =
        reply.status == 404 || reply.status == 405 || reply.status == 410 || reply.status == 501;
    throw Error(nothing_there ? Trouble::not_found : Trouble::rejected, text);
}

Service read_service(const Json& document)
{
    Service service;
    service.vendor = common::one_line(vendor_of(document), 60);
    service.product = common::one_line(text_at(document, {"Product"}), 100);
    service.version = common::one_line(text_at(document, {"RedfishVersion"}), 20);
    service.uuid = common::one_line(text_at(document, {"UUID"}), 60);
    service.sessions = link_at(document, {"Links", "Sessions"});
    service.update = link_at(document, {"UpdateService"});
    service.managers = link_at(document, {"Managers"});
    service.systems = link_at(document, {"Systems"});
    service.chassis = link_at(document, {"Chassis"});
    service.tasks = link_at(document, {"Tasks"});
    service.jobs = link_at(document, {"JobService"});
    service.expand = expand_of(document);
    return service;
}

Redfish::Redfish(Http http, Login login, Notice notice)
    : http_(std::move(http)), login_(std::move(login)), notice_(std::move(notice))
{
}

Redfish::~Redfish()
{
    log_out();
}

const Service& Redfish::reach()
{
    const Reply reply = http_.ask(bmc::get(root));
    if (reply.status == 404 || reply.status == 410)
        throw Error(Trouble::not_found, "there is no Redfish service");
    expect_ok(reply, root);
    const Json document = json_or_null(reply.body);
    if (!document.is_object())
        throw Error(Trouble::not_found, "what answers is no Redfish service");
    service_ = read_service(document);
    return service_;
}

void Redfish::log_in()
{
    token_ = {};
    session_.clear();
    basic_ = service_.sessions.empty() || !open_session();
    if (!basic_)
        return;
    // Nothing else tells whether the login is right.
    const std::string probe = !service_.update.empty() ? service_.update : service_.managers;
    if (!probe.empty())
        get(probe);
}

/// False when there is none to be had.
bool Redfish::open_session()
{
    Ask what = post(service_.sessions, {});
    const std::string user = json_string(login_.user);
    std::string password = json_string(login_.password.reveal());
    what.body.reserve(user.size() + password.size() + 40);
    what.body.append("{\"UserName\":").append(user).append(",\"Password\":").append(password).append("}");
    common::wipe(password);
    const Reply reply = http_.ask(what);
    if (has_no_session(reply)) {
        if (reply.status != 404)
            notice_("the BMC has no session left, so the password goes with each request");
        return false;
    }
    expect_ok(reply, "logging in");
    token_ = common::Secret(reply.header("x-auth-token"));
    session_ = path_of(reply.header("location"));
    if (session_.empty())
        session_ = link_at(json_or_null(reply.body), {});
    return !token_.empty();
}

bool Redfish::log_out() noexcept
{
    if (token_.empty() || session_.empty())
        return token_.empty();
    try {
        Ask what;
        what.method = "DELETE";
        what.path = session_;
        what.limit = farewell_limit;
        add_credentials(what);
        const Reply reply = http_.ask(what);
        token_ = {};
        return reply.ok() || reply.status == 401 || reply.status == 404; // gone already: it has restarted
    } catch (const std::exception&) {
        return false;
    }
}

void Redfish::add_credentials(Ask& what) const
{
    if (!token_.empty()) {
        what.headers.push_back("X-Auth-Token: " + std::string(token_.reveal()));
    } else if (basic_) {
        std::string pair = login_.user + ':' + std::string(login_.password.reveal());
        what.headers.push_back("Authorization: Basic " + trust::to_base64(pair));
        common::wipe(pair);
    }
}

Reply Redfish::ask(Ask what)
{
    const std::size_t own = what.headers.size();
    add_credentials(what);
    Reply reply = http_.ask(what);
    if (reply.status != 401 || token_.empty())
        return reply;
    log_in(); // the BMC has forgotten our session: a restart, or its time was over
    what.headers.resize(own);
    add_credentials(what);
    return http_.ask(what);
}

Json Redfish::get(const std::string& path)
{
    const Reply reply = ask(bmc::get(path));
    expect_ok(reply, path);
    return parse_json(reply.body);
}

template <typename Take>
void Redfish::each_page(const std::string& first, const Take& take)
{
    std::set<std::string> seen;
    std::size_t members = 0;
    for (std::string next = first; !next.empty() && seen.insert(next).second && seen.size() <= most_pages;) {
        Json page;
        try {
            page = get(next);
        } catch (const Error& error) {
            const bool expanded = next == first && next.find('?') != std::string::npos;
            if (!expanded || (error.trouble() != Trouble::rejected && error.trouble() != Trouble::not_found))
                throw;
            next = first.substr(0, first.find('?'));
            continue;
        }
        const Json& list = at(page, {"Members"});
        for (std::size_t i = 0; list.is_array() && i < list.size() && members < most_members; ++i, ++members)
            take(list[i]);
        next = path_of(text_at(page, {"Members@odata.nextLink"}));
    }
}

std::vector<Json> Redfish::members(const std::string& collection)
{
    std::vector<Json> found;
    each_page(collection + service_.expand, [&](const Json& member) { found.push_back(member); });
    for (Json& member : found) {
        const std::string path = link_at(member, {});
        if (member.is_object() && member.size() == 1 && !path.empty())
            member = get(path);
    }
    return found;
}

std::vector<std::string> Redfish::member_paths(const std::string& collection)
{
    std::vector<std::string> found;
    each_page(collection, [&](const Json& member) {
        if (std::string path = link_at(member, {}); !path.empty())
            found.push_back(std::move(path));
    });
    return found;
}

} // namespace manager::bmc
