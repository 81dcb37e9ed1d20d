#include "common/version.hpp"

#include "manager/cli/command.hpp"

#include <ostream>

namespace manager::cli {

namespace {

class VersionCommand final : public Command {
public:
    std::string_view name() const override { return "version"; }
    std::string_view summary() const override { return "Print the version of this program."; }
    void declare(po::options_description&, po::positional_options_description&) override {}

    ExitCode run(Workplace& workplace) override
    {
        workplace.out << "soapstone " << common::version() << '\n';
        return ExitCode::ok;
    }
};

} // namespace

CommandHandle make_version()
{
    return std::make_unique<VersionCommand>();
}

} // namespace manager::cli
