#include "tests/support/ssh_host.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>

namespace tests {

namespace fs = std::filesystem;

namespace {

/// Where a root with an sshd is: named by SOAPSTONE_SSH_ROOT, this machine, or the base that the lab keeps.
std::string root_with_sshd()
{
    if (const char* named = std::getenv("SOAPSTONE_SSH_ROOT"))
        return named;
    if (fs::exists("/usr/sbin/sshd"))
        return "/";
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator("/var/cache/soapstone-lab", none))
        if (entry.path().filename().string().starts_with("bookworm-")) // the others are what a few tests want
            return entry.path();
    throw std::runtime_error(
        "these tests need an sshd, and there is none: install openssh-server, build the lab's base "
        "(tests/lab/lab up 1), or name a root that has one in SOAPSTONE_SSH_ROOT");
}

/// A port that was free a moment ago.
std::uint16_t free_port()
{
    const common::os::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("no free port on loopback");
    return ntohs(address.sin_port);
}

bool answers(std::uint16_t port)
{
    const common::os::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

pid_t child_of(pid_t pid)
{
    const std::string number = std::to_string(pid);
    const std::string children = common::os::read_file("/proc/" + number + "/task/" + number + "/children");
    return static_cast<pid_t>(common::to_number(common::split(children, ' ').front()).value_or(0));
}

} // namespace

SshHost::SshHost()
{
    if (::geteuid() != 0)
        throw std::runtime_error(
            "these tests make a host of their own with namespaces and mounts, and need root");
    fs::create_directory(scratch() / "disk");
    start(root_with_sshd());
}

void SshHost::start(const std::string& root)
{
    int input[2];
    int output[2];
    if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    input_ = common::os::Descriptor(input[1]);
    output_ = common::os::Descriptor(output[0]);
    const common::os::Descriptor their_input(input[0]);
    const common::os::Descriptor their_output(output[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, their_input.get(), 0);
    posix_spawn_file_actions_adddup2(&actions, their_output.get(), 1);
    std::vector<std::string> words{"/usr/bin/unshare",
                                   "--mount",
                                   "--pid",
                                   "--uts",
                                   "--ipc",
                                   "--fork",
                                   "/bin/sh",
                                   SOAPSTONE_TEST_SUPPORT "/ssh_host.sh",
                                   root,
                                   (scratch() / "disk").string()};
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int error = ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0 || read_line() != "ready")
        throw std::runtime_error("the host for SSH tests did not start; its words are above");
    init_ = child_of(pid_);
}

SshHost::~SshHost()
{
    input_.close(); // on which process 1 of the host ends, and the kernel takes all others with it
    if (pid_ > 0)
        ::waitpid(pid_, nullptr, 0);
}

std::string SshHost::read_line()
{
    for (;;) {
        if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
            const std::string line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            return line;
        }
        char bytes[4096];
        const ssize_t got = ::read(output_.get(), bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            throw std::runtime_error("the host for SSH tests has ended");
        buffer_.append(bytes, static_cast<std::size_t>(got));
    }
}

std::string SshHost::run(const std::string& command)
{
    common::os::write_all(input_.get(), command + '\n', "the host");
    std::string text;
    for (;;) {
        const std::string line = read_line();
        if (line == "=0")
            return text.substr(0, text.size() - 1); // without the newline in front of the status
        if (!line.empty() && line[0] == '=')
            throw std::runtime_error(command + " ended with status " + line.substr(1) + ": " + text);
        text += line + '\n';
    }
}

bool SshHost::has(const std::string& program)
{
    return run("command -v " + program + " || true") != "";
}

std::uint16_t SshHost::sshd(const std::vector<std::string>& settings)
{
    const std::uint16_t port = free_port();
    std::string command = "/usr/sbin/sshd -f /keys/sshd_config -E /keys/log -o ListenAddress=127.0.0.1 -p " +
                          std::to_string(port);
    for (const std::string& setting : settings)
        command += " -o '" + setting + '\'';
    run(command);
    for (int tries = 0; !answers(port); ++tries) {
        if (tries == 100)
            throw std::runtime_error("the sshd for tests does not listen");
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return port;
}

fs::path SshHost::path(const std::string& path) const
{
    return "/proc/" + std::to_string(init_) + "/root" + (scratch() / "disk/root").string() + path;
}

fs::path SshHost::user_key(const std::string& kind)
{
    const fs::path file = scratch() / ("user_" + kind);
    common::os::write_file_durably(file, common::os::read_file(path("/keys/user_" + kind)), 0600);
    common::os::write_file_durably(scratch() / ("user_" + kind + ".pub"),
                                   common::os::read_file(path("/keys/user_" + kind + ".pub")), 0644);
    return file;
}

std::string SshHost::host_key(const std::string& kind)
{
    return std::string(common::trim(common::os::read_file(path("/keys/host_" + kind + ".pub"))));
}

} // namespace tests
