#pragma once

#include "manager/bmc/delivery.hpp"
#include "manager/bmc/image_server.hpp"
#include "manager/bmc/update_note.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace manager::bmc {

/// How long an update waits for what.
struct UpdatePace {
    std::chrono::milliseconds interval{5'000};   ///< between two looks at the BMC, unless it names another
    std::chrono::milliseconds restart{900'000};  ///< that it may take to come back and show its new version
    std::chrono::milliseconds first_get{60'000}; ///< for the first GET after it has agreed to fetch
    /// With the update ended, no restart seen and the old version still there, the BMC is reset.
    std::chrono::milliseconds reset_after{300'000};
    unsigned reads = 3; ///< good looks in a row that count as proof
};

/// What is to be brought to a BMC, and how.
struct UpdateWish {
    Image image;
    bool own = false;             ///< it is for the BMC itself, not for something in its host
    std::optional<Method> method; ///< this one and no other
    BmcPull pull = BmcPull::https;
    ImageServer* images = nullptr;     ///< none: nothing can be fetched
    std::string advertise;             ///< address by which the BMC reaches us; empty: that which it sees
    std::chrono::seconds limit{3'600}; ///< for all of it
    UpdatePace pace;
    /// The version in an inventory; empty: what the update is for is not there.
    std::function<std::string(const std::vector<Installed>&)> version;
    std::function<bool(const std::string& version)> is_wanted;
    std::function<void(const UpdateNote&)> keep;  ///< durably; any thread. Throws when it cannot
    std::function<void(const std::string&)> tell; ///< see ImageOffer::tell
};

/// One update of one BMC, from the image to the proof. Never sends an image that the BMC may have already.
/// Believes nothing but the inventory: what BMCs say of tasks is taken for progress.
///
/// Used by one thread at a time. A step makes a few requests at most; between steps nothing is done but what
/// Delivery does.
class Update {
public:
    /// `note`: what is known of it, fresh or kept by a manager before. `bmc` is logged in, and outlives this.
    Update(Bmc& bmc, UpdateWish wish, UpdateNote note);

    /// Goes on. Throws nothing but what `keep` throws, and defects.
    void step();
    /// Ends it where the BMC has not all of the image yet. False: it cannot be stopped.
    bool cancel();

    const std::string& job() const { return job_; }
    const UpdateNote& note() const { return note_; } ///< once it is over
    bool is_over() const { return over_; }
    /// What goes on, for people.
    const std::string& progress() const { return progress_; }
    /// What is worth a line in the report, since the last call.
    std::vector<std::string> take_notices() { return std::exchange(notices_, {}); }

private:
    using Clock = std::chrono::steady_clock;

    void choose_ways();
    void begin();
    void begin_pull();
    void watch_push();
    void push_failed(const common::Error& error);
    void watch_pull();
    void fall_back(const std::string& why, const std::string& hint);
    void watch_task();
    void take_look(const Look& look);
    void task_failed(const Look& look);
    void verify();
    void read_right();
    void read_wrong(const std::string& version);
    bool reset_is_due() const;
    void reset_bmc();
    void verification_over();
    void try_again_later(const common::Error& error);
    void move_to(UpdateState state);
    void begin_verifying();
    void finish(UpdateEnd end, const std::string& text);
    void key_changed(const common::Error& error);
    void wait(std::optional<std::chrono::milliseconds> time = std::nullopt);
    void note_line(const std::string& text) { notices_.push_back(text); }
    std::string url() const;

    Bmc& bmc_;
    UpdateWish wish_;
    std::string job_;
    UpdateNote note_;
    bool over_ = false;
    bool ways_known_ = false;
    std::deque<Method> ways_;
    std::unique_ptr<OfferedImage> offer_;
    std::unique_ptr<Delivery> delivery_;
    std::string progress_;
    std::vector<std::string> notices_;

    Clock::time_point until_;                        ///< for all of it
    Clock::time_point next_;                         ///< no look before
    std::optional<Clock::time_point> patient_until_; ///< with a BMC that is busy
    Clock::time_point first_get_until_;
    Clock::time_point verify_from_;
    Clock::time_point verify_until_;
    bool searched_ = false;    ///< for a task whose place is not known
    bool ended_well_ = false;  ///< the BMC has said so
    bool went_down_ = false;   ///< it did not answer for a while
    bool needs_reset_ = false; ///< the BMC has said so
    bool flapped_ = false;     ///< the version was right, and then not
    unsigned waits_ = 0;       ///< looks in a row that told of waiting for the host
    unsigned good_ = 0;        ///< reads in a row that showed the right version
    unsigned wrong_ = 0;       ///< reads in a row that showed the same wrong one
    std::string last_wrong_;
    std::string last_trouble_; ///< why the newest read was none
};

} // namespace manager::bmc
