#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/how_options.hpp"
#include "manager/cli/login_options.hpp"
#include "manager/cli/parser.hpp"
#include "manager/cli/targets_options.hpp"

#include <filesystem>
#include <vector>

namespace manager::cli {

/// What every run over targets is asked for: which they are, how to log in, how to work.
class RunOptions {
public:
    enum class Meant {
        hosts_and_bmcs,
        bmcs, ///< targets that no file tells of are BMCs; of a file only its BMCs, and a host that is named
              ///< is refused
    };

    explicit RunOptions(Meant meant = Meant::hosts_and_bmcs) : meant_(meant) {}

    void declare(po::options_description& options);
    void declare_install(po::options_description& options) { how_.declare_install(options); }
    /// Where this very process listens: for who carries the run through itself.
    void declare_places(po::options_description& options);

    std::vector<target::Target> targets(const Workplace& workplace) const; ///< throws `invalid`
    /// Without components. Throws `invalid`.
    rollout::Request request(const Workplace& workplace) const;
    /// Asks for passwords. Throws `invalid`.
    CampaignOptions campaign(const std::filesystem::path& data, const Workplace& workplace) const;

private:
    Meant meant_;
    TargetsOptions targets_;
    LoginOptions login_;
    HowOptions how_;
};

} // namespace manager::cli
