#include "manager/cli/errand_host.hpp"

#include "common/error.hpp"
#include "manager/cli/errand_work.hpp"
#include "manager/cli/order.hpp"
#include "manager/cli/order_rules.hpp"

#include <algorithm>
#include <atomic>
#include <stop_token>
#include <system_error>
#include <thread>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;
using serve::Errand;
using serve::ErrandResult;

constexpr std::size_t most_at_work = 8;
constexpr std::size_t most_over = 20; ///< errands whose results are kept
constexpr std::size_t most_targets_at_once = 16;

/// Without secrets, to tell later whether another one asks for the same.
serve::DeployWish without_secrets(const serve::DeployWish& wish)
{
    serve::DeployWish order;
    order.targets = wish.targets;
    order.options = wish.options;
    order.input = wish.input;
    order.credential = wish.credential;
    order.looks_only = wish.looks_only;
    return order;
}

RunOptions::Meant meant_by(Errand errand)
{
    return errand == Errand::check || errand == Errand::clean_up ? RunOptions::Meant::hosts_and_bmcs
                                                                 : RunOptions::Meant::bmcs;
}

} // namespace

/// One errand, from its beginning until it is forgotten.
class ErrandHost::Going {
public:
    Going(std::string id, Errand errand, const serve::DeployWish& wish, Meaning meaning, Station& station)
        : id_(std::move(id)), errand_(errand), order_(without_secrets(wish)),
          targets_(std::move(meaning.request.targets)), options_(std::move(meaning.options)),
          at_once_(std::min(meaning.request.parallel, most_targets_at_once)), station_(station),
          thread_([this](const std::stop_token& stop) { carry_out(stop); })
    {
    }

    const std::string& id() const { return id_; }
    bool is_same(Errand errand, const serve::DeployWish& wish) const
    {
        return errand == errand_ && same_order(order_, wish);
    }
    bool is_over() const
    {
        const std::lock_guard lock(mutex_);
        return over_;
    }
    /// What is being done at targets is done to its end.
    void stop() { thread_.request_stop(); }
    void wait_for_end()
    {
        if (thread_.joinable())
            thread_.join();
    }

    serve::ErrandNews news(std::size_t since, std::size_t most) const
    {
        const std::lock_guard lock(mutex_);
        serve::ErrandNews news;
        const std::size_t begin = std::min(since, results_.size());
        news.last = begin + std::min(most, results_.size() - begin);
        for (std::size_t i = begin; i < news.last; ++i)
            news.results.push_back(results_[i]);
        news.targets = targets_.size();
        news.broken_off = over_ && news.last == results_.size() && news.last < news.targets;
        return news;
    }

private:
    void carry_out(const std::stop_token& stop)
    {
        go_to_all(prepared(), stop);
        options_ = {}; // with its passwords
        {
            const std::lock_guard lock(mutex_);
            over_ = true;
        }
        station_.note_change();
    }

    /// Where it cannot be done at all, each target is told why.
    ErrandWork prepared() const
    {
        try {
            return work_of(errand_, station_, options_, targets_);
        } catch (const Error& error) {
            return [error](std::size_t) -> ErrandResult { throw error; };
        } catch (const std::exception& error) {
            return
                [error = Error(Trouble::defect, error.what())](std::size_t) -> ErrandResult { throw error; };
        }
    }

    void go_to_all(const ErrandWork& work, const std::stop_token& stop)
    {
        std::atomic<std::size_t> next = 0;
        const auto go = [&] {
            for (std::size_t mine = next++; mine < targets_.size() && !stop.stop_requested(); mine = next++)
                keep(result_of(work, mine));
        };
        std::vector<std::jthread> others;
        try {
            while (others.size() + 1 < std::min(at_once_, targets_.size()))
                others.emplace_back(go);
        } catch (const std::system_error&) {
            // There are no more threads to be had: fewer targets at once.
        }
        go();
    }

    ErrandResult result_of(const ErrandWork& work, std::size_t index) const
    {
        try {
            return work(index);
        } catch (const Error& error) {
            return {.target = targets_[index].name, .error = error};
        } catch (const std::exception& error) {
            return {.target = targets_[index].name, .error = Error(Trouble::defect, error.what())};
        }
    }

