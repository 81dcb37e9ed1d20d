#include "common/text.hpp"
#include "manager/cli/campaign.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/login_options.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/cli/targets_options.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace manager::cli {

namespace {

using Removed = std::vector<std::pair<std::string, std::vector<std::string>>>;

bool is_error(const std::string& thing)
{
    return thing.rfind("error: ", 0) == 0;
}

/// Some target could not be cleaned up.
bool failed(const Removed& removed)
{
    for (const auto& entry : removed)
        for (const std::string& thing : entry.second)
            if (is_error(thing))
                return true;
    return false;
}

void print(const Removed& removed, std::ostream& out)
{
    for (const auto& [target, things] : removed) {
        if (things.empty())
            out << target << ": nothing was left there\n";
        for (const std::string& thing : things)
            out << target << (is_error(thing) ? ": " : ": removed ") << common::one_line(thing) << '\n';
    }
}

void print_json(const Removed& removed, std::ostream& out)
{
    nlohmann::ordered_json document{{"format", "soapstone-cleanup/1"},
                                    {"targets", nlohmann::ordered_json::array()}};
    for (const auto& [target, things] : removed)
        document["targets"].push_back({{"target", target}, {"removed", things}});
    out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

class CleanupCommand final : public Command {
public:
    std::string_view name() const override { return "cleanup"; }
    std::string_view summary() const override
    {
        return "Remove from targets what broken-off runs left there.";
    }

    void declare(po::options_description& options, po::positional_options_description&) override
    {
        targets_.declare(options);
        login_.declare_user(options);
        login_.declare(options);
        output_.declare(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        const std::vector<target::Target> targets = targets_.targets(login_.defaults(), workplace.in);
        CampaignOptions options;
        options.data = output_.data();
        login_.fill(options, workplace);
        const Removed removed = clean_up(options, targets);
        if (output_.json())
            print_json(removed, workplace.out);
        else
            print(removed, workplace.out);
        return failed(removed) ? ExitCode::leftovers : ExitCode::ok;
    }

private:
    TargetsOptions targets_;
    LoginOptions login_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_cleanup()
{
    return std::make_unique<CleanupCommand>();
}

} // namespace manager::cli
