#include "tests/support/smb_host.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/process.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <sched.h>
#include <stdexcept>
#include <sys/mount.h>
#include <sys/socket.h>
#include <thread>

namespace tests {

namespace fs = std::filesystem;
using manager::transport::process::Child;
using namespace std::chrono_literals;

namespace {

constexpr auto start_limit = 8s; ///< it takes half a second where nothing else goes on
constexpr auto look_again = 20ms;

void must_run(const std::vector<std::string>& arguments)
{
    const common::os::Finished done = common::os::run(arguments, common::Deadline::in(30s));
    if (done.status != 0)
        throw std::runtime_error(arguments[0] + ": " + done.problems);
}

sockaddr_in address_of(const std::string& text, std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, text.c_str(), &address.sin_addr);
    return address;
}

int connect(const common::os::Descriptor& socket, const sockaddr_in& address)
{
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

bool answers(const std::string& to, std::uint16_t port)
{
    const common::os::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return connect(socket, address_of(to, port)) == 0;
}

/// Waits a moment for the end.
bool has_ended(Child& child)
{
    try {
        child.wait(common::Deadline::in(look_again));
        return true;
    } catch (const common::Error&) { // it lives
        return false;
    }
}

/// What a file ends with.
std::string last_words(const fs::path& file)
{
    constexpr std::size_t most = 2000;
    std::ifstream stream(file);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    return text.substr(text.size() - std::min(text.size(), most));
}

} // namespace

void go_offline()
{
    static const bool done = ::unshare(CLONE_NEWNET) == 0;
    if (!done)
        throw std::runtime_error("these tests make a network of their own, and need root");
    must_run({"ip", "link", "set", "lo", "up"});
}

std::string next_address()
{
    static int count = 0;
    std::string address = "127.0.1." + std::to_string(++count);
    go_offline();
    must_run({"ip", "address", "replace", address + "/8", "dev", "lo"});
    return address;
}

SmbHost::SmbHost(const std::string& settings, const std::string& share) : address_(next_address())
{
    for (const char* folder : {"admin", "state", "private", "cache", "lock", "pid", "rpc", "log"})
        fs::create_directory(scratch_.path() / folder);
    fs::permissions(scratch_.path(), fs::perms(0755)); // smbd goes there as the user, too
    write_settings(settings, share);
    add_user("root");
    add_user("games");
    const std::string programs = "/usr/libexec/samba/";
    pipes_ = start({programs + "samba-dcerpcd", programs + "rpcd_classic", programs + "rpcd_winreg",
                    programs + "rpcd_lsad"});
    smbd_ = start({"/usr/sbin/smbd"});
    wait();
}

void SmbHost::write_settings(const std::string& settings, const std::string& share) const
{
    const std::string here = scratch_.path().string();
    std::string text = "[global]\nserver role = standalone server\nworkgroup = WORKGROUP\n"
                       "bind interfaces only = yes\nsmb ports = 445 139\n"
                       "server min protocol = SMB2_10\nserver signing = mandatory\nntlm auth = ntlmv2-only\n"
                       "rpc start on demand helpers = no\nmap to guest = never\n"
                       "load printers = no\ndisable spoolss = yes\nprintcap name = /dev/null\n"
                       "vfs objects = acl_xattr\nacl_xattr:ignore system acls = yes\n";
    text += "interfaces = " + address_ + "/8\nusername map = " + here + "/users\n";
    text += "passdb backend = smbpasswd:" + here + "/private/smbpasswd\n";
    for (const auto& [key, folder] :
         {std::pair{"private dir", "private"}, std::pair{"state directory", "state"},
          std::pair{"cache directory", "cache"}, std::pair{"lock directory", "lock"},
          std::pair{"pid directory", "pid"}, std::pair{"ncalrpc dir", "rpc"}})
        text += std::string(key) + " = " + here + '/' + folder + '\n';
    text += settings + "\n[" + share + "]\npath = " + here + "/admin\nvalid users = root\nread only = no\n";
    scratch_.file("smb.conf", text, 0644);
    scratch_.file("users", "root = Administrator\ngames = carol\n", 0644);
}

void SmbHost::add_user(const std::string& name) const
{
    const std::string typed = std::string(password) + "\\n" + password + "\\n";
    const std::string conf = (scratch_.path() / "smb.conf").string();
    const common::os::Finished done =
        common::os::run({"sh", "-c", "printf '" + typed + "' | pdbedit -s " + conf + " -t -a -u " + name},
                        common::Deadline::in(30s));
    if (done.status != 0)
        throw std::runtime_error("pdbedit: " + done.problems);
}

std::unique_ptr<Child> SmbHost::start(std::vector<std::string> arguments) const
{
    const std::string conf = (scratch_.path() / "smb.conf").string();
    const std::string log = (scratch_.path() / "log").string();
    // Without -D smbd takes its input, which is a socket, for a client that inetd has let in.
    for (const std::string& one : {std::string("-D"), std::string("-F"), std::string("--no-process-group"),
                                   "--configfile=" + conf, "--log-basename=" + log})
        arguments.push_back(one);
    return std::make_unique<Child>(
        manager::transport::process::Program{arguments, common::os::clean_environment()});
}

bool SmbHost::is_ready() const
{
    return fs::exists(scratch_.path() / "rpc/np/svcctl") &&
           (answers(address_, 445) || answers(address_, 139));
}

void SmbHost::wait()
{
    const common::Deadline deadline = common::Deadline::in(start_limit);
    while (!is_ready())
        if (has_ended(*smbd_) || has_ended(*pipes_) || deadline.passed()) {
            smbd_->kill(); // what does not start need not be waited for again
            pipes_->kill();
            throw std::runtime_error("smbd does not answer; the logs end with:\n" +
                                     last_words(scratch_.path() / "log/log.smbd") +
                                     last_words(scratch_.path() / "log/log.samba-dcerpcd"));
        }
}

OddPort::OddPort(const std::string& address, std::uint16_t port, Way way, std::string answer)
    : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    const sockaddr_in at = address_of(address, port);
    const int yes = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
        ::listen(listener_.get(), way == Way::drops ? 0 : 8) != 0)
        throw std::runtime_error("cannot listen on " + address);
    // What comes while the queue is full is dropped by the kernel without a word.
    for (int i = 0; way == Way::drops && i < 3; ++i) {
        waiting_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        connect(waiting_.back(), at);
    }
    if (way == Way::answers)
        server_ = std::thread([this] { serve(); });
}

OddPort::~OddPort()
{
    ::shutdown(listener_.get(), SHUT_RDWR);
    if (server_.joinable())
        server_.join();
}

void OddPort::serve() const
{
    for (;;) {
        const common::os::Descriptor guest(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!guest)
            return;
        char bytes[4096];
        if (::recv(guest.get(), bytes, sizeof bytes, 0) > 0)
            ::send(guest.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
    }
}

void name_hosts(const std::string& lines)
{
    static const Scratch scratch;
    const fs::path file = scratch.file("hosts", lines, 0644);
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount(file.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) != 0)
        throw std::runtime_error("cannot lay another file over /etc/hosts");
}

} // namespace tests
