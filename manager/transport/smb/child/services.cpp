#include "manager/transport/smb/child/services.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "manager/transport/smb/control/refusal.hpp"

#include <algorithm>
#include <thread>

namespace manager::transport::smb::child {

using namespace std::chrono_literals;

namespace {

constexpr auto scan_limit = 5s; ///< that a virus scanner may hold a fresh program
constexpr auto between_tries = 200ms;

// Windows' errors that are no trouble here.
constexpr std::uint32_t sharing_violation = 32;
constexpr std::uint32_t cannot_accept_control = 1061;
constexpr std::uint32_t invalid_service_control = 1052; ///< as wine says the same
constexpr std::uint32_t not_there = 1060;
constexpr std::uint32_t not_active = 1062;
constexpr std::uint32_t marked_for_deletion = 1072;
constexpr std::uint32_t shutdown_in_progress = 1115;

// NT's status codes of the same kind.
constexpr std::uint32_t connection_disconnected = 0xc000020c;
constexpr std::uint32_t connection_reset = 0xc000020d;

bool is_one_of(const control_result& result, std::initializer_list<std::uint32_t> errors)
{
    return result.status == 0 && std::find(errors.begin(), errors.end(), result.error) != errors.end();
}

bool is_broken_off(std::uint32_t status)
{
    return status == connection_disconnected || status == connection_reset;
}

void check(const control_result& result, const std::string& doing)
{
    if (result.status != 0)
        throw common::Error(common::Trouble::unreachable, doing + ": the service manager does not answer (" +
                                                              status_name(result.status) + ')');
    if (result.error != 0)
        throw control::refused_service(doing, result.error, error_name(result.error));
}

const char* text_or_null(const std::string& text)
{
    return text.empty() ? nullptr : text.c_str();
}

} // namespace

Services::Services(const control::Login& login, const std::string& host, std::uint16_t port,
                   const common::Secret& password)
{
    std::string secret(password.reveal());
    control_login how{};
    how.address = host.c_str();
    how.name = login.host.c_str();
    how.port = port;
    how.user = login.user.c_str();
    how.domain = login.domain.c_str();
    how.password = login.has_password ? secret.c_str() : nullptr;
    how.tickets = text_or_null(login.tickets);
    how.kerberos = login.kerberos ? 1 : 0;
    how.plain = login.allow_smb2 ? 1 : 0;
    how.seconds = static_cast<std::uint32_t>(login.limit.count());
    control_result result{};
    pipe_.reset(control_pipe_open(&how, &result));
    if (is_broken_off(result.status)) { // by a server that is busy with other logins: it judged nothing yet
        std::this_thread::sleep_for(between_tries);
        pipe_.reset(control_pipe_open(&how, &result));
    }
    common::wipe(secret);
    if (result.status != 0)
        throw control::refused_login(login, result.status, status_name(result.status));
    if (result.error != 0)
        throw control::refused_manager(login, result.error, error_name(result.error));
}

std::vector<std::string> Services::named(const std::string& prefix)
{
    struct Found {
        const std::string& prefix;
        std::vector<std::string> names;
    } found{prefix, {}};
    const auto keep = [](void* context, const char* name) {
        auto& into = *static_cast<Found*>(context);
        if (std::string_view(name).starts_with(into.prefix))
            into.names.emplace_back(name);
    };
    check(service_each(pipe_.get(), keep, &found), "listing the services");
    return std::move(found.names);
}

std::string Services::command(const std::string& name)
{
    std::string text(8192, '\0');
    const control_result result = service_command(pipe_.get(), name.c_str(), text.data(), text.size());
    if (is_one_of(result, {not_there, marked_for_deletion}))
        return {};
    check(result, "looking at the service " + name);
    text.resize(text.find('\0'));
    return text;
}

void Services::create(const std::string& name, const std::string& shown, const std::string& command)
{
    check(service_create(pipe_.get(), name.c_str(), shown.c_str(), command.c_str()),
          "creating the service " + name);
}

void Services::start(const std::string& name, const std::vector<std::string>& arguments)
{
    std::vector<const char*> texts;
    for (const std::string& argument : arguments)
        texts.push_back(argument.c_str());
    const auto start = [&] {
        return service_start(pipe_.get(), name.c_str(), static_cast<std::uint32_t>(texts.size()),
                             texts.data());
    };
    control_result result = start();
    const common::Deadline deadline = common::Deadline::in(scan_limit);
    for (; is_one_of(result, {sharing_violation}) && !deadline.passed(); result = start())
        std::this_thread::sleep_for(between_tries);
    check(result, "starting the service " + name);
}

std::optional<service_state> Services::state(const std::string& name)
{
    service_state state{};
    const control_result result = service_query(pipe_.get(), name.c_str(), &state);
    if (is_one_of(result, {not_there}))
        return std::nullopt;
    check(result, "asking for the service " + name);
    return state;
}

bool Services::stop(const std::string& name)
{
    const control_result result = service_stop(pipe_.get(), name.c_str());
    if (is_one_of(result, {not_there, not_active, marked_for_deletion, shutdown_in_progress}))
        return true;
    if (is_one_of(result, {cannot_accept_control, invalid_service_control}))
        return false;
    check(result, "stopping the service " + name);
    return true;
}

void Services::remove(const std::string& name)
{
    const control_result result = service_delete(pipe_.get(), name.c_str());
    if (!is_one_of(result, {not_there, marked_for_deletion}))
        check(result, "deleting the service " + name);
}

} // namespace manager::transport::smb::child
