#pragma once

#include "common/os/descriptor.hpp"
#include "manager/transport/process/child.hpp"
#include "tests/support/scratch.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tests {

/// From now on this process, and what it starts, has a loopback of its own: port 445 is free there, and
/// nobody else reaches it. What listens already is left behind. Needs root.
void go_offline();

/// A real smbd with a share ADMIN$ and Samba's own service manager, which can be opened and
/// listed but makes no services. Logins: Administrator and carol, who is none, both with `password`. It has
/// an address of its own in a network that only this test program sees. Needs root.
class SmbHost {
public:
    static constexpr auto password = "Secret 1";

    /// `settings`: more lines for [global] of smb.conf; `share`: what ADMIN$ is called there.
    explicit SmbHost(const std::string& settings = {}, const std::string& share = "ADMIN$");

    const std::string& address() const { return address_; }
    /// Where the share is seen from here.
    std::filesystem::path share() const { return scratch_.path() / "admin"; }

private:
    void write_settings(const std::string& settings, const std::string& share) const;
    void add_user(const std::string& name) const;
    std::unique_ptr<manager::transport::process::Child> start(std::vector<std::string> arguments) const;
    bool is_ready() const;
    void wait();

    Scratch scratch_;
    std::string address_;
    /// Samba's pipes. Started by smbd itself, they would outlive it.
    std::unique_ptr<manager::transport::process::Child> pipes_;
    std::unique_ptr<manager::transport::process::Child> smbd_;
};

/// Listens on a port and talks no SMB, in the network of go_offline().
class OddPort {
public:
    enum class Way {
        drops,   ///< as a firewall that says nothing: no connection comes to be
        is_mute, ///< connections, and no word
        answers, ///< with some bytes, none of them: hangs up; and the next time again
    };

    OddPort(const std::string& address, std::uint16_t port, Way way, std::string answer = {});
    OddPort(const OddPort&) = delete;
    OddPort& operator=(const OddPort&) = delete;
    ~OddPort();

private:
    void serve() const;

    std::string answer_;
    common::os::Descriptor listener_;
    std::vector<common::os::Descriptor> waiting_; ///< fill the queue
    std::thread server_;
};

/// A fresh address of this network.
std::string next_address();

/// From now on this thread, and what it starts, has these `lines` for /etc/hosts. Needs root.
void name_hosts(const std::string& lines);

} // namespace tests
