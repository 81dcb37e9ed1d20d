#include "manager/serve/view/view.hpp"

#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/rollout/report.hpp"
#include "manager/rollout/run_log.hpp"
#include "manager/serve/url.hpp"
#include "manager/serve/view/doorkeeper.hpp"
#include "manager/serve/view/pages.hpp"
#include "manager/serve/view/style.hpp"

#include <algorithm>

namespace manager::serve::view {

namespace fs = std::filesystem;
using common::net::Reply;
using common::net::Request;
using common::net::Router;
using common::net::SendFile;
using Answer = std::variant<Reply, SendFile>;

namespace {

constexpr std::size_t most_runs = 100;
constexpr std::string_view login_path = "/login/";
constexpr std::string_view cookie_name = "__Host-soapstone";
constexpr const char* html_type = "text/html; charset=utf-8";

/// What keeps a browser from doing more with a page than showing it.
void protect(Reply& reply)
{
    reply.headers.set("Content-Security-Policy",
                      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                      "base-uri 'none'; frame-ancestors 'none'");
    reply.headers.set("X-Content-Type-Options", "nosniff");
    reply.headers.set("Referrer-Policy", "same-origin");
    reply.headers.set("Cross-Origin-Opener-Policy", "same-origin");
    reply.headers.set("Cross-Origin-Resource-Policy", "same-origin");
    reply.headers.set("Cache-Control", "no-store");
}

Reply page(int status, std::string html)
{
    return {status, std::move(html), html_type};
}

Reply no_such_page()
{
    return page(404, message_page("Not found", "There is no such page.", true));
}

std::string cookie_of(const Request& request)
{
    const std::string field = request.headers.find("Cookie").value_or("");
    for (const std::string& part : common::split(field, ';')) {
        const std::string_view pair = common::trim(part);
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == cookie_name)
            return std::string(pair.substr(equals + 1));
    }
    return {};
}

std::string set_cookie(const std::string& value, const std::string& more = "")
{
    std::string cookie(cookie_name);
    cookie.append("=").append(value).append("; Path=/; Secure; HttpOnly; SameSite=Strict").append(more);
    return cookie;
}

/// The host of "host:port" or "[::1]:port", in small letters.
std::string host_name(std::string_view host)
{
    if (host.starts_with('['))
        return plain_address(std::string(host.substr(1, host.find(']') - 1)));
    std::string name(host.substr(0, host.find(':')));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return name;
}

/// Runs, targets and pages are named by numbers and ids.
struct Place {
    std::string run;
    std::optional<std::size_t> target;
    std::string log;
    std::string what; ///< "", report, report.json
};

std::optional<Place> place_of(const std::string& path)
{
    constexpr std::uint64_t most_targets = 1'000'000;
    const std::optional<std::vector<std::string>> parts = path_segments(path);
    if (!parts || parts->size() < 2 || parts->at(0) != "run" || !common::is_hex(parts->at(1), 32))
        return std::nullopt;
    Place place{parts->at(1), {}, {}, {}};
    if (parts->size() == 3 && (parts->at(2) == "report" || parts->at(2) == "report.json"))
        place.what = parts->at(2);
    else if (parts->size() > 3 && parts->at(2) == "target")
        place.target = common::to_number(parts->at(3), most_targets);
    if (parts->size() > 2 && place.what.empty() && !place.target)
        return std::nullopt;
    if (parts->size() == 6 && parts->at(4) == "log")
        place.log = parts->at(5);
    if (parts->size() > 4 && place.log.empty())
        return std::nullopt;
    return place;
}

} // namespace

class View::Inside {
public:
    explicit Inside(Setup setup) : setup_(std::move(setup))
    {
        for (const std::string& host : setup_.hosts) {
            const std::string address = plain_address(host);
            hosts_.push_back(address.empty() ? host_name(host) : address);
        }
    }

    void serve(Router& router)
    {
        router.get("/", [this](const Request& request) { return guarded(request, &Inside::look); });
        router.get(std::string(login_path),
                   [this](const Request& request) { return guarded(request, &Inside::log_in); });
        for (const char* path : {"/style.css", "/icon.svg"})
            router.get(path, [this](const Request& request) { return guarded(request, &Inside::dress); });
        router.call("/logout", 0, [this](const Request& request, const std::string&) {
            return std::get<Reply>(guarded(request, &Inside::log_out));
        });
    }

    std::string new_login_path() { return std::string(login_path) + doorkeeper_.new_link(); }

private:
    /// Only for those who call us by a name of ours: a page of somebody else's, whose name was made to point
    /// here, does not.
    Answer guarded(const Request& request, Reply (Inside::*answer)(const Request&))
    {
        Reply reply = is_for_us(request) ? (this->*answer)(request) : Reply(403, "This is not that host.\n");
        protect(reply);
        return reply;
    }

    bool is_for_us(const Request& request) const
    {
        const std::string host = host_name(request.host);
        return !host.empty() && (host == plain_address(request.local_address) ||
                                 std::find(hosts_.begin(), hosts_.end(), host) != hosts_.end());
    }

    Reply dress(const Request& request)
    {
        if (request.path == "/icon.svg")
            return {200, std::string(icon), "image/svg+xml"};
        if (request.path == "/style.css")
            return {200, std::string(style_sheet), "text/css; charset=utf-8"};
        return look(request); // "/style.css.map" and the like
    }

