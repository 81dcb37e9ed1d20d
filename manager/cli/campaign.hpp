#pragma once

#include "common/error.hpp"
#include "common/secret.hpp"
#include "manager/bmc/update.hpp"
#include "manager/rollout/observer.hpp"
#include "manager/rollout/run.hpp"
#include "manager/rollout/store.hpp"
#include "manager/target/target.hpp"
#include "manager/transport/transport.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace manager::cli {

/// What a run needs besides its request: how to log in, where to listen. Never stored.
struct CampaignOptions {
    std::filesystem::path data;
    std::vector<std::filesystem::path> identities;
    common::Secret password;
    common::Secret sudo_password;
    common::Secret bmc_password; ///< of the logins on BMCs
    bmc::UpdatePace bmc_pace;
    std::function<common::Secret(const std::string& question)> ask; ///< for passphrases; empty = nobody
    std::vector<std::filesystem::path> known_hosts;                 ///< empty: the user's and the system's
    bool accept_new = false;
    std::string listen;    ///< empty: all addresses
    std::string advertise; ///< empty: the address from which each target sees us
    std::uint16_t agent_port = 62286;
    std::uint16_t api_port = 60000;
    std::uint16_t local_port = 61000;
    std::uint16_t callback_port = 61001;
    bool web = false;                      ///< people may look at the run in a browser
    std::optional<std::uint16_t> web_port; ///< none: 80, else one of 63000-63005
    /// Called with a sentence for the user about the run as a whole; may be empty. Any thread.
    std::function<void(const std::string& text)> say;
    /// Called when the local control is asked to cancel; empty: the campaign just does. Any thread.
    std::function<void()> cancel_asked;
    bool take_over = false;     ///< stop agents of other runs on the targets
    bool open_firewall = false; ///< agents open their port in the target's firewall for us
    std::string failpoint;      ///< tests only; see common::Orders
};

/// Carries a run through: servers, keys, drivers, engine. `store` and `observers` outlive it. A run without
/// components, which looks only, puts what each target told into its folder, see inventory_file().
class Campaign {
public:
    /// Binds all ports; throws Error when there is none to be had, or no agent to send.
    Campaign(CampaignOptions options, rollout::Run run, rollout::Store& store,
             std::vector<rollout::Observer*> observers);
    ~Campaign();

    const rollout::Run& run();

    /// Lets what runs on the targets finish; a second call ends it. Any thread.
    void cancel();

    /// Sentences about ports that were taken, for the user.
    const std::vector<std::string>& notices() const;

    /// A link that signs in once to the pages about this run; empty when nobody asked for them.
    std::string new_login_url();

private:
    class Inside;
    std::unique_ptr<Inside> inside_;
};

/// The inventory of target `index` of a run that looked only: DIR/runs/<id>/<target>/inventory.json.
std::filesystem::path inventory_file(const rollout::Run& run, std::size_t index,
                                     const std::filesystem::path& data);

/// What came of cleaning up one target.
struct CleanedUp {
    transport::Swept swept;
    std::optional<common::Error> error;
};

/// Removes what runs left behind on each target, by nothing but its login, on several at once. In the order
/// of `targets`.
std::vector<CleanedUp> clean_up(const CampaignOptions& options, const std::vector<target::Target>& targets);

} // namespace manager::cli
