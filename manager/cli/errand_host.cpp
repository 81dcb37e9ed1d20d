#include "manager/cli/errand_host.hpp"

#include "common/error.hpp"
#include "common/tls/hash.hpp"
#include "manager/cli/errand_work.hpp"
#include "manager/cli/order.hpp"
#include "manager/cli/order_rules.hpp"

#include <algorithm>
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

std::string errand_id_of(const std::string& key)
{
    return common::tls::sha256_hex("soapstone errand of key " + key).substr(0, 32);
}

/// Without secrets, to tell later whether another one asks for the same.
serve::DeployWish kept_words(const serve::DeployWish& wish)
{
    serve::DeployWish kept;
    kept.targets = wish.targets;
    kept.options = wish.options;
    kept.input = wish.input;
    kept.credential = wish.credential;
    kept.looks_only = wish.looks_only;
    return kept;
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
    Going(std::string id, Errand errand, const serve::DeployWish& wish, Meaning meaning, Station& station,
          const std::atomic<bool>& ending)
        : id_(std::move(id)), errand_(errand), words_(kept_words(wish)),
          targets_(std::move(meaning.request.targets)), options_(std::move(meaning.options)),
          at_once_(std::min({meaning.request.parallel, most_targets_at_once, targets_.size()})),
          ending_(ending), thread_([this, &station] { carry_out(station); })
    {
    }

    const std::string& id() const { return id_; }
    bool is_same(Errand errand, const serve::DeployWish& wish) const
    {
        return errand == errand_ && same_order(words_, wish);
    }
    bool is_over() const { return over_; }

    serve::ErrandNews news(std::size_t since, std::size_t most) const
    {
        const std::lock_guard lock(mutex_);
        serve::ErrandNews news;
        const std::size_t begin = std::min(since, results_.size());
        news.last = std::min(results_.size(), begin + most);
        for (std::size_t i = begin; i < news.last; ++i)
            news.results.push_back(results_[i]);
        news.targets = targets_.size();
        news.broken_off = over_ && news.last == results_.size() && news.last < news.targets;
        return news;
    }

private:
    void carry_out(Station& station)
    {
        try {
            const ErrandWork work = work_of(errand_, station, options_, targets_);
            go_to_all(work);
        } catch (const Error& error) {
            go_to_all([&](std::size_t) -> ErrandResult { throw error; });
        } catch (const std::exception& error) {
            go_to_all([&](std::size_t) -> ErrandResult { throw Error(Trouble::defect, error.what()); });
        }
        const std::lock_guard lock(mutex_);
        options_ = {}; // with its passwords
        over_ = true;
    }

    void go_to_all(const ErrandWork& work)
    {
        std::atomic<std::size_t> next = 0;
        std::vector<std::jthread> workers;
        for (std::size_t i = 0; i < at_once_; ++i)
            workers.emplace_back([&] {
                for (std::size_t mine = next++; mine < targets_.size() && !ending_; mine = next++)
                    keep(result_of(work, mine));
            });
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
        const std::lock_guard lock(mutex_);
        results_.push_back(std::move(result));
    }

    const std::string id_;
    const Errand errand_;
    const serve::DeployWish words_;
    const std::vector<target::Target> targets_;
    CampaignOptions options_;
    const std::size_t at_once_;
    const std::atomic<bool>& ending_;
    mutable std::mutex mutex_; ///< around the results
    std::vector<ErrandResult> results_;
    std::atomic<bool> over_ = false;
    std::jthread thread_;
};

ErrandHost::ErrandHost(Station& station, std::filesystem::path data)
    : station_(station), data_(std::move(data))
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
    const std::string id = errand_id_of(wish.key);
    const auto is_known = [&] { return known(id, errand, wish) != nullptr; };
    {
        const std::lock_guard lock(mutex_);
        if (is_known())
            return id;
    }
    Meaning meaning = meaning_of(wish, data_, meant_by(errand)); // may take its time
    check_targets(wish.caller, meaning.request.targets);
    use_credential(meaning.options, wish.credential, station_.cabinet());
    const std::lock_guard lock(mutex_);
    if (is_known())
        return id;
    make_room();
    errands_.push_back(std::make_unique<Going>(id, errand, wish, std::move(meaning), station_, ending_));
    return id;
}

serve::ErrandNews ErrandHost::news(const std::string& id, std::size_t since, std::size_t most) const
{
    const std::lock_guard lock(mutex_);
    for (const std::unique_ptr<Going>& going : errands_)
        if (going->id() == id)
            return going->news(since, most);
    throw Error(Trouble::not_found, "there is no such errand",
                "a manager forgets those that are over when it ends, and when 20 newer ones are over");
}

/// With the mutex held; null when it is not known.
ErrandHost::Going* ErrandHost::known(const std::string& id, Errand errand,
                                     const serve::DeployWish& wish) const
{
    const auto found = std::find_if(errands_.begin(), errands_.end(),
                                    [&](const std::unique_ptr<Going>& going) { return going->id() == id; });
    if (found == errands_.end())
        return nullptr;
    if (!(*found)->is_same(errand, wish))
        throw Error(Trouble::conflict, "that key was used for another errand");
    return found->get();
}

/// With the mutex held.
void ErrandHost::make_room()
{
    if (ending_)
        throw Error(Trouble::busy, "the manager is about to end and takes no errands any more");
    const auto is_over = [](const std::unique_ptr<Going>& going) { return going->is_over(); };
    const auto over = static_cast<std::size_t>(std::count_if(errands_.begin(), errands_.end(), is_over));
    if (errands_.size() - over >= most_at_work)
        throw Error(Trouble::busy, "8 errands are under way already", "wait until one of them is over");
    if (over >= most_over)
        errands_.erase(std::find_if(errands_.begin(), errands_.end(), is_over));
}

} // namespace manager::cli
