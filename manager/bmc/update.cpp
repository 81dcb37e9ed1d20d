#include "manager/bmc/update.hpp"

#include "common/clock.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace manager::bmc {

using common::Error;
using common::Trouble;

namespace {

bool is_passing(const Error& error)
{
    return error.trouble() == Trouble::unreachable || error.trouble() == Trouble::busy;
}

std::string amount(std::uint64_t done, std::uint64_t all)
{
    return common::bytes_text(done) + " of " + common::bytes_text(all);
}

} // namespace

Update::Update(Bmc& bmc, UpdateWish wish, UpdateNote note)
    : bmc_(bmc), wish_(std::move(wish)), job_(note.job), note_(std::move(note)),
      over_(note_.state == UpdateState::done), until_(Clock::now() + wish_.limit), next_(Clock::now())
{
    if (over_)
        return;
    if (!note_.out_of_hand) // whatever was sent, the BMC has not all of it
        note_.state = UpdateState::planned;
    else if (note_.state == UpdateState::delivering || note_.state == UpdateState::planned)
        note_.state = UpdateState::applying;
    if (note_.state == UpdateState::restarting || note_.state == UpdateState::verifying) {
        went_down_ = true; // perhaps; that it did not must not lead to a reset nobody asked for
        begin_verifying();
    }
}

void Update::step()
{
    if (over_)
        return;
    const bool delivering = delivery_ && !delivery_->is_over();
    if (!delivering && Clock::now() > until_) {
        const std::string late = "the update did not end within " + common::duration_text(wish_.limit);
        return note_.out_of_hand ? finish(UpdateEnd::unconfirmed, late + "; last heard: " + progress_)
                                 : finish(UpdateEnd::failed, late);
    }
    switch (note_.state) {
    case UpdateState::planned:
        return Clock::now() < next_ ? void() : begin();
    case UpdateState::delivering:
        return delivery_ ? watch_push() : watch_pull();
    case UpdateState::applying:
        return Clock::now() < next_ ? void() : watch_task();
    case UpdateState::restarting:
    case UpdateState::verifying:
        return Clock::now() < next_ ? void() : verify();
    case UpdateState::done:
        return;
    }
}

void Update::choose_ways()
{
    std::vector<Method> ways =
        bmc_.methods(wish_.image, wish_.images == nullptr ? BmcPull::never : wish_.pull);
    if (wish_.method)
        ways.erase(std::remove_if(ways.begin(), ways.end(), [&](Method way) { return way != *wish_.method; }),
                   ways.end());
    if (ways.empty())
        throw Error(Trouble::rejected, wish_.method
                                           ? "the BMC does not take this image by " +
                                                 std::string(word_for(target::bmc_methods, *wish_.method))
                                           : "the BMC offers no way to update it with this image");
    ways_.assign(ways.begin(), ways.end());
    ways_known_ = true;
}

void Update::begin()
{
    try {
        if (!ways_known_)
            choose_ways();
        note_.method = ways_.front();
        if (*note_.method == Method::pull)
            return begin_pull();
    } catch (const KeyChanged& error) {
        return finish(UpdateEnd::failed, error.text());
    } catch (const Error& error) {
        return is_passing(error) ? try_again_later(error) : finish(UpdateEnd::failed, error.text());
    }
    move_to(UpdateState::delivering);
    progress_ = "sending " + wish_.image.name;
    delivery_ = std::make_unique<Delivery>(bmc_, ways_.front(), wish_.image, [this] {
        note_.out_of_hand = true;
        wish_.keep(note_);
    });
}

void Update::watch_push()
{
    if (!delivery_->is_over()) {
        progress_ = "sending " + amount(delivery_->sent(), wish_.image.size);
        if (delivery_->is_out_of_hand()) {
            const std::string said = delivery_->said();
            progress_ = said.empty() ? "sent, the BMC has not answered yet" : "sent, the BMC says: " + said;
        }
        if (Clock::now() > until_)
            delivery_->stop();
        return;
    }
    const std::unique_ptr<Delivery> delivery = std::move(delivery_);
    try {
        const Accepted accepted = delivery->result();
        note_.place = accepted.place;
        note_.out_of_hand = true;
        move_to(UpdateState::applying);
        wait(accepted.retry_after);
    } catch (const KeyChanged& error) {
        key_changed(error);
    } catch (const Error& error) {
        push_failed(error);
    }
}

void Update::push_failed(const Error& error)
{
    if (note_.out_of_hand && error.trouble() == Trouble::unreachable) {
        note_line("the BMC has the image, its answer was lost: " + error.text());
        move_to(UpdateState::applying);
        return wait();
    }
    note_.out_of_hand = false; // it was refused
    if (Clock::now() > until_)
        return finish(UpdateEnd::failed, error.text());
    if (is_passing(error))
        return try_again_later(error);
    if (error.trouble() == Trouble::not_found && ways_.size() > 1)
        return fall_back(error.text(), {});
    finish(UpdateEnd::failed, error.text());
}

