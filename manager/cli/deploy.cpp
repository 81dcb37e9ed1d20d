#include "common/error.hpp"
#include "manager/cli/carry_through.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/how_options.hpp"
#include "manager/cli/login_options.hpp"
#include "manager/cli/targets_options.hpp"
#include "manager/store/sqlite_store.hpp"

#include <algorithm>

namespace manager::cli {

namespace {

namespace fs = std::filesystem;

/// The packages of a folder, by name.
std::vector<fs::path> packages_in(const fs::path& folder)
{
    std::error_code failure;
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure))
        if (entry.is_regular_file() &&
            (entry.path().extension() == ".deb" || entry.path().extension() == ".rpm"))
            files.push_back(entry.path());
    if (failure)
        throw common::Error(common::Trouble::invalid,
                            "--baseline: reading " + folder.string() + ": " + failure.message());
    if (files.empty())
        throw common::Error(common::Trouble::invalid, "--baseline: no .deb or .rpm in " + folder.string());
    std::sort(files.begin(), files.end());
    return files;
}

class DeployCommand final : public Command {
public:
    std::string_view name() const override { return "deploy"; }
    std::string_view summary() const override
    {
        return "Install components on targets, and leave nothing behind.";
    }
    std::string_view operands() const override { return "COMPONENT..."; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        targets_.declare(options);
        login_.declare_user(options);
        login_.declare(options);
        auto option = options.add_options();
        option("component", po::value(&files_)->value_name("FILE"),
               "package or program to install, in this order; also without the option's name");
        option("baseline", po::value(&baseline_)->value_name("DIR"), "install all packages of a folder");
        option("allow-downgrade", po::bool_switch(&allow_downgrade_), "also over a newer version");
        operands.add("component", -1);
        how_.declare_request(options);
        how_.declare(options);
        output_.declare(options);
        output_.declare_talk(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        rollout::Request request;
        request.targets = targets_.targets(login_.defaults(), workplace.in);
        request.components = components();
        request.allow_downgrade = allow_downgrade_;
        how_.fill(request);
        CampaignOptions options;
        options.data = output_.data();
        how_.fill(options);
        login_.fill(options, workplace);
        store::SqliteStore store(options.data);
        rollout::Run run = new_run(std::move(request));
        store.add(run);
        const Carried carried = carry_through(std::move(options), std::move(run), store, output_, workplace);
        print_summary(carried.run, output_, workplace);
        return carried.code;
    }

private:
    std::vector<baseline::Component> components() const
    {
        std::vector<fs::path> files(files_.begin(), files_.end());
        if (!baseline_.empty())
            for (fs::path& file : packages_in(baseline_))
                files.push_back(std::move(file));
        if (files.empty())
            throw common::Error(common::Trouble::invalid, "deploy: nothing to install",
                                "name package files or programs, or --baseline DIR");
        std::vector<baseline::Component> found;
        for (const fs::path& file : files)
            found.push_back(baseline::read_component(fs::absolute(file)));
        return found;
    }

    TargetsOptions targets_;
    LoginOptions login_;
    HowOptions how_;
    OutputOptions output_;
    std::vector<std::string> files_;
    std::string baseline_;
    bool allow_downgrade_ = false;
};

} // namespace

CommandHandle make_deploy()
{
    return std::make_unique<DeployCommand>();
}

} // namespace manager::cli
