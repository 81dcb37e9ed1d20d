#include "manager/transport/smb/smb_transport.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/transport/smb/housekeeping.hpp"
#include "manager/transport/smb/places.hpp"
#include "manager/transport/smb/unpack.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace manager::transport::smb {

using common::Deadline;
using common::Error;
using common::Fields;
using common::Trouble;
using namespace std::chrono_literals;
namespace ask = control::ask;

namespace {

constexpr std::size_t piece = 64 << 10; ///< bytes sent at once
constexpr auto between_looks = 100ms;
constexpr auto settling = 1s; ///< that a service may still be told as running once its process has died
constexpr std::size_t most_ready = 8 << 10;

constexpr std::uint16_t usual_port = 445; ///< where nothing answers there, 139 is tried

/// Room for the agent itself, while it is renamed, and for what it writes.
constexpr std::uint64_t room_for_work = 32 << 20;

constexpr auto antivirus =
    "look whether an antivirus program there took it (Windows Security, Protection history), "
    "and make an exception for the signed soapstone-agent.exe";

void check_run(const std::string& run)
{
    // It becomes part of paths on the target.
    if (!run.empty() && !common::is_hex(run, run.size()))
        throw Error(Trouble::invalid, "\"" + common::one_line(run, 60) + "\" is not a run id");
}

std::string tickets_file()
{
    const char* file = std::getenv("KRB5CCNAME"); // set before any thread, and never by us
    return file == nullptr ? "" : file;
}

control::Login login_of(const target::Target& target, bool has_password)
{
    control::Login login;
    login.host = target.host;
    login.port = target.port == usual_port ? 0 : target.port;
    login.user = has_password ? target.user : std::string();
    login.domain = target.smb.domain;
    login.has_password = has_password;
    login.kerberos = target.smb.kerberos || !has_password;
    login.netbios = target.smb.netbios;
    login.allow_smb2 = target.smb.allow_smb2;
    login.tickets = tickets_file();
    return login;
}

/// The agent's own words, of which the first character tells how it is meant.
Error refusal_of_agent(const std::string& answer)
{
    const std::string said = common::one_line(common::trim(answer.substr(1)), 300);
    if (answer.front() == '=')
        return {
            Trouble::busy, said,
            "wait for it to end; --take-over stops the other run's agent, but never an installer at work"};
    return {Trouble::rejected, "the agent did not start: " + said};
}

} // namespace

SmbTransport::SmbTransport(target::Target target, const trust::Credentials& credentials, std::string run)
    : target_(std::move(target)), credentials_(credentials), run_(std::move(run))
{
    check_run(run_);
}

/// Runs `step`. When it fails the helper goes, and takes away what it has put there.
template <typename Step>
auto SmbTransport::in_session(std::string_view doing, Step&& step)
{
    try {
        return common::while_doing(doing, std::forward<Step>(step));
    } catch (...) {
        helper_.reset();
        throw;
    }
}

control::Session SmbTransport::log_in(Deadline deadline)
{
    helper_.reset();
    auto fresh = std::make_unique<HelperProcess>();
    const common::Secret& password = credentials_.password();
    const Fields request = encode(login_of(target_, !password.empty()));
    const control::Session session =
        control::read_session(fresh->ask(request, password.reveal(), deadline).fields);
    helper_ = std::move(fresh);
    return session;
}

HelperProcess& SmbTransport::helper(Deadline deadline)
{
    if (!helper_)
        log_in(deadline);
    return *helper_;
}