    Reply log_in(const Request& request)
    {
        const std::string secret = request.path.substr(login_path.size());
        if (request.method == "HEAD") // of a program that looks at links before people do
            return page(200, {});
        const Doorkeeper::Entry entry = doorkeeper_.enter(secret, request.peer_address);
        if (entry.answer == Doorkeeper::Answer::wait) {
            Reply reply = page(429, message_page("Too many wrong links", "Try again in a minute.", false));
            reply.headers.set("Retry-After", "60");
            return reply;
        }
        if (entry.answer == Doorkeeper::Answer::wrong)
            return page(403, message_page("This link is not good",
                                          "Each link signs in once. The program that printed it prints a "
                                          "fresh one when one was used.",
                                          false));
        if (setup_.signed_in)
            setup_.signed_in(request.peer_address, new_login_path());
        Reply reply(303, "signed in\n");
        reply.headers.set("Location", "/");
        reply.headers.set("Set-Cookie", set_cookie(entry.cookie));
        return reply;
    }

    Reply log_out(const Request& request)
    {
        const std::optional<std::string> origin = request.headers.find("Origin");
        if (origin && *origin != "https://" + request.host)
            return {403, "from another page\n"};
        doorkeeper_.leave(cookie_of(request));
        Reply reply = page(200, message_page("Signed out", "See you.", false));
        reply.headers.set("Set-Cookie", set_cookie("", "; Max-Age=0"));
        return reply;
    }

    Reply look(const Request& request)
    {
        const std::string cookie = cookie_of(request);
        if (cookie.empty() || !doorkeeper_.knows(cookie))
            return page(403, message_page("Sign in",
                                          "Open the link that soapstone printed when it was started with "
                                          "--web, or by 'soapstone web'.",
                                          false));
        try {
            return request.path == "/" ? page(200, all_runs()) : look_at_run(request);
        } catch (const common::Error& error) {
            return page(500, message_page("That did not work", error.text(), true));
        }
    }

    Reply look_at_run(const Request& request) const
    {
        const std::optional<Place> place = place_of(request.path);
        std::optional<ShownRun> shown = place ? run(place->run) : std::nullopt;
        if (!shown || (place->target && *place->target >= shown->run.targets.size()))
            return no_such_page();
        if (place->target)
            return look_at_target(*shown, *place, request);
        if (place->what == "report.json")
            return {200, rollout::json_report(shown->run, folder_of(shown->run)), "application/json"};
        return page(200, place->what == "report" ? report_page(*shown) : run_page(*shown));
    }

    Reply look_at_target(const ShownRun& shown, const Place& place, const Request& request) const
    {
        const std::size_t target = *place.target;
        const fs::path folder =
            folder_of(shown.run) / rollout::folder_names(shown.run.request.targets)[target];
        const std::vector<fs::path> files = rollout::kept_logs(folder);
        if (place.log.empty())
            return page(200, target_page(shown, target, described(files, folder)));
        const std::uint64_t number =
            common::to_number(query_value(request.query, "page").value_or("1")).value_or(1);
        const std::uint64_t wanted = std::max<std::uint64_t>(number, 1) - 1;
        const bool grows = shown.at_work && !shown.run.targets[target].outcome;
        if (place.log == manager_log)
            return page(200, log_page(shown.run, target, manager_log,
                                      log_page_of(manager_log_of(shown.run, target), wanted), grows));
        for (const fs::path& file : files) // the name is compared, and never made into a path
            if (fs::relative(file, folder).string() == place.log) {
                const common::os::Descriptor open = common::os::open_file(
                    file, common::os::Open::read | common::os::Open::no_link | common::os::Open::no_wait);
                return page(200,
                            log_page(shown.run, target, place.log, read_log_page(open.get(), wanted), grows));
            }
        return no_such_page();
    }

    static std::vector<ShownLog> described(const std::vector<fs::path>& files, const fs::path& folder)
    {
        std::vector<ShownLog> logs;
        for (const fs::path& file : files) {
            std::error_code failure; // gone meanwhile
            const std::uint64_t size = fs::file_size(file, failure);
            logs.push_back({fs::relative(file, folder).string(), failure ? 0 : size});
        }
        return logs;
    }

    std::string manager_log_of(const rollout::Run& run, std::size_t target) const
    {
        return rollout::RunLog(setup_.store, run.id, run.targets.size()).text(target);
    }

    fs::path folder_of(const rollout::Run& run) const { return setup_.data / "runs" / run.id; }

    std::string all_runs() const
    {
        rollout::Listing listing = setup_.store.list(most_runs);
        std::vector<ShownRun> shown;
        for (rollout::Run& run : listing.runs) {
            const bool at_work = run.ended == 0 && setup_.at_work(run.id);
            shown.push_back({std::move(run), at_work});
        }
        std::vector<std::string> unreadable;
        for (const rollout::Listing::Unreadable& run : listing.unreadable)
            unreadable.push_back("run " + run.id.substr(0, 8) + " cannot be shown: " + run.why);
        return runs_page(shown, unreadable);
    }

    std::optional<ShownRun> run(const std::string& id) const
    {
        std::optional<rollout::Run> found = setup_.store.find(id);
        if (!found)
            return std::nullopt;
        const bool at_work = found->ended == 0 && setup_.at_work(id);
        return ShownRun{std::move(*found), at_work};
    }

    const Setup setup_;
    std::vector<std::string> hosts_;
    Doorkeeper doorkeeper_;
};

View::View(Setup setup) : inside_(std::make_unique<Inside>(std::move(setup))) {}

View::~View() = default;

void View::serve(Router& router)
{
    inside_->serve(router);
}

std::string View::new_login_path()
{
    return inside_->new_login_path();
}

} // namespace manager::serve::view
