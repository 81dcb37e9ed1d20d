#pragma once

#include "manager/transport/make_transport.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/smb_host.hpp"
#include "tests/support/ssh_host.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tests {

/// The made-up agent (fake_agent.cpp), packed as for a rollout.
const manager::transport::AgentBinary& fake_agent();

/// Bytes that no packing makes smaller, as an agent. It is never to be started.
manager::transport::AgentBinary large_agent(std::uint64_t size);

/// Orders for the run `run` and the made-up agent's `behaviour`.
common::Orders orders_for(const std::string& run, const std::string& behaviour = "behaves");

/// A run id nobody else has.
std::string fresh_run();

/// What a transport meets: folders of all kinds on one target. `Rig{}` gives a target without a trace of
/// others.
class Rig {
public:
    virtual ~Rig();

    /// A transport whose target looks for room in `folders`.
    virtual std::unique_ptr<manager::transport::Transport>
    transport(const std::vector<std::string>& folders) = 0;
    std::unique_ptr<manager::transport::Transport> transport() { return this->transport({good}); }

    /// Scouts, copies and starts the made-up agent; it is ended with the rig.
    common::Ready deploy(const std::string& behaviour = "behaves");

    /// Names in a folder of the target.
    std::vector<std::string> names_in(const std::string& folder) const;

    /// True when the folder is or gets empty within `limit`.
    bool gets_empty(const std::string& folder,
                    std::chrono::milliseconds limit = std::chrono::seconds(3)) const;

    /// Writes a file on the target, with the folders above it.
    void write(const std::string& path, const std::string& text) const;

    /// True while process `pid` of the target runs.
    bool runs(std::uint64_t pid) const;

    /// Where a path of the target is seen from here.
    virtual std::filesystem::path seen(const std::string& path) const = 0;

    std::string run = fresh_run();
    std::chrono::seconds idle{60}; ///< how long the target waits between scout and copy
    std::chrono::seconds keep{60}; ///< how long it waits after the start for further scripts
    std::string good;              ///< folder where an agent can lie
    std::string noexec;            ///< where no program runs
    std::string small;             ///< with 1 MiB
    std::string full;              ///< with 9 MiB

protected:
    manager::transport::Options options(const std::vector<std::string>& folders) const;
    virtual void end(std::uint64_t pid) const = 0;

    std::vector<std::uint64_t> agents_;
};

/// This very machine, with folders of its own that nobody else sees.
class LocalRig final : public Rig {
public:
    LocalRig();
    ~LocalRig() override;

    std::unique_ptr<manager::transport::Transport>
    transport(const std::vector<std::string>& folders) override;
    using Rig::transport;
    std::filesystem::path seen(const std::string& path) const override { return path; }

private:
    void end(std::uint64_t pid) const override;

    Scratch scratch_;
    manager::trust::Credentials credentials_{{}};
    manager::trust::KnownHosts known_{{}};
};

/// A host behind a real sshd, root logging in by key.
class SshRig : public Rig {
public:
    explicit SshRig(manager::target::SshProgram program = manager::target::SshProgram::libssh2);
    ~SshRig() override;

    std::unique_ptr<manager::transport::Transport>
    transport(const std::vector<std::string>& folders) override;
    using Rig::transport;
    std::filesystem::path seen(const std::string& path) const override { return host().path(path); }

    /// The one host of this test program.
    static SshHost& host();

private:
    void end(std::uint64_t pid) const override;

    std::optional<manager::trust::Credentials> credentials_;
    std::optional<manager::trust::KnownHosts> known_;
    std::uint16_t port_ = 0;
    manager::target::SshProgram program_;
};

/// The same, reached by the system's ssh.
class OpensshRig final : public SshRig {
public:
    OpensshRig() : SshRig(manager::target::SshProgram::openssh) {}
};

/// The share of a Samba that can start nothing: what a transport does before the start.
class SmbRig final : public Rig {
public:
    SmbRig();
    ~SmbRig() override;

    /// It has but one folder.
    std::unique_ptr<manager::transport::Transport>
    transport(const std::vector<std::string>& folders) override;
    using Rig::transport;
    std::filesystem::path seen(const std::string& path) const override;

    /// The one host of this test program, which must be offline before anything else listens.
    static SmbHost& host();

private:
    void end(std::uint64_t pid) const override;

    std::optional<manager::trust::Credentials> credentials_;
    manager::trust::KnownHosts known_{{}};
};

} // namespace tests