Platform SmbTransport::scout(std::uint64_t needed, Deadline deadline)
{
    return in_session("scouting", [&] {
        const control::Session session = log_in(deadline);
        const Fields room = helper_->ask(wish(ask::room), deadline).fields;
        if (room.get_or("read-only", "") == "yes")
            throw Error(Trouble::rejected, "ADMIN$ cannot be written");
        if (room.number("free") < 2 * needed + room_for_work)
            throw Error(Trouble::rejected,
                        "ADMIN$ has " + common::bytes_text(room.number("free")) + " free, " +
                            common::bytes_text(2 * needed + room_for_work) + " are needed",
                        "make room on the target's system drive");
        Platform platform;
        platform.os = "Windows";
        platform.architecture = "x86_64"; // of no other there is an agent; its start tells
        platform.root = true;
        platform.session_address = common::one_line(session.target_address, 60);
        platform.our_address = common::one_line(session.our_address, 60);
        platform.folder = shown(run_folder(run_));
        platform.machine = common::one_line(session.machine, 60);
        platform.login.method = session.method == "kerberos" ? "kerberos" : "ntlm";
        return platform;
    });
}

void SmbTransport::copy(const AgentBinary& agent, const Sent& sent, Deadline deadline)
{
    in_session("copying the agent", [&] {
        if (!helper_)
            throw Error(Trouble::defect, "copy was called before scout");
        id_ = common::to_hex(common::os::random_bytes(4));
        make_folders(deadline);
        send(agent, sent, deadline);
        check_copy(agent, deadline);
    });
}

/// The outer ones are shared with other runs and other starts: of them only what is empty goes with us.
void SmbTransport::make_folders(Deadline deadline)
{
    for (const std::string& path : {std::string(state_folder), run_folder(run_)})
        helper_->ask(wish(ask::make_folder).add("path", path).add("shared", "yes"), deadline);
    helper_->ask(wish(ask::make_folder).add("path", start_folder(run_, id_)), deadline);
}

void SmbTransport::send(const AgentBinary& agent, const Sent& sent, Deadline deadline)
{
    const std::string program = unpack(agent);
    const std::string path = start_folder(run_, id_) + '/' + std::string(agent_file);
    for (std::size_t done = 0; done < program.size();) {
        const std::string_view part = std::string_view(program).substr(done, piece);
        done += part.size();
        Fields request = wish(ask::put).add("path", path + ".new");
        if (done == program.size())
            request.add("last", "yes");
        helper_->ask(request, part, deadline);
        if (sent) // told as if it went packed, as its size is told
            sent(agent.compressed.size() * done / program.size());
    }
    helper_->ask(wish(ask::rename).add("path", path + ".new").add("to", path), deadline);
}

/// Read again what now lies there, under its final name: an antivirus program looks at that, too.
void SmbTransport::check_copy(const AgentBinary& agent, Deadline deadline)
{
    const std::string path = start_folder(run_, id_) + '/' + std::string(agent_file);
    const Fields found = helper_->ask(wish(ask::hash).add("path", path), deadline).fields;
    const std::string sha256 = common::one_line(found.get_or("sha256", ""), 64);
    if (sha256.empty())
        throw Error(Trouble::rejected, shown(path) + " was gone a moment after it was written", antivirus);
    if (sha256 != agent.sha256)
        throw Error(Trouble::rejected, "the agent arrived damaged: " + sha256, "try again");
}

common::Ready SmbTransport::start(const common::Orders& orders, Deadline deadline)
{
    return in_session("starting the agent", [&] {
        if (!helper_ || id_.empty())
            throw Error(Trouble::defect, "start was called before copy");
        const std::string name = service_name(id_);
        helper_->ask(wish(ask::create_service)
                         .add("name", name)
                         .add("shown", "Soapstone agent " + id_)
                         .add("command", service_command(run_, id_)),
                     deadline);
        Fields request = wish(ask::start_service).add("name", name);
        for (const std::string& argument : common::to_arguments(orders))
            request.add("argument", argument);
        helper_->ask(request, deadline);
        wait_until_running(deadline);
        common::Ready ready = read_ready(orders.nonce, deadline);
        helper_->ask(wish(ask::keep), deadline);
        return ready;
    });
}

