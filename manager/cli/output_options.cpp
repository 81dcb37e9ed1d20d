#include "manager/cli/output_options.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "manager/store/sqlite_store.hpp"

#include <cstdlib>

namespace manager::cli {

namespace {

std::filesystem::path usual_data()
{
    const char* state = std::getenv("XDG_STATE_HOME");
    if (state != nullptr && *state == '/')
        return std::filesystem::path(state) / "soapstone";
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home != '/')
        throw common::Error(common::Trouble::invalid, "HOME is not set",
                            "say with --data DIR where runs are kept");
    return std::filesystem::path(home) / ".local/state/soapstone";
}

} // namespace

void OutputOptions::declare_data(po::options_description& options)
{
    options.add_options()("data", po::value(&data_)->value_name("DIR"),
                          "where runs are kept (default: ~/.local/state/soapstone)");
}

void OutputOptions::declare(po::options_description& options)
{
    declare_data(options);
    options.add_options()("json", po::bool_switch(&json_), "print JSON");
}

void OutputOptions::declare_talk(po::options_description& options)
{
    auto option = options.add_options();
    option("quiet,q", po::bool_switch(&quiet_), "no progress, only the result");
    option("verbose,v", po::bool_switch(&verbose_), "also what the components print");
}

std::filesystem::path OutputOptions::data_folder() const
{
    return std::filesystem::absolute(data_.empty() ? usual_data() : std::filesystem::path(data_));
}

std::filesystem::path OutputOptions::data() const
{
    std::filesystem::path folder = data_folder();
    common::os::make_private_folder(folder);
    return folder;
}

std::filesystem::path OutputOptions::kept_data() const
{
    if (store::SqliteStore::is_there(data_folder()))
        return data();
    throw common::Error(common::Trouble::invalid, "no runs are kept in " + data_folder().string(),
                        "say with --data DIR where they are");
}

ProgressHandle OutputOptions::progress(const Workplace& workplace, bool beside) const
{
    if (json_ && !beside)
        return make_json_progress(workplace.out);
    if (quiet_)
        return make_quiet_progress(workplace.err);
    if (workplace.terminal)
        return make_terminal_progress(workplace.err, {verbose_, workplace.color, workplace.window});
    return make_plain_progress(workplace.err, verbose_);
}

} // namespace manager::cli
