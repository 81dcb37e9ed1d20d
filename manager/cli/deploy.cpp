#include "common/text.hpp"
#include "manager/cli/carry_through.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/deploy_options.hpp"
#include "manager/cli/hand_over.hpp"
#include "manager/cli/order.hpp"
#include "manager/store/sqlite_store.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace manager::cli {

namespace {

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
        deploy_.declare(options, operands);
        deploy_.declare_places(options);
        output_.declare(options);
        output_.declare_talk(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        const std::string input = targets_input(workplace);
        std::istringstream in(input);
        Workplace here{in,
                       workplace.out,
                       workplace.err,
                       workplace.terminal,
                       workplace.color,
                       workplace.ask,
                       workplace.window,
                       workplace.words};
        rollout::Request request = deploy_.request(here);
        CampaignOptions options = deploy_.campaign(output_.data(), here);
        std::optional<serve::DeployWish> wish = asked_for(workplace.words, input);
        if (wish) {
            wish->password = options.password.copy();
            wish->sudo_password = options.sudo_password.copy();
            wish->bmc_password = options.bmc_password.copy();
            if (const std::optional<RunningManager> manager = serving_manager(options.data))
                return hand_over(*manager, std::move(*wish), options.data, output_, here);
        }
        store::SqliteStore store(options.data);
        rollout::Run run = new_run(std::move(request));
        if (wish)
            keep_order(*wish, store.folder_of(run.id));
        store.add(run);
        return carry_through(std::move(options), std::move(run), store, output_, here);
    }

private:
    /// Standard input, when it is to be read.
    std::string targets_input(const Workplace& workplace) const
    {
        const po::parsed_options words = parsed(workplace.words);
        for (const auto& option : words.options)
            for (const std::string& value : option.value)
                if (option.string_key == "target" && has_part(value, "-"))
                    return {std::istreambuf_iterator<char>(workplace.in), {}};
        return {};
    }

    static bool has_part(const std::string& list, const std::string& part)
    {
        const std::vector<std::string> parts = common::split(list, ',');
        return std::find(parts.begin(), parts.end(), part) != parts.end();
    }

    /// The words again, as they were given.
    static po::parsed_options parsed(const std::vector<std::string>& words)
    {
        DeployCommand other;
        Declared declared;
        other.declare(declared.options, declared.operands);
        return parse(other.name(), declared, words);
    }

    static std::optional<serve::DeployWish> asked_for(const std::vector<std::string>& words,
                                                      const std::string& input)
    {
        return wish_of(parsed(words), input);
    }

    DeployOptions deploy_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_deploy()
{
    return std::make_unique<DeployCommand>();
}

} // namespace manager::cli
