#include "manager/cli/examinations.hpp"

#include "common/error.hpp"
#include "manager/cli/cabinet.hpp"
#include "manager/cli/checkup.hpp"
#include "manager/cli/order.hpp"
#include "manager/cli/order_rules.hpp"

#include <algorithm>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;

constexpr std::size_t most_kept = 100;
constexpr std::ptrdiff_t most_at_once = 4;

/// What tells whether a key is used for the same again.
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

serve::ExaminedTarget told(const target::Target& target, const drivers::Examination& found)
{
    serve::ExaminedTarget out;
    out.name = target.name;
    out.road = found.road;
    out.trouble = found.trouble;
    out.left = found.left;
    for (const drivers::Finding& finding : found.findings)
        out.findings.push_back({finding.hop, std::string(name_of(finding.health)), finding.text,
                                finding.way_out, finding.command, finding.where});
    return out;
}

} // namespace

Examinations::~Examinations()
{
    ending_ = true;
    for (auto& [id, going] : all_)
        going->thread.join();
}

std::string Examinations::begin(const serve::DeployWish& wish)
{
    check_words(wish);
    const std::string id = run_id_of("examination\n" + wish.key);
    Meaning meaning = meaning_of(wish, data_);
    check_targets(wish.caller, meaning.request.targets);
    use_credential(meaning.options, wish, station_.cabinet());
    const std::lock_guard lock(mutex_);
    if (const auto known = all_.find(id); known != all_.end()) {
        if (!same_order(known->second->order, wish))
            throw Error(Trouble::conflict, "that key was used for another examination");
        return id;
    }
    const auto going_on =
        std::count_if(all_.begin(), all_.end(), [](const auto& entry) { return !entry.second->found.over; });
    if (ending_ || going_on >= most_at_once)
        throw Error(Trouble::busy, "as many examinations as there may be at a time are under way");
    forget_oldest();
    auto going = std::make_unique<Going>();
    going->order = without_secrets(wish);
    going->number = ++begun_;
    auto options = std::make_shared<CampaignOptions>(std::move(meaning.options));
    going->thread =
        std::thread([this, &here = *going, options, targets = std::move(meaning.request.targets),
                     at_once = meaning.request.parallel] { carry_out(here, *options, targets, at_once); });
    all_[id] = std::move(going);
    return id;
}

void Examinations::carry_out(Going& going, const CampaignOptions& options,
                             const std::vector<target::Target>& targets, std::size_t at_once)
{
    serve::Examination found;
    try {
        const Checkup checkup = check_up(station_, options, targets, at_once, ending_);
        for (std::size_t i = 0; i < targets.size(); ++i)
            found.targets.push_back(told(targets[i], checkup.targets[i]));
    } catch (const Error& error) {
        found.problem = error.text();
    } catch (const std::exception&) {
        found.problem = "internal error";
    }
    found.over = true;
    const std::lock_guard lock(mutex_);
    going.found = std::move(found);
    changed_.notify_all();
}

/// With the mutex held.
void Examinations::forget_oldest()
{
    if (all_.size() < most_kept)
        return;
    auto oldest = all_.end();
    for (auto entry = all_.begin(); entry != all_.end(); ++entry)
        if (entry->second->found.over &&
            (oldest == all_.end() || entry->second->number < oldest->second->number))
            oldest = entry;
    if (oldest == all_.end())
        return;
    oldest->second->thread.join(); // it has told that it is over, and does nothing more
    all_.erase(oldest);
}

serve::Examination Examinations::find(const std::string& id, std::chrono::milliseconds wait)
{
    std::unique_lock lock(mutex_);
    const auto look = [&]() -> const serve::Examination& {
        const auto found = all_.find(id);
        if (found == all_.end())
            throw Error(Trouble::not_found, "there is no such examination",
                        "the newest are kept as long as the manager runs: begin another one");
        return found->second->found;
    };
    changed_.wait_for(lock, wait, [&] { return look().over; });
    return look();
}

} // namespace manager::cli
