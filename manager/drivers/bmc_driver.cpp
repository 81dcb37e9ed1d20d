#include "manager/drivers/bmc_driver.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "manager/baseline/firmware_version.hpp"
#include "manager/drivers/bmc_words.hpp"
#include "manager/rollout/firmware_plan.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace manager::drivers {

using baseline::Component;
using common::Error;
using common::Trouble;
using rollout::AgentEvent;
using rollout::Facts;
using rollout::JobReport;

namespace {

constexpr std::chrono::seconds scout_pause{5};

[[noreturn]] void refuse_reboot()
{
    throw Error(Trouble::rejected, "a BMC is not rebooted for its host's sake");
}

} // namespace

BmcDriver::BmcDriver(const BmcSetting& setting, target::Target target, std::size_t index)
    : setting_(setting), target_(std::move(target)), index_(index)
{
}

BmcDriver::~BmcDriver()
{
    update_.reset();
    if (!extracted_.empty()) {
        std::error_code gone;
        std::filesystem::remove(extracted_, gone);
    }
}

/// A BMC that a manager before us has left in the middle of an update may be restarting.
void BmcDriver::scout(const rollout::Tell& tell)
{
    const auto until = std::chrono::steady_clock::now() + setting_.pace.restart;
    const bool patient = left_in_the_middle();
    for (;;) {
        try {
            return reach();
        } catch (const bmc::KeyChanged&) {
            throw;
        } catch (const Error& error) {
            const bool may_pass = error.trouble() == Trouble::unreachable ||
                                  error.trouble() == Trouble::busy || error.trouble() == Trouble::not_found;
            if (!patient || !may_pass || std::chrono::steady_clock::now() > until)
                throw;
            tell("waiting until the BMC answers: " + error.text());
            std::this_thread::sleep_for(
                std::min<std::chrono::milliseconds>(scout_pause, setting_.pace.interval));
        }
    }
}

void BmcDriver::reach()
{
    const auto notice = [this](const std::string& text) { setting_.notice(index_, text); };
    const bmc::Place place{target_.host, target_.port, target_.bmc.legacy_tls};
    const std::vector<std::string> keys = bmc::keys_for(place, setting_.trust, notice);
    if (setting_.password.empty())
        throw Error(Trouble::denied, "a BMC wants a password, and there is none",
                    "--ask-bmc-password or --bmc-password-file FILE");
    std::unique_ptr<bmc::Bmc> reached =
        bmc::open_bmc(place, keys, {target_.user, setting_.password.copy()}, target_.bmc.method, notice);
    setting_.audit.tell("login", {{"target", target_.name}, {"host", target_.host}, {"user", target_.user}});
    common::while_doing("login as " + target_.user, [&] { reached->log_in(); });
    bmc_ = std::move(reached);
}

void BmcDriver::copy(const rollout::Tell&) {} // nothing of ours is needed there

void BmcDriver::start(const rollout::Tell&)
{
    const std::string& id = bmc_->identity().id;
    lock_ = setting_.lock(id.empty() ? target_.host + ':' + std::to_string(target_.port) : id);
}

Facts BmcDriver::inventory(const std::vector<std::string>&)
{
    const std::vector<bmc::Installed> all = bmc_->inventory();
    if (setting_.inventory)
        setting_.inventory(index_, inventory_json(bmc_->identity(), all));
    return facts_of(bmc_->identity(), all);
}

bool BmcDriver::left_in_the_middle() const
{
    const auto text = common::os::read_file_if_there(note_file());
    const auto note = text ? bmc::update_note_from_json(*text) : std::nullopt;
    return note && note->out_of_hand && !note->end;
}

bmc::UpdateNote BmcDriver::kept_note(const std::string& job) const
{
    const auto text = common::os::read_file_if_there(note_file());
    auto note = text ? bmc::update_note_from_json(*text) : std::nullopt;
    if (note && note->job == job)
        return *note;
    bmc::UpdateNote fresh;
    fresh.job = job;
    return fresh;
}

JobReport BmcDriver::submit(const std::string& job, const Component& component, std::chrono::seconds limit,
                            bool)
{
    if (update_ && update_->job() == job)
        return report();
    update_.reset();
    told_state_.reset();
    bmc::UpdateNote note = kept_note(job);
    const bool resumed = note.state != bmc::UpdateState::planned;
    const std::vector<bmc::Installed> all = bmc_->inventory();
    bmc::UpdateWish wish = wish_for(component, limit, note, all);
    if (!resumed)
        note.before = wish.version(all);
    update_ = std::make_unique<bmc::Update>(*bmc_, std::move(wish), std::move(note));
    if (resumed)
        setting_.notice(index_,
                        "going on with the update that a manager before began; nothing is sent twice");
    setting_.audit.tell("update", {{"target", target_.name}, {"component", component.name}, {"job", job}});
    JobReport accepted;
    accepted.job = job;
    return accepted; // the work is done by poll()
}

