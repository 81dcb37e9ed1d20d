#include "manager/cli/unfinished.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/tls/hash.hpp"
#include "manager/rollout/verdict.hpp"

#include <algorithm>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;
using common::os::Open;

bool is_needed(const rollout::Run& run, std::size_t component)
{
    return std::any_of(run.targets.begin(), run.targets.end(), [&](const rollout::TargetState& target) {
        const bool known = component < target.components.size();
        return (!target.verdict || rollout::is_out_of_reach(target)) &&
               (!known || rollout::standing(target.components[component]) == rollout::Standing::open);
    });
}

bool is_unchanged(const baseline::Component& component)
{
    try {
        const common::os::Descriptor file = common::os::open_file(component.file, Open::read);
        return common::tls::sha256_of_file(file.get()) == component.sha256;
    } catch (const Error&) { // removed, or not ours to read any more
        return false;
    }
}

} // namespace

void check_components(const rollout::Run& run)
{
    for (std::size_t i = 0; i < run.request.components.size(); ++i)
        if (const baseline::Component& component = run.request.components[i];
            is_needed(run, i) && !is_unchanged(component))
            throw Error(Trouble::invalid,
                        component.file.string() + " was changed or removed since the run began",
                        "put it back as it was, then resume the run; nothing of the run is lost");
}

std::vector<target::Target> open_targets(const rollout::Run& run)
{
    std::vector<target::Target> open;
    for (std::size_t i = 0; i < run.targets.size(); ++i)
        if (!run.targets[i].outcome || rollout::is_out_of_reach(run.targets[i]))
            open.push_back(run.request.targets.at(i));
    return open;
}

} // namespace manager::cli
