#pragma once

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/transport/ssh/ssh_connector.hpp"
#include "tests/support/transport_rigs.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

/// Logins at a real sshd by way of soapstone-ssh, for the tests of that child process.
namespace ssh_child {

using namespace manager; // the tests speak the manager's language
using namespace std::chrono_literals;
using namespace tests;
using common::Deadline;
using common::Error;
using common::Trouble;
using transport::shell::Channel;
using transport::shell::Progress;

constexpr auto limit = 60s; // for what is to succeed, on a machine that is busy with other things

inline SshHost& host()
{
    return SshRig::host();
}

inline std::uint16_t usual_port()
{
    static const std::uint16_t port = host().sshd({"MaxStartups 100"});
    return port;
}

/// Logs root in by key, on a port of its own choice.
class Site {
public:
    explicit Site(std::uint16_t port = usual_port()) : credentials_(means()), known_({known_hosts(port)})
    {
        target_.name = target_.host = "127.0.0.1";
        target_.port = port;
        target_.user = "root";
        patience.retries = 0;
    }

    std::unique_ptr<Channel> open(const std::string& command, std::chrono::seconds time = limit)
    {
        return transport::ssh::SshConnector(target_, credentials_, known_, false, patience)
            .open(command, Deadline::in(time));
    }

    transport::shell::Patience patience;

private:
    static trust::LoginOptions means()
    {
        trust::LoginOptions means;
        means.use_agent = false;
        means.identities.push_back(host().user_key("ed25519"));
        return means;
    }

    std::filesystem::path known_hosts(std::uint16_t port)
    {
        return scratch_.file("known_hosts",
                             "[127.0.0.1]:" + std::to_string(port) + ' ' + host().host_key("ed25519") + '\n');
    }

    Scratch scratch_;
    target::Target target_;
    trust::Credentials credentials_;
    trust::KnownHosts known_;
};

struct Outcome {
    std::string output;
    std::string problems;
    int status;
};

/// Gives `input` to a command and takes what it says until it ends.
inline Outcome talk(Channel& channel, std::string_view input)
{
    const Deadline deadline = Deadline::in(limit);
    Outcome outcome{};
    bool open = true;
    for (bool ended = false; !ended;) {
        const Progress progress = channel.exchange(input, deadline);
        input.remove_prefix(progress.sent);
        outcome.output += progress.output;
        outcome.problems += progress.problems;
        ended = progress.ended;
        if (open && input.empty()) {
            ::shutdown(channel.stream(), SHUT_WR);
            open = false;
        }
    }
    outcome.status = channel.status(deadline);
    return outcome;
}

inline Outcome run(const std::string& command, std::string_view input = {})
{
    Site site;
    return talk(*site.open(command), input);
}

inline std::string random_bytes(std::size_t size)
{
    std::mt19937 random(42);
    std::string bytes(size, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

/// The processes called soapstone-ssh that `parent` has.
inline std::vector<pid_t> children_of(pid_t parent)
{
    std::vector<pid_t> children;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto pid = common::to_number(entry.path().filename().string());
        if (!pid)
            continue;
        const auto stat = common::os::read_file_if_there(entry.path() / "stat");
        const std::string name = "(soapstone-ssh) ";
        const std::size_t at = stat ? stat->find(name) : std::string::npos;
        if (at == std::string::npos)
            continue;
        const std::vector<std::string> fields = common::split(stat->substr(at + name.size()), ' ');
        if (fields[0] != "Z" && fields[1] == std::to_string(parent))
            children.push_back(static_cast<pid_t>(*pid));
    }
    return children;
}

} // namespace ssh_child