bmc::Image BmcDriver::image_for(const Component& component, const baseline::FirmwarePart* part)
{
    bmc::Image image;
    image.file = component.file;
    image.name = component.file_name();
    image.sha256 = component.sha256;
    image.size = component.size;
    image.fwpkg = component.firmware->form == baseline::FirmwareForm::fwpkg;
    const bool whole = component.firmware->whole && (!image.fwpkg || bmc_->takes_fwpkg());
    if (whole || part == nullptr || !part->image)
        return image;
    const baseline::InnerImage& inner = *part->image;
    common::os::make_private_folder(own_folder());
    extracted_ = own_folder() / inner.name;
    std::filesystem::remove(extracted_);
    const common::os::Descriptor file = common::os::open_file(
        extracted_, common::os::Open::read | common::os::Open::write | common::os::Open::create);
    baseline::extract(component, inner, file.get());
    return {extracted_, inner.name, inner.sha256, inner.size, {}, {}, false};
}

bmc::UpdateWish BmcDriver::wish_for(const Component& component, std::chrono::seconds limit,
                                    const bmc::UpdateNote& note, const std::vector<bmc::Installed>& all)
{
    const Facts facts = facts_of(bmc_->identity(), all);
    const rollout::FirmwarePlace place = rollout::place_of(component, facts);
    bmc::UpdateWish wish;
    if (!note.out_of_hand)
        wish.image = image_for(component, place.part);
    if (place.entry != nullptr) {
        const auto index = static_cast<std::size_t>(place.entry - facts.firmware.data());
        wish.image.entry = all[index].path;
        const std::vector<std::string>& related = all[index].entry.related;
        wish.image.related = related.empty() ? std::string() : related.front();
        wish.own = is_for_the_bmc(all[index].entry);
    }
    wish.method = target_.bmc.method;
    wish.pull = target_.bmc.pull;
    wish.images = setting_.images;
    wish.advertise = setting_.advertise;
    wish.limit = limit;
    wish.pace = setting_.pace;
    wish.version = [component, identity = bmc_->identity()](const std::vector<bmc::Installed>& now) {
        return rollout::installed_version(component, facts_of(identity, now)).value_or("");
    };
    wish.is_wanted = [wanted = place.version](const std::string& version) {
        return baseline::compare_firmware_versions(version, wanted) == baseline::Order::same;
    };
    wish.keep = [file = note_file()](const bmc::UpdateNote& now) {
        common::os::make_private_folder(file.parent_path());
        common::os::write_file_durably(file, bmc::to_json(now));
    };
    wish.tell = [this](const std::string& sentence) { setting_.log(index_, sentence); };
    return wish;
}

std::vector<AgentEvent> BmcDriver::poll(std::uint64_t since)
{
    if (update_) {
        update_->step();
        tell_news();
    }
    while (!events_.empty() && events_.front().seq != 0 && events_.front().seq <= since)
        events_.pop_front();
    std::uint64_t next = since;
    for (AgentEvent& event : events_) {
        if (event.seq == 0)
            event.seq = next + 1;
        next = event.seq;
    }
    return {events_.begin(), events_.end()};
}

void BmcDriver::tell_news()
{
    for (const std::string& notice : update_->take_notices()) {
        AgentEvent event;
        event.text = common::one_line(notice, 800);
        events_.push_back(std::move(event));
    }
    if (const std::string& progress = update_->progress(); progress != told_progress_) {
        AgentEvent event;
        event.progress = told_progress_ = progress;
        events_.push_back(std::move(event));
    }
    const JobReport now = report();
    if (std::exchange(told_state_, now.state) == now.state)
        return;
    AgentEvent event;
    event.job = now;
    events_.push_back(std::move(event));
}

JobReport BmcDriver::report() const
{
    return update_->is_over() ? report_of(update_->note()) : running_report(update_->job());
}

JobReport BmcDriver::cancel(const std::string& job, bool kill)
{
    if (!update_ || update_->job() != job)
        throw Error(Trouble::not_found, "there is no such update");
    if (!update_->cancel() && kill)
        setting_.notice(index_, "an update that the BMC has begun is never broken off");
    return report();
}

rollout::RebootReport BmcDriver::reboot(const rollout::RebootWish&)
{
    refuse_reboot();
}

rollout::RebootReport BmcDriver::cancel_reboot()
{
    refuse_reboot();
}

std::string BmcDriver::reconnect(const rollout::Tell&)
{
    refuse_reboot();
}

std::optional<rollout::LogProof> BmcDriver::collect(const std::filesystem::path& folder)
{
    common::os::make_private_folder(folder);
    if (bmc_)
        for (const bmc::BmcLog& log : bmc_->logs())
            common::os::write_file_durably(folder / (log.name + ".log"), text_of(log));
    return std::nullopt;
}

rollout::Removal BmcDriver::remove()
{
    rollout::Removal removal;
    removal.logs = false; // those of the BMC are its own
    update_.reset();      // and with it what was on offer
    if (bmc_ && !bmc_->log_out())
        removal.left.emplace_back("a session of the login, until the BMC ends it");
    bmc_.reset();
    lock_.reset();
    return removal;
}

} // namespace manager::drivers
