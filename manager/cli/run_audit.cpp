#include "manager/cli/run_audit.hpp"

#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/rollout/exit_code.hpp"
#include "manager/rollout/plan.hpp"
#include "manager/rollout/report.hpp"

#include <cstdlib>
#include <unistd.h>

namespace manager::cli {

using common::os::Audit;

namespace {

void add_if_any(Audit::Facts& facts, const char* key, const std::string& value)
{
    if (!value.empty())
        facts.emplace_back(key, value);
}

std::string environment(const char* name)
{
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// The number of the user who logged in, whoever he has become since; empty where the kernel does not keep
/// it.
std::string login_user()
{
    const std::string number =
        common::os::read_file_if_there("/proc/self/loginuid", 64).value_or("4294967295");
    return number == "4294967295" ? "" : number;
}

std::string terminal()
{
    char name[128];
    for (const int file : {STDIN_FILENO, STDERR_FILENO, STDOUT_FILENO})
        if (::ttyname_r(file, name, sizeof name) == 0)
            return name;
    return "";
}

/// Whoever sits at the keyboard, as far as it can be known. What comes from the environment is a hint, not a
/// proof.
void add_who(Audit::Facts& facts)
{
    facts.emplace_back("who", rollout::text_of(rollout::this_workplace()));
    add_if_any(facts, "login_uid", login_user());
    add_if_any(facts, "terminal", terminal());
    add_if_any(facts, "sudo_user", environment("SUDO_USER"));
    add_if_any(facts, "ssh_client", common::split(environment("SSH_CONNECTION"), ' ').front());
}

/// No command line: arguments of programs may hold what others should not read.
std::string components_of(const rollout::Run& run)
{
    std::vector<std::string> titles;
    for (const baseline::Component& component : run.request.components)
        titles.push_back(rollout::title(component));
    return common::join(titles, ", ");
}

} // namespace

Audit audit_of(const rollout::Run& run)
{
    return {"soapstone", {{"run", run.id}}};
}

void RunAudit::started(const rollout::Run& run)
{
    const bool looks_only = run.request.components.empty();
    Audit::Facts facts{{"command", run.epoch > 1 ? "resume" : looks_only ? "inventory" : "deploy"}};
    add_who(facts);
    add_if_any(facts, "components", components_of(run));
    facts.emplace_back("targets", std::to_string(run.request.targets.size()));
    audit_.tell("start_run", facts);
}

void RunAudit::finished(const rollout::Run& run)
{
    Audit::Facts facts{{"exit_code", std::to_string(static_cast<int>(exit_code_of(run)))}};
    for (const auto& [outcome, number] : rollout::count(run))
        if (number > 0)
            facts.emplace_back(name_of(outcome), std::to_string(number));
    audit_.tell("end_run", facts);
}

} // namespace manager::cli
