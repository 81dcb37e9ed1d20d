#include "manager/cli/targets_options.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/target_keys.hpp"
#include "manager/target/ssh_config.hpp"
#include "manager/target/target_set.hpp"
#include "manager/target/targets_file.hpp"

#include <optional>
#include <ostream>

namespace manager::cli {

void TargetsOptions::declare(po::options_description& options)
{
    auto option = options.add_options();
    option("target,t", po::value(&specs_)->composing()->value_name("SPEC"),
           "[user@]host[:port], node[1-40,60], a,b, localhost, @FILE, @GROUP, or - for standard input; "
           "repeatable");
    option(
        "targets,f", po::value(&file_)->value_name("FILE"),
        "file of targets: YAML, an inventory of Ansible, or an input file of HP SUM; without -t all of them");
    option("ssh-config", po::value(&ssh_config_)->value_name("FILE"),
           "how ssh reaches hosts (default: ~/.ssh/config, then the system's); none: no such file");
    option("exclude", po::value(&excluded_)->composing()->value_name("SPEC"), "leave these out; repeatable");
}

std::vector<target::Target> TargetsOptions::targets(const target::Wishes& wishes,
                                                    const Workplace& workplace) const
{
    std::optional<target::TargetsFile> file;
    if (!file_.empty())
        file.emplace(std::filesystem::path(file_));
    const target::SshConfig config = target::SshConfig::named(ssh_config_);
    target::Wishes allowed = wishes;
    allowed.files = workplace.files;
    target::TargetSet set(allowed, file ? &*file : nullptr, workplace.in, &config);
    for (const std::string& spec : specs_)
        set.add(spec);
    if (specs_.empty())
        set.add_file();
    const bool any = !set.targets().empty();
    if (any)
        common::while_doing("--exclude", [&] { set.exclude(excluded_); });
    if (set.targets().empty())
        throw common::Error(common::Trouble::invalid,
                            any ? "no targets are left: --exclude leaves all of them out" : "no targets",
                            any ? "" : "name some with -t SPEC or -f FILE");
    if (file) {
        file->check(set.targets());
        for (const std::string& notice : file->notices())
            workplace.err << common::one_line(notice, 4'000) << '\n';
    }
    check_keys(set.targets(), file ? &*file : nullptr);
    return set.targets();
}

} // namespace manager::cli