/// Until it runs, or has stopped: then it has left a sentence.
void SmbTransport::wait_until_running(Deadline deadline)
{
    for (;;) {
        const Fields state = helper_->ask(wish(ask::service).add("name", service_name(id_)), deadline).fields;
        const std::string now = state.get_or("state", "");
        if (now.empty() || now == service_stopped || now == service_running)
            return;
        if (deadline.passed())
            throw Error(Trouble::unreachable, "the agent's service did not begin to run in time");
        std::this_thread::sleep_for(between_looks);
    }
}

common::Ready SmbTransport::read_ready(const std::string& nonce, Deadline deadline)
{
    const std::string path = start_folder(run_, id_) + "/ready";
    const control::Message answer =
        helper_->ask(wish(ask::get).add("path", path).add("most", most_ready), deadline);
    if (answer.data.empty())
        throw Error(Trouble::rejected, "the agent's service ended without a word",
                    "look into the event log of the target (Windows Logs, System); " +
                        std::string(antivirus));
    if (answer.data.front() != '+')
        throw refusal_of_agent(answer.data);
    common::Ready ready = common::Ready::parse(answer.data.substr(1));
    if (ready.nonce != nonce)
        throw Error(Trouble::rejected, "the ready line is not an answer to our orders");
    return ready;
}

std::unique_ptr<Tunnel> SmbTransport::tunnel(const AgentAddress& agent, Deadline deadline)
{
    return common::while_doing("looking for the agent", [&]() -> std::unique_ptr<Tunnel> {
        HelperProcess& asked = helper(deadline);
        for (const Deadline end = deadline.or_before(Deadline::in(settling)); !end.passed();
             std::this_thread::sleep_for(between_looks)) {
            const Fields state =
                asked.ask(wish(ask::service).add("name", service_name(id_)), deadline).fields;
            if (state.get_or("state", "") != service_running)
                return nullptr;
        }
        throw Error(Trouble::unreachable,
                    "it runs, but its port " + std::to_string(agent.port) +
                        " cannot be reached from here, and SMB carries no other connections",
                    "let that port through the target's firewall for this machine, as --open-firewall does");
    });
}

Remains SmbTransport::leftovers(const Footprint& footprint, Deadline deadline)
{
    return in_session("looking for what was left", [&] {
        check_run(footprint.run);
        const bool whole =
            std::any_of(footprint.folders.begin(), footprint.folders.end(), [&](const auto& folder) {
                return folder == (std::string(common::state_folder) + '/' + footprint.run);
            });
        const bool logged_in = helper_ != nullptr;
        const std::string port = std::to_string(footprint.port);
        Remains remains = look_for_leftovers(helper(deadline), footprint.run, whole, deadline);
        // Of a login whose address we do not know yet we know no port either.
        if (logged_in && footprint.port != 0 &&
            !helper_->ask(wish(ask::listens).add("port", port), deadline)
                 .fields.get_or("listens", "")
                 .empty())
            remains.left.push_back("port " + port);
        return remains;
    });
}

Condition SmbTransport::examine(Deadline deadline)
{
    return in_session("examining", [&] {
        Condition condition;
        condition.clock.before = std::chrono::system_clock::now();
        log_in(deadline); // it is greeted anew
        condition.clock.after = std::chrono::system_clock::now();
        condition.clock.seconds =
            static_cast<std::int64_t>(helper_->ask(wish(ask::clock), deadline).fields.number("time"));
        const Fields room = helper_->ask(wish(ask::room), deadline).fields;
        condition.state_free = room.number("free");
        condition.state_read_only = room.get_or("read-only", "") == "yes";
        condition.firewall.kind = "unknown"; // SMB does not tell
        return condition;
    });
}

Swept SmbTransport::sweep(const std::string& run, Deadline deadline)
{
    return in_session("sweeping", [&] {
        check_run(run);
        return sweep_away(helper(deadline), run, deadline);
    });
}

} // namespace manager::transport::smb
