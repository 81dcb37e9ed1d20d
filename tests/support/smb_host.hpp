#pragma once

#include "manager/transport/process/child.hpp"
#include "tests/support/scratch.hpp"

#include <filesystem>
#include <memory>
#include <string>
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

    /// `settings`: more lines for [global] of smb.conf.
    explicit SmbHost(const std::string& settings = {});

    const std::string& address() const { return address_; }
    /// Where the share is seen from here.
    std::filesystem::path share() const { return scratch_.path() / "admin"; }

private:
    void write_settings(const std::string& settings) const;
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

} // namespace tests
