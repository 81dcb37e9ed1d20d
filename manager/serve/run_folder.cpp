#include "manager/serve/run_folder.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/rollout/report.hpp"
#include "manager/rollout/run_log.hpp"

namespace manager::serve {

using common::Error;
using common::Trouble;

rollout::Run run_named(const LocalControl& control, const std::string& id)
{
    std::optional<rollout::Run> run = control.store.find(id);
    if (!run)
        throw Error(Trouble::not_found, "there is no such run");
    return *std::move(run);
}

std::size_t place_of(const rollout::Run& run, const std::string& target)
{
    for (std::size_t i = 0; i < run.request.targets.size(); ++i)
        if (run.request.targets[i].name == target)
            return i;
    throw Error(Trouble::not_found, "the run has no such target");
}

std::filesystem::path target_folder(const LocalControl& control, const std::string& run,
                                    const std::string& target)
{
    const rollout::Run found = run_named(control, run);
    return control.desk.folder_of(found.id) /
           rollout::folder_names(found.request.targets)[place_of(found, target)];
}

std::vector<NamedLog> logs_in(const std::filesystem::path& folder)
{
    std::vector<NamedLog> logs;
    for (const std::filesystem::path& file : rollout::kept_logs(folder))
        logs.push_back({common::xml_safe(file.lexically_relative(folder).generic_string()), file});
    return logs;
}

std::filesystem::path log_named(const std::filesystem::path& folder, const std::string& name)
{
    for (const NamedLog& log : logs_in(folder))
        if (log.name == name)
            return log.file;
    throw Error(Trouble::not_found, "there is no such log");
}

} // namespace manager::serve
