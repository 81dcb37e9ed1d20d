#include "common/clock.hpp"
#include "common/text.hpp"
#include "manager/bmc/update.hpp"

#include <algorithm>

/// The second half of an update: what the BMC says of it, and what its inventory shows.
namespace manager::bmc {

using common::Error;
using common::Trouble;

namespace {

constexpr unsigned believable_waits = 3;

bool is_passing(const Error& error)
{
    return error.trouble() == Trouble::unreachable || error.trouble() == Trouble::busy;
}

} // namespace

void Update::watch_task()
{
    try {
        if (!note_.place.is_known() && !std::exchange(searched_, true)) {
            note_.place = bmc_.running_update();
            wish_.keep(note_);
        }
        take_look(bmc_.look(note_.place));
    } catch (const KeyChanged& error) {
        key_changed(error);
    } catch (const Error& error) { // restarting, or it has forgotten our login by that
        went_down_ = went_down_ || is_passing(error);
        last_trouble_ = error.text();
        begin_verifying();
    }
}

void Update::take_look(const Look& look)
{
    needs_reset_ = needs_reset_ || look.needs_reset;
    if (note_.place.task.empty() && !look.place.task.empty()) {
        note_.place.task = look.place.task;
        wish_.keep(note_);
    }
    waits_ = look.stage == Stage::waits_for_host ? waits_ + 1 : 0;
    switch (look.stage) {
    case Stage::working:
        progress_ =
            "the BMC is at work: " + (look.text.empty() ? std::string("it tells no more") : look.text) +
            (look.percent ? " (" + std::to_string(*look.percent) + " %)" : "");
        return wait();
    case Stage::ended:
        ended_well_ = true;
        return begin_verifying();
    case Stage::waits_for_host:
        progress_ = look.text;
        return waits_ < believable_waits ? wait()
                                         : finish(UpdateEnd::waits_for_host,
                                                  "the rest is done when the host reboots: " + look.text);
    case Stage::failed:
        return task_failed(look);
    case Stage::gone:
        return begin_verifying();
    }
}

/// Even then the version decides.
void Update::task_failed(const Look& look)
{
    try {
        const std::string version = wish_.version(bmc_.inventory());
        if (version != note_.before && wish_.is_wanted(version))
            return begin_verifying();
    } catch (const KeyChanged& error) {
        return key_changed(error);
    } catch (const Error&) { // the task's word stands
    }
    finish(UpdateEnd::failed, "the BMC says that the update failed: " + look.text);
}

void Update::begin_verifying()
{
    verify_from_ = Clock::now();
    verify_until_ = std::min(verify_from_ + wish_.pace.restart, until_);
    good_ = wrong_ = 0;
    progress_ = "looking which version runs";
    if (note_.state != UpdateState::verifying)
        move_to(UpdateState::verifying);
    next_ = Clock::now();
}

void Update::verify()
{
    if (Clock::now() > verify_until_)
        return verification_over();
    wait();
    try {
        const std::string version = wish_.version(bmc_.inventory());
        if (note_.state == UpdateState::restarting)
            move_to(UpdateState::verifying);
        last_trouble_.clear();
        if (!version.empty() && wish_.is_wanted(version))
            read_right();
        else
            read_wrong(version);
    } catch (const KeyChanged& error) {
        key_changed(error);
    } catch (const Error& error) {
        if (over_)
            return;
        good_ = wrong_ = 0;
        last_trouble_ = error.text();
        went_down_ = went_down_ || is_passing(error);
        progress_ = "the BMC restarts: " + error.text();
        if (note_.state != UpdateState::restarting)
            move_to(UpdateState::restarting);
    }
}

void Update::read_right()
{
    wrong_ = 0;
    ++good_;
    progress_ = "the new version is there, looking again";
    if (good_ < wish_.pace.reads)
        return;
    // The version may have been there before. Then something else must tell that the image was written.
    if (wish_.is_wanted(note_.before) && !ended_well_ && !went_down_)
        return;
    finish(UpdateEnd::confirmed, "the BMC shows the new version");
}

void Update::read_wrong(const std::string& version)
{
    flapped_ = flapped_ || good_ > 0;
    good_ = 0;
    wrong_ = version == last_wrong_ ? wrong_ + 1 : 1;
    last_wrong_ = version;
    progress_ = version.empty() ? "what was updated is not in the inventory"
                                : "still at version " + common::one_line(version, 60);
    if (reset_is_due())
        reset_bmc();
}

bool Update::reset_is_due() const
{
    return !note_.reset_asked && !went_down_ &&
           (needs_reset_ || (wish_.own && Clock::now() > verify_from_ + wish_.pace.reset_after));
}

/// Not while anything there says that it is being written.
void Update::reset_bmc()
{
    const Look look = bmc_.look(note_.place);
    needs_reset_ = needs_reset_ || look.needs_reset;
    if (look.stage == Stage::working || bmc_.running_update().is_known()) {
        progress_ = "the BMC is still at work: " + look.text;
        return;
    }
    note_.reset_asked = true;
    wish_.keep(note_);
    note_line("the BMC is reset, so that its new version comes up");
    bmc_.reset();
}

void Update::verification_over()
{
    const std::string within = " within " + common::duration_text(wish_.pace.restart);
    if (flapped_)
        return finish(UpdateEnd::unconfirmed,
                      "the BMC took the image, and shows now one version, now another");
    if (!last_trouble_.empty())
        return finish(UpdateEnd::unconfirmed, "the BMC took the image, and its version could not be read" +
                                                  within + ": " + last_trouble_);
    if (wrong_ >= wish_.pace.reads && !last_wrong_.empty())
        return finish(UpdateEnd::not_verified,
                      "the BMC took the image, and still shows version " + common::one_line(last_wrong_, 60));
    finish(UpdateEnd::unconfirmed,
           "the BMC took the image, and nothing showed" + within + " that it was written");
}

} // namespace manager::bmc
