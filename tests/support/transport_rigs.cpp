#include "tests/support/transport_rigs.hpp"

#include "common/os/process.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"

#include <csignal>
#include <sched.h>
#include <stdexcept>
#include <sys/mount.h>
#include <thread>

namespace tests {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using manager::transport::AgentBinary;

namespace {

std::string packed(const fs::path& file)
{
    return common::os::run({"gzip", "-1c", file.string()}, common::Deadline::in(30s), 64 << 20).output;
}

AgentBinary agent_in(const fs::path& file)
{
    const std::string program = common::os::read_file(file, 64 << 20);
    return {"x86_64", packed(file), common::tls::sha256_hex(program), program.size()};
}

/// From now on nobody else sees what this process mounts, nor what it writes below /var/lib.
void go_private()
{
    static const bool done = [] {
        return ::unshare(CLONE_NEWNS) == 0 &&
               ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
               ::mount("tests", "/var/lib", "tmpfs", 0, nullptr) == 0;
    }();
    if (!done)
        throw std::runtime_error("these tests mount folders in a namespace of their own, and need root");
}

std::string mounted(const fs::path& folder, unsigned long flags, const char* options)
{
    fs::create_directory(folder);
    if (::mount("tests", folder.c_str(), "tmpfs", flags, options) != 0)
        throw std::runtime_error("no tmpfs on " + folder.string());
    return folder.string();
}

} // namespace

const AgentBinary& fake_agent()
{
    static const AgentBinary agent = agent_in(SOAPSTONE_FAKE_AGENT);
    return agent;
}

AgentBinary large_agent(std::uint64_t size)
{
    const Scratch scratch;
    return agent_in(scratch.file("agent", common::os::random_bytes(size)));
}

common::Orders orders_for(const std::string& run, const std::string& behaviour)
{
    common::Orders orders;
    orders.run = run;
    orders.target = behaviour;
    orders.nonce = common::to_hex(common::os::random_bytes(8));
    orders.listen_address = "127.0.0.1";
    return orders;
}

std::string fresh_run()
{
    return common::to_hex(common::os::random_bytes(16));
}

Rig::~Rig() = default;

manager::transport::Options Rig::options(const std::vector<std::string>& folders) const
{
    manager::transport::Options options;
    options.shell.run = run;
    options.shell.folders = folders;
    options.shell.idle = idle;
    options.shell.keep = keep;
    return options;
}

common::Ready Rig::deploy(const std::string& behaviour)
{
    const auto deadline = common::Deadline::in(20s);
    const auto way = transport();
    way->scout(fake_agent().size, deadline);
    way->copy(fake_agent(), nullptr, deadline);
    const common::Ready ready = way->start(orders_for(run, behaviour), deadline);
    agents_.push_back(ready.pid);
    return ready;
}

std::vector<std::string> Rig::names_in(const std::string& folder) const
{
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(seen(folder)))
        names.push_back(entry.path().filename());
    return names;
}

bool Rig::gets_empty(const std::string& folder, std::chrono::milliseconds limit) const
{
    const auto deadline = common::Deadline::in(limit);
    while (!names_in(folder).empty() && !deadline.passed())
        std::this_thread::sleep_for(10ms);
    return names_in(folder).empty();
}

void Rig::write(const std::string& path, const std::string& text) const
{
    fs::create_directories(seen(path).parent_path());
    common::os::write_file_durably(seen(path), text);
}

bool Rig::runs(std::uint64_t pid) const
{
    std::error_code
        error; // a zombie has no program; not to be allowed to look at one means that there is one
    return fs::exists(seen("/proc/" + std::to_string(pid) + "/exe"), error) ||
           error == std::errc::permission_denied;
}

LocalRig::LocalRig()
{
    go_private();
    good = mounted(scratch_.path() / "good", 0, "size=64m");
    noexec = mounted(scratch_.path() / "noexec", MS_NOEXEC, "size=64m");
    small = mounted(scratch_.path() / "small", 0, "size=1m");
    full = mounted(scratch_.path() / "full", 0, "size=9m");
}

LocalRig::~LocalRig()
{
    for (const std::uint64_t pid : agents_)
        end(pid);
    for (const std::string& folder : {good, noexec, small, full})
        ::umount2(folder.c_str(), MNT_DETACH);
}

std::unique_ptr<manager::transport::Transport> LocalRig::transport(const std::vector<std::string>& folders)
{
    manager::target::Target target;
    target.name = target.host = "localhost";
    target.connection = manager::target::Connection::local;
    return manager::transport::make_transport(target, credentials_, known_, options(folders));
}

void LocalRig::end(std::uint64_t pid) const
{
    ::kill(static_cast<pid_t>(pid), SIGKILL);
}

SshHost& SshRig::host()
{
    static SshHost host;
    return host;
}

SshRig::SshRig(manager::target::SshProgram program) : program_(program)
{
    static const std::uint16_t port = host().sshd();
    port_ = port;
    good = "/good";
    noexec = "/noexec";
    small = "/small";
    full = "/full";
    manager::trust::LoginOptions login;
    login.identities = {host().user_key("ed25519")};
    login.use_agent = false;
    credentials_.emplace(std::move(login));
    const fs::path file = host().scratch() / "known_hosts";
    common::os::write_file_durably(file, "[127.0.0.1]:" + std::to_string(port) + ' ' +
                                             host().host_key("ed25519") + '\n');
    known_.emplace(std::vector{file});
}

SshRig::~SshRig()
{
    for (const std::uint64_t pid : agents_)
        end(pid);
    for (const std::string& folder : {good, noexec, small, full})
        host().run("rm -rf " + folder + "/* " + folder + "/.[!.]*");
}

std::unique_ptr<manager::transport::Transport> SshRig::transport(const std::vector<std::string>& folders)
{
    manager::target::Target target;
    target.name = target.host = "127.0.0.1";
    target.port = port_;
    target.ssh = program_;
    return manager::transport::make_transport(target, *credentials_, *known_, options(folders));
}

void SshRig::end(std::uint64_t pid) const
{
    host().run("kill -KILL " + std::to_string(pid) + " 2>/dev/null || true");
}

SmbHost& SmbRig::host()
{
    static SmbHost host;
    return host;
}

SmbRig::SmbRig()
{
    host();
    good = "/";
    manager::trust::LoginOptions login;
    login.password = common::Secret(SmbHost::password);
    credentials_.emplace(std::move(login));
}

SmbRig::~SmbRig()
{
    for (const std::string& name : names_in(good))
        fs::remove_all(seen(name));
}

std::unique_ptr<manager::transport::Transport> SmbRig::transport(const std::vector<std::string>& folders)
{
    manager::target::Target target;
    target.name = target.host = host().address();
    target.port = 445;
    target.user = "Administrator";
    target.connection = manager::target::Connection::smb;
    return manager::transport::make_transport(target, *credentials_, known_, options(folders));
}

fs::path SmbRig::seen(const std::string& path) const
{
    return host().share() / fs::path(path).relative_path();
}

void SmbRig::end(std::uint64_t) const {}

} // namespace tests
