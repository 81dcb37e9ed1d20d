#include "manager/cli/application.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/usage.hpp"

namespace manager::cli {

namespace {

class HelpCommand final : public Command {
public:
    std::string_view name() const override { return "help"; }
    std::string_view summary() const override { return "Print what there is, or what one command takes."; }
    std::string_view operands() const override { return "[COMMAND]"; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        options.add_options()("command", po::value(&command_)->value_name("NAME"), "what to tell about");
        operands.add("command", 1);
    }

    ExitCode run(Workplace& workplace) override
    {
        if (command_.empty())
            print_overview(workplace.out);
        else
            print_usage(*command_named(command_), workplace.out);
        return ExitCode::ok;
    }

private:
    std::string command_;
};

} // namespace

CommandHandle make_help()
{
    return std::make_unique<HelpCommand>();
}

} // namespace manager::cli