/// Nothing has gone to the BMC, or it has refused it.
void Update::try_again_later(const Error& error)
{
    if (!patient_until_)
        patient_until_ = Clock::now() + wish_.pace.restart;
    if (Clock::now() > *patient_until_)
        return finish(UpdateEnd::failed, error.text());
    progress_ = "trying again: " + error.text();
    if (note_.state != UpdateState::planned)
        move_to(UpdateState::planned);
    wait();
}

void Update::begin_pull()
{
    ImageOffer offer;
    offer.file = wish_.image.file;
    offer.sha256 = wish_.image.sha256;
    offer.size = wish_.image.size;
    offer.name = wish_.image.name;
    offer.sources = {bmc_.peer_address()};
    offer.plain = wish_.pull == BmcPull::http;
    offer.life = wish_.limit;
    offer.tell = wish_.tell;
    offer_ = wish_.images->offer(offer);
    Hand hand;
    hand.progress = [](std::uint64_t) {};
    hand.said = [](const std::string&) {};
    hand.out_of_hand = [this] {
        note_.state = UpdateState::delivering;
        note_.out_of_hand = true;
        wish_.keep(note_);
    };
    try {
        const Accepted accepted = bmc_.pull(wish_.image, url(), hand);
        note_.place = accepted.place;
        wish_.keep(note_);
    } catch (const KeyChanged& error) {
        return key_changed(error);
    } catch (const Error& error) {
        if (error.trouble() == Trouble::unreachable && note_.out_of_hand)
            note_line("whether the BMC took the request to fetch the image is not known: " + error.text());
        else if (error.trouble() == Trouble::busy)
            return offer_.reset(), note_.out_of_hand = false, try_again_later(error);
        else
            return fall_back("the BMC does not fetch: " + error.text(), {});
    }
    first_get_until_ = Clock::now() + wish_.pace.first_get;
    progress_ = "the BMC is to fetch " + wish_.image.name;
    wait();
}

std::string Update::url() const
{
    const std::string& own = wish_.advertise.empty() ? bmc_.own_address() : wish_.advertise;
    const std::string address = own.substr(0, own.find('%'));
    const bool colons = address.find(':') != std::string::npos;
    return (wish_.pull == BmcPull::http ? "http://" : "https://") + (colons ? '[' + address + ']' : address) +
           ':' + std::to_string(wish_.images->port()) + offer_->path();
}

/// Our own server knows best what the BMC has fetched.
void Update::watch_pull()
{
    const Delivered delivered = offer_->delivered();
    if (delivered.whole > 0) {
        if (delivered.plain)
            note_line(
                "the BMC fetched the image by plain HTTP; its own check of the signature is all there is");
        move_to(UpdateState::applying);
        return wait(std::chrono::milliseconds(0));
    }
    if (delivered.gets > 0)
        progress_ = "the BMC has fetched " + amount(delivered.furthest, wish_.image.size);
    if (delivered.gets == 0 && Clock::now() > first_get_until_)
        return fall_back("the BMC agreed to fetch the image and asked for nothing within " +
                             common::duration_text(wish_.pace.first_get) + ": it cannot reach this machine",
                         " at port " + std::to_string(wish_.images->port()));
    if (Clock::now() < next_)
        return;
    try {
        const Look look = bmc_.look(note_.place);
        if (look.stage == Stage::failed && delivered.gets == 0)
            return fall_back("the BMC could not fetch the image: " + look.text, {});
        if (look.stage == Stage::failed || look.needs_reset)
            take_look(look);
    } catch (const KeyChanged& error) {
        return key_changed(error);
    } catch (const Error&) { // what it fetches is what counts here
    }
    wait();
}

/// The BMC has nothing, and will get nothing by this way any more.
void Update::fall_back(const std::string& why, const std::string& hint)
{
    offer_.reset();
    note_.place = {};
    note_.out_of_hand = false;
    ways_.pop_front();
    if (ways_.empty())
        return finish(UpdateEnd::failed, why + hint);
    note_line(why + hint + "; going on by " + std::string(word_for(target::bmc_methods, ways_.front())));
    move_to(UpdateState::planned);
}

bool Update::cancel()
{
    if (over_)
        return note_.end == UpdateEnd::cancelled;
    if (delivery_ && delivery_->is_out_of_hand())
        return false;
    if (delivery_) {
        delivery_->stop();
        const std::unique_ptr<Delivery> delivery = std::move(delivery_); // waits for its end
        if (delivery->is_out_of_hand())
            return false;
    } else if (note_.out_of_hand && !(offer_ && offer_->delivered().gets == 0)) {
        return false;
    }
    offer_.reset();
    finish(UpdateEnd::cancelled, "cancelled before the BMC had the image");
    return true;
}

void Update::move_to(UpdateState state)
{
    note_.state = state;
    wish_.keep(note_);
}

void Update::finish(UpdateEnd end, const std::string& text)
{
    offer_.reset();
    note_.end = end;
    note_.text = common::one_line(text, 800);
    move_to(UpdateState::done);
    over_ = true;
}

void Update::key_changed(const Error& error)
{
    finish(UpdateEnd::unconfirmed, "since the update it is not certain who answers: " + error.text());
}

void Update::wait(std::optional<std::chrono::milliseconds> time)
{
    next_ = Clock::now() + time.value_or(wish_.pace.interval);
}

} // namespace manager::bmc