    void keep(ErrandResult result)
    {
        {
            const std::lock_guard lock(mutex_);
            results_.push_back(std::move(result));
        }
        station_.note_change();
    }

    const std::string id_;
    const Errand errand_;
    const serve::DeployWish order_;
    const std::vector<target::Target> targets_;
    CampaignOptions options_; ///< of the thread alone
    const std::size_t at_once_;
    Station& station_;
    mutable std::mutex mutex_;          ///< around what comes of it
    std::vector<ErrandResult> results_; ///< in the order in which they came
    bool over_ = false;
    std::jthread thread_;
};

ErrandHost::ErrandHost(Station& station, std::filesystem::path data)
    : station_(station), data_(std::move(data)), claims_(data_ / "serve" / "errands")
{
}

ErrandHost::~ErrandHost()
{
    stop();
}

std::string ErrandHost::begin(Errand errand, serve::DeployWish wish)
{
    wish.looks_only = true; // no components
    check_words(wish);
    const std::string id = run_id_of("errand\n" + wish.key);
    {
        const std::lock_guard lock(mutex_);
        if (is_known(id, errand, wish))
            return id;
    }
    Meaning meaning = meaning_of(wish, data_, meant_by(errand)); // may take its time
    check_targets(wish.caller, meaning.request.targets);
    use_credential(meaning.options, wish, station_.cabinet());
    const std::lock_guard lock(mutex_);
    if (is_known(id, errand, wish))
        return id;
    make_room();
    if (errand == Errand::bmc_reset && !claims_.take(id)) // the others do no harm when they are done again
        throw Error(Trouble::conflict,
                    "that key was used for a reset whose results this manager does not know any more",
                    "look at the BMC; if it is to be reset again, use another key");
    errands_.push_back(std::make_shared<Going>(id, errand, wish, std::move(meaning), station_));
    return id;
}

serve::ErrandNews ErrandHost::news(const std::string& id, std::size_t since, std::size_t most) const
{
    return find(id)->news(since, most);
}

void ErrandHost::cancel(const std::string& id)
{
    find(id)->stop();
}

void ErrandHost::stop()
{
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const std::shared_ptr<Going>& going : errands_)
        going->stop();
}

void ErrandHost::wait_for_end()
{
    for (const std::shared_ptr<Going>& going : errands_) // no more are added
        going->wait_for_end();
}

std::shared_ptr<ErrandHost::Going> ErrandHost::find(const std::string& id) const
{
    const std::lock_guard lock(mutex_);
    for (const std::shared_ptr<Going>& going : errands_)
        if (going->id() == id)
            return going;
    throw Error(Trouble::not_found, "there is no such errand",
                "a manager forgets those that are over when it ends, and when " + std::to_string(most_over) +
                    " newer ones are over");
}

/// With the mutex held. Throws `conflict` when it is another one.
bool ErrandHost::is_known(const std::string& id, Errand errand, const serve::DeployWish& wish) const
{
    const auto found = std::find_if(errands_.begin(), errands_.end(),
                                    [&](const std::shared_ptr<Going>& going) { return going->id() == id; });
    if (found != errands_.end() && !(*found)->is_same(errand, wish))
        throw Error(Trouble::conflict, "that key was used for another errand");
    return found != errands_.end();
}

/// With the mutex held.
void ErrandHost::make_room()
{
    if (ending_)
        throw Error(Trouble::busy, "the manager is about to end and takes no errands any more");
    const auto is_over = [](const std::shared_ptr<Going>& going) { return going->is_over(); };
    const auto over = static_cast<std::size_t>(std::count_if(errands_.begin(), errands_.end(), is_over));
    if (errands_.size() - over >= most_at_work)
        throw Error(Trouble::busy, std::to_string(most_at_work) + " errands are under way already",
                    "wait until one of them is over");
    if (over >= most_over)
        errands_.erase(std::find_if(errands_.begin(), errands_.end(), is_over));
}

} // namespace manager::cli
