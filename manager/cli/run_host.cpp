#include "manager/cli/run_host.hpp"

#include "common/error.hpp"
#include "manager/cli/carry_through.hpp"
#include "manager/cli/order.hpp"
#include "manager/cli/order_rules.hpp"
#include "manager/cli/target_keys.hpp"
#include "manager/cli/unfinished.hpp"
#include "manager/cli/words.hpp"
#include "manager/rollout/exit_code.hpp"

#include <algorithm>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;

constexpr std::size_t most_runs = 1'000; ///< looked at for those that are not finished

std::string named(const rollout::Run& run)
{
    return "run " + short_id(run);
}

} // namespace

RunHost::RunHost(Station& station, store::SqliteStore& store, std::filesystem::path data, Say say)
    : station_(station), store_(store), data_(std::move(data)), say_(std::move(say)),
      errands_(station_, data_)
{
    Station::OrderTaker taker;
    taker.deploy = [this](const serve::DeployWish& wish) { return deploy(wish); };
    taker.resume = [this](const serve::ResumeWish& wish) { resume(wish); };
    taker.begin_errand = [this](serve::Errand errand, serve::DeployWish wish) {
        return errands_.begin(errand, std::move(wish));
    };
    taker.errand_news = [this](const std::string& id, std::size_t since, std::size_t most) {
        return errands_.news(id, since, most);
    };
    taker.cancel_errand = [this](const std::string& id) { errands_.cancel(id); };
    station_.take_orders(std::move(taker));
}

RunHost::~RunHost()
{
    cancel();
    wait_for_end();
    station_.stop_serving(); // while errands are there: whoever waits for one learns how it ended
    station_.take_orders({});
}

std::string RunHost::deploy(const serve::DeployWish& wish)
{
    check_words(wish);
    const std::string id = run_id_of(wish.key);
    const auto is_known = [&] {
        if (!store_.find(id))
            return false;
        const std::optional<KeptOrder> kept = kept_order(store_.folder_of(id));
        if (!kept || !same_order(kept->wish, wish))
            throw Error(Trouble::conflict, "that key was used for another run");
        return true;
    };
    if (is_known())
        return id;
    Meaning meaning = meaning_of(wish, data_); // reads the components, which takes its time
    check_targets(wish.caller, meaning.request.targets);
    use_credential(meaning.options, wish, station_.cabinet());
    const std::lock_guard lock(mutex_);
    if (is_known())
        return id;
    if (ending_)
        throw Error(Trouble::busy, "the manager is about to end and takes no runs any more");
    rollout::Run run = new_run(std::move(meaning.request));
    run.id = id;
    keep_order(wish, store_.folder_of(id));
    store_.add(run);
    start(std::move(run), std::move(meaning.options));
    return id;
}

void RunHost::resume(const serve::ResumeWish& wish)
{
    const std::optional<rollout::Run> run = store_.find(wish.run);
    if (!run)
        throw Error(Trouble::not_found, "there is no such run");
    const std::vector<std::string> ours = station_.runs();
    if (std::find(ours.begin(), ours.end(), run->id) != ours.end())
        return;
    if (run->ended != 0)
        throw Error(Trouble::invalid, named(*run) + " is finished, there is nothing to go on with");
    std::optional<KeptOrder> kept = kept_order(store_.folder_of(run->id));
    if (!kept)
        throw Error(Trouble::rejected, "nothing tells how to log in to the targets of " + named(*run),
                    "it was not begun here: soapstone resume " + short_id(*run));
    kept->wish.password = wish.password.copy();
    kept->wish.sudo_password = wish.sudo_password.copy();
    kept->wish.bmc_password = wish.bmc_password.copy();
    go_on_with(*run, kept->wish);
}

void RunHost::go_on()
{
    for (const rollout::Run& run : store_.list(most_runs).runs) {
        if (run.ended != 0 || store_.is_owned(run.id))
            continue;
        try {
            go_on_with(run);
        } catch (const Error& error) {
            say_(named(run) + " is not finished, and cannot be gone on with: " + error.text());
        }
    }
}

void RunHost::go_on_with(const rollout::Run& run)
{
    const std::optional<KeptOrder> kept = kept_order(store_.folder_of(run.id));
    if (!kept || !kept->complete) {
        say_(named(run) + " is not finished, and " +
             (kept ? "needs its passwords" : "nothing tells how to log in") +
             "; to go on with it: soapstone resume " + short_id(run));
        return;
    }
    go_on_with(run, kept->wish);
}

void RunHost::go_on_with(const rollout::Run& run, const serve::DeployWish& order)
{
    check_components(store_.find(run.id).value());
    check_keys(open_targets(run), nullptr);
    CampaignOptions options = campaign_of(order, data_);
    use_credential(options, order, station_.cabinet());
    const std::lock_guard lock(mutex_);
    if (ending_)
        throw Error(Trouble::busy, "the manager is about to end and takes no runs any more");
    start(store_.take_over(run.id), std::move(options));
}

/// With the mutex held. A run that cannot be begun is nobody's, and can be gone on with.
void RunHost::start(rollout::Run run, CampaignOptions options)
{
    reap();
    const std::string id = run.id;
    const std::string text = named(run) + (run.epoch > 1 ? " goes on: " : " begins: ") +
                             counted(run.request.targets.size(), "target");
    auto going = std::make_unique<Going>(run);
    try {
        going->campaign = std::make_unique<Campaign>(station_, std::move(options), std::move(run), store_,
                                                     std::vector<rollout::Observer*>{&going->audit});
        say_(text);
        for (const std::string& notice : going->campaign->notices())
            say_(notice);
        going->thread = std::thread([this, id, &here = *going] { carry_through(here, id); });
    } catch (...) {
        going.reset();
        store_.let_go(id);
        throw;
    }
    going_[id] = std::move(going);
}

void RunHost::carry_through(Going& going, const std::string& id)
{
    std::string text = "run " + id.substr(0, 8);
    try {
        const rollout::Run& run = going.campaign->run();
        text += " is over: " + std::string(rollout::name_of(rollout::exit_code_of(run)));
    } catch (const std::exception& error) {
        text += " was broken off: " + std::string(error.what());
    }
    say_(text);
    end(going, id);
}

void RunHost::end(Going& going, const std::string& id)
{
    std::unique_ptr<Campaign> over;
    {
        const std::lock_guard lock(mutex_);
        over = std::move(going.campaign);
    }
    over.reset();
    store_.let_go(id);
    const std::lock_guard lock(mutex_);
    going.over = true;
    changed_.notify_all();
}

/// With the mutex held.
void RunHost::reap()
{
    for (auto entry = going_.begin(); entry != going_.end();) {
        if (entry->second->over) {
            entry->second->thread.join();
            entry = going_.erase(entry);
        } else {
            ++entry;
        }
    }
}

void RunHost::cancel()
{
    errands_.stop();
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const auto& [id, going] : going_)
        if (going->campaign)
            going->campaign->cancel();
    changed_.notify_all();
}

void RunHost::wait_for_end()
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
        return ending_ && std::all_of(going_.begin(), going_.end(),
                                      [](const auto& entry) { return entry.second->over; });
    });
    reap();
    lock.unlock();
    errands_.wait_for_end();
}

} // namespace manager::cli
