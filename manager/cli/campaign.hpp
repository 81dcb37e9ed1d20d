#pragma once

#include "common/error.hpp"
#include "common/secret.hpp"
#include "manager/bmc/update.hpp"
#include "manager/cli/places.hpp"
#include "manager/cli/station.hpp"
#include "manager/rollout/observer.hpp"
#include "manager/rollout/run.hpp"
#include "manager/rollout/store.hpp"
#include "manager/target/target.hpp"
#include "manager/transport/transport.hpp"
#include "manager/trust/user_key.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace manager::cli {

/// What a run needs besides its request: how to log in, and where it is carried through. Never stored.
struct CampaignOptions {
    std::filesystem::path data;
    std::vector<std::filesystem::path> identities;
    std::vector<trust::UserKeyHandle> keys; ///< in memory, besides those files
    common::Secret password;
    common::Secret sudo_password;
    common::Secret bmc_password; ///< of the logins on BMCs
    bmc::UpdatePace bmc_pace;
    std::function<common::Secret(const std::string& question)> ask; ///< for passphrases; empty = nobody
    std::vector<std::filesystem::path> known_hosts;                 ///< empty: the user's and the system's
    bool accept_new = false;
    Places places; ///< of the station
    std::uint16_t agent_port = 62286;
    /// Called when the local control is asked to cancel; empty: the campaign just does. Any thread.
    std::function<void()> cancel_asked;
    bool take_over = false;     ///< stop agents of other runs on the targets
    bool open_firewall = false; ///< agents open their port in the target's firewall for us
    std::string failpoint;      ///< tests only; see common::Orders
};

/// Carries a run through on a station: logins, drivers, engine. `station`, `store` and `observers` outlive
/// it. A run without components, which looks only, puts what each target told into its folder, see
/// inventory_file().
class Campaign {
public:
    /// Opens the ports of the station that the run needs; throws Error when there is none to be had, or no
    /// agent to send.
    Campaign(Station& station, CampaignOptions options, rollout::Run run, rollout::Store& store,
             std::vector<rollout::Observer*> observers);
    ~Campaign();

    const rollout::Run& run();

    /// Lets what runs on the targets finish; a second call ends it. Any thread.
    void cancel();

    /// Sentences about what the run goes without, for the user.
    const std::vector<std::string>& notices() const;

private:
    class Inside;
    std::unique_ptr<Inside> inside_;
};

/// Where it is, in the folder of a run, no more targets of the run are begun.
std::filesystem::path paused_file(const std::filesystem::path& folder);

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
