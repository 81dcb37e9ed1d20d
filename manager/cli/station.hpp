#pragma once

#include "common/bootstrap.hpp"
#include "common/net/core.hpp"
#include "common/tls/identity.hpp"
#include "manager/bmc/image_server.hpp"
#include "manager/cli/cabinet.hpp"
#include "manager/cli/places.hpp"
#include "manager/link/log_server.hpp"
#include "manager/link/roster.hpp"
#include "manager/rollout/driver.hpp"
#include "manager/rollout/store.hpp"
#include "manager/serve/manager_service.hpp"
#include "manager/trust/strongbox.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace manager::cli {

/// One manager process as others see it: its key, its threads and its listeners, shared by all runs that it
/// carries through. The local control is open as long as it lives; the other ports when a run needs them.
/// Any thread may call.
class Station {
public:
    struct Setup {
        std::filesystem::path data;
        Places places;
        std::string run; ///< the only run that it is for; empty: whatever comes, and also by the API
        /// Keeps the API's key; null: it is new each time.
        std::shared_ptr<const trust::Strongbox> box = {};
        /// Called with a sentence for the user about the station as a whole; may be empty. Any thread.
        std::function<void(const std::string& text)> say = {};
    };

    /// What of a run others get at.
    struct RunHooks {
        /// See Rollout::agent_events().
        std::function<std::uint64_t(std::size_t target, std::vector<rollout::AgentEvent> events)> take_events;
        /// Empty: agents call, but it is no run that others know of.
        std::function<void()> cancel;
        /// Throws when it cannot be stored.
        std::function<void(bool on)> pause;
    };

    /// Who begins runs and errands, and sees to them, when somebody asks for it.
    struct OrderTaker {
        std::function<std::string(serve::DeployWish wish)> deploy;
        std::function<void(serve::ResumeWish wish)> resume;
        std::function<std::string(serve::Errand errand, serve::DeployWish wish)> begin_errand;
        std::function<serve::ErrandNews(const std::string& id, std::size_t since, std::size_t most)>
            errand_news;
        std::function<void(const std::string& id)> cancel_errand;
    };

    /// Binds the local control's port; throws Error when there is none to be had. `store` outlives this.
    Station(Setup setup, rollout::Store& store);
    ~Station(); ///< stops serving

    /// Neither API nor local control are there any more. Whoever waits for something new is answered; the
    /// rest gets 2 s to end. For good; agents can still call.
    void stop_serving();

    /// From now on, as long as the result lives, what comes for `run` goes to `hooks`. When the result has
    /// gone, no call of them is under way any more. It must go before the station.
    std::shared_ptr<void> admit(const std::string& run, RunHooks hooks);

    /// Nothing: nobody does. When this returns, no call of the one before is under way any more.
    void take_orders(std::optional<OrderTaker> taker);

    /// Opens the ports that agents call, unless they are open. The API's port, where there is one, goes
    /// before.
    void open_agent_ports();
    /// Where a target reaches them that sees us at `seen_as`. They are open.
    std::vector<common::Endpoint> callbacks(const std::string& seen_as) const;
    std::vector<common::Endpoint> depots(const std::string& seen_as) const;

    /// That BMCs fetch from; opens the web server, unless it is open.
    bmc::ImageServer& images();
    /// Where targets can put their logs; null as long as the web server is not open.
    link::LogServer* log_server();
    /// A link that signs in once to the pages about runs; empty when nobody asked for them.
    std::string new_login_url();

    common::net::Loop& loop();
    const common::tls::Identity& identity() const;
    link::Roster& roster();

    /// What a server keeps; of others it is empty.
    const Cabinet& cabinet() const;
    /// Ids of the runs that are admitted.
    std::vector<std::string> runs() const;
    /// All that are open, the local control's first.
    std::vector<serve::PortInUse> ports() const;
    /// Something is new that is not in the store: calls that wait look again.
    void note_change();
    /// Sentences about ports that were taken, for the user.
    std::vector<std::string> notices() const;

private:
    class Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace manager::cli
