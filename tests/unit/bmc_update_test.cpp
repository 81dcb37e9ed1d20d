#include "common/error.hpp"
#include "manager/bmc/update.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

using namespace manager::bmc;
using namespace std::chrono_literals;
using common::Error;
using common::Trouble;

namespace {

/// A BMC that does what its script says. Its update is over when it has been looked at often enough.
class ToyBmc final : public Bmc {
public:
    std::vector<Method> ways{Method::multipart};
    std::deque<Look> looks;           ///< the last one stays
    std::deque<std::string> versions; ///< shown by the inventory, the last one stays; "down": no answer
    std::optional<Error> refusal;     ///< of a push, before anything was taken
    unsigned refusals = 0;            ///< how often; 0 with a refusal: always
    bool loses_answer = false;        ///< of a push that it took
    std::string says;                 ///< of how far it is, once it has the image
    std::atomic<bool> writes = false; ///< and answers to the push only when this has become false
    TaskPlace running;
    std::atomic<unsigned> pushes = 0;
    unsigned pulls = 0;
    unsigned resets = 0;

    const Identity& identity() const override { return identity_; }
    void log_in() override {}
    bool log_out() override { return true; }
    std::vector<Installed> inventory() override
    {
        const std::string version = take(versions);
        if (version == "down")
            throw Error(Trouble::unreachable, "no answer");
        if (version == "other key")
            throw KeyChanged(Place{"toy", 443, false});
        Installed installed;
        installed.entry.version = version;
        return {installed};
    }
    std::vector<Method> methods(const Image&, BmcPull) override { return ways; }
    bool takes_fwpkg() const override { return false; }
    Accepted push(Method, const Image&, const Hand& hand) override
    {
        if (refusal && (refusals == 0 || pushes < refusals)) {
            ++pushes;
            throw *refusal;
        }
        hand.out_of_hand();
        ++pushes;
        hand.said(says);
        while (writes)
            std::this_thread::sleep_for(1ms);
        if (loses_answer)
            throw Error(Trouble::unreachable, "the line broke");
        return {{"/task", ""}, {}};
    }
    Accepted pull(const Image&, const std::string&, const Hand& hand) override
    {
        ++pulls;
        hand.out_of_hand();
        return {{"/task", ""}, {}};
    }
    Look look(const TaskPlace&) override { return take(looks); }
    TaskPlace running_update() override { return running; }
    void reset() override { ++resets; }
    std::vector<BmcLog> logs() override { return {}; }
    std::string own_address() const override { return "127.0.0.1"; }
    std::string peer_address() const override { return "127.0.0.1"; }

private:
    template <typename Value>
    static Value take(std::deque<Value>& script)
    {
        if (script.empty())
            throw Error(Trouble::unreachable, "no answer");
        Value value = script.front();
        if (script.size() > 1)
            script.pop_front();
        return value;
    }

    Identity identity_{"Toy", "BMC", "1"};
};

/// A web server from which nobody fetches.
class ToyServer final : public ImageServer {
public:
    unsigned living = 0;
    Delivered delivered;

    std::unique_ptr<OfferedImage> offer(const ImageOffer&) override { return std::make_unique<Offer>(*this); }
    std::uint16_t port() const override { return 63'000; }

private:
    class Offer final : public OfferedImage {
    public:
        explicit Offer(ToyServer& server) : server_(server) { ++server_.living; }
        ~Offer() override { --server_.living; }
        const std::string& path() const override { return path_; }
        Delivered delivered() const override { return server_.delivered; }

    private:
        ToyServer& server_;
        std::string path_ = "/fw/token/image";
    };
};

Look stage(Stage stage, bool needs_reset = false)
{
    Look look;
    look.stage = stage;
    look.text = "as the BMC says";
    look.needs_reset = needs_reset;
    return look;
}

struct Scene {
    ToyBmc bmc;
    ToyServer server;
    UpdateWish wish;
    UpdateNote note;
    std::vector<UpdateNote> kept;
    std::unique_ptr<Update> update;

    Scene()
    {
        wish.image.name = "image";
        wish.image.size = 1'000;
        wish.own = true;
        wish.pace = {1ms, 150ms, 30ms, 30ms, 3};
        wish.version = [](const std::vector<Installed>& all) { return all.front().entry.version; };
        wish.is_wanted = [](const std::string& version) { return version == "2.0"; };
        wish.keep = [this](const UpdateNote& now) { kept.push_back(now); };
        note.job = "job";
        note.before = "1.0";
        bmc.looks = {stage(Stage::working), stage(Stage::ended)};
        bmc.versions = {"2.0"};
    }

    UpdateNote end()
    {
        update = std::make_unique<Update>(bmc, wish, note);
        const auto until = std::chrono::steady_clock::now() + 5s;
        while (!update->is_over() && std::chrono::steady_clock::now() < until) {
            update->step();
            std::this_thread::sleep_for(1ms);
        }
        BOOST_REQUIRE(update->is_over());
        return update->note();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(bmc_update)

BOOST_AUTO_TEST_CASE(an_update_is_confirmed_by_three_good_reads)
{
    Scene scene;
    scene.bmc.versions = {"1.0", "down", "down", "2.0", "2.0", "2.0"};
    BOOST_TEST((scene.end().end == UpdateEnd::confirmed));
    BOOST_TEST(scene.bmc.pushes == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_bmc_says_while_it_writes_is_told)
{
    for (const bool talks : {true, false}) {
        Scene scene;
        scene.bmc.says = talks ? "40% complete" : "";
        scene.bmc.writes = true;
        const std::string wanted =
            talks ? "sent, the BMC says: 40% complete" : "sent, the BMC has not answered yet";
        Update update(scene.bmc, scene.wish, scene.note);
        const auto until = std::chrono::steady_clock::now() + 5s;
        while (update.progress() != wanted && std::chrono::steady_clock::now() < until)
            update.step();
        BOOST_TEST(update.progress() == wanted);
        scene.bmc.writes = false;
    }
}

BOOST_AUTO_TEST_CASE(two_good_reads_are_none)
{
    Scene scene;
    scene.bmc.versions = {"2.0", "2.0", "1.0"};
    BOOST_TEST((scene.end().end == UpdateEnd::unconfirmed));
}

BOOST_AUTO_TEST_CASE(what_is_said_to_be_done_and_is_not_is_no_success)
{
    Scene scene;
    scene.bmc.versions = {"1.0"};
    const UpdateNote note = scene.end();
    BOOST_TEST((note.end == UpdateEnd::not_verified));
    BOOST_TEST(scene.bmc.resets == 1u); // the last thing that could bring it up
}

BOOST_AUTO_TEST_CASE(a_bmc_that_does_not_come_back_is_unconfirmed)
{
    Scene scene;
    scene.bmc.versions = {"down"};
    BOOST_TEST((scene.end().end == UpdateEnd::unconfirmed));
    BOOST_TEST(scene.bmc.resets == 0u);
}

BOOST_AUTO_TEST_CASE(another_key_after_the_update_is_never_trusted_silently)
{
    Scene scene;
    scene.bmc.versions = {"down", "other key"};
    const UpdateNote note = scene.end();
    BOOST_TEST((note.end == UpdateEnd::unconfirmed));
    BOOST_TEST(note.text.find("another key") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_failed_task_fails_unless_the_version_is_there)
{
    Scene scene;
    scene.bmc.looks = {stage(Stage::failed)};
    scene.bmc.versions = {"1.0"};
    BOOST_TEST((scene.end().end == UpdateEnd::failed));

    Scene there;
    there.bmc.looks = {stage(Stage::failed)};
    BOOST_TEST((there.end().end == UpdateEnd::confirmed));
}

BOOST_AUTO_TEST_CASE(a_bmc_that_asks_for_it_is_reset_once)
{
    Scene scene;
    scene.bmc.looks = {stage(Stage::ended, true)};
    scene.bmc.versions = {"1.0", "down", "2.0"};
    BOOST_TEST((scene.end().end == UpdateEnd::confirmed));
    BOOST_TEST(scene.bmc.resets == 1u);
}

BOOST_AUTO_TEST_CASE(a_bmc_that_is_still_at_work_is_not_reset)
{
    Scene scene;
    scene.bmc.running = {"/another", ""};
    scene.bmc.versions = {"1.0"};
    scene.end();
    BOOST_TEST(scene.bmc.resets == 0u);
}

BOOST_AUTO_TEST_CASE(waiting_for_the_host_is_believed_when_it_was_said_three_times)
{
    Scene scene;
    scene.bmc.looks = {stage(Stage::waits_for_host), stage(Stage::working), stage(Stage::waits_for_host)};
    scene.bmc.versions = {"1.0"};
    BOOST_TEST((scene.end().end == UpdateEnd::waits_for_host));
}

BOOST_AUTO_TEST_CASE(a_busy_bmc_is_asked_again_and_not_for_ever)
{
    Scene scene;
    scene.bmc.refusal = Error(Trouble::busy, "busy");
    scene.bmc.refusals = 2;
    BOOST_TEST((scene.end().end == UpdateEnd::confirmed));

    Scene always;
    always.bmc.refusal = Error(Trouble::busy, "busy");
    BOOST_TEST((always.end().end == UpdateEnd::failed));
}

BOOST_AUTO_TEST_CASE(an_image_whose_answer_was_lost_is_not_sent_again)
{
    Scene scene;
    scene.bmc.loses_answer = true;
    scene.bmc.looks = {stage(Stage::gone)};
    scene.bmc.versions = {"1.0", "down", "2.0"};
    BOOST_TEST((scene.end().end == UpdateEnd::confirmed));
    BOOST_TEST(scene.bmc.pushes == 1u);
}

BOOST_AUTO_TEST_CASE(that_the_image_is_out_of_hand_is_kept_before_it_is)
{
    Scene scene;
    scene.wish.keep = [](const UpdateNote& now) {
        if (now.out_of_hand)
            throw Error(Trouble::rejected, "the disk is full");
    };
    BOOST_TEST((scene.end().end == UpdateEnd::failed));
    BOOST_TEST(scene.bmc.pushes == 0u);
}

BOOST_AUTO_TEST_CASE(a_manager_after_a_crash_looks_and_sends_nothing)
{
    Scene scene;
    scene.note.state = UpdateState::delivering;
    scene.note.out_of_hand = true;
    scene.bmc.running = {"/task", ""};
    scene.bmc.versions = {"1.0", "down", "2.0"};
    const UpdateNote note = scene.end();
    BOOST_TEST((note.end == UpdateEnd::confirmed));
    BOOST_TEST(note.place.task == "/task");
    BOOST_TEST(scene.bmc.pushes == 0u);
}

BOOST_AUTO_TEST_CASE(a_manager_after_a_crash_sends_again_what_had_not_arrived)
{
    Scene scene;
    scene.note.state = UpdateState::delivering;
    BOOST_TEST((scene.end().end == UpdateEnd::confirmed));
    BOOST_TEST(scene.bmc.pushes == 1u);
}

BOOST_AUTO_TEST_CASE(the_same_version_again_needs_a_sign_that_it_was_written)
{
    Scene scene;
    scene.note.before = "2.0";
    scene.bmc.looks = {stage(Stage::gone)};
    BOOST_TEST((scene.end().end == UpdateEnd::unconfirmed));

    Scene said;
    said.note.before = "2.0";
    BOOST_TEST((said.end().end == UpdateEnd::confirmed));
}

BOOST_AUTO_TEST_CASE(a_bmc_that_does_not_come_to_fetch_is_sent_the_image)
{
    Scene scene;
    scene.bmc.ways = {Method::pull, Method::multipart};
    scene.wish.images = &scene.server;
    scene.bmc.looks = {stage(Stage::working), stage(Stage::working), stage(Stage::ended)};
    for (int i = 0; i < 200; ++i)
        scene.bmc.looks.push_front(stage(Stage::working));
    const UpdateNote note = scene.end();
    BOOST_TEST((note.end == UpdateEnd::confirmed));
    BOOST_TEST(scene.bmc.pulls == 1u);
    BOOST_TEST(scene.bmc.pushes == 1u);
    BOOST_TEST(scene.server.living == 0u);
}

BOOST_AUTO_TEST_CASE(with_no_other_way_it_is_said_that_it_cannot_reach_us)
{
    Scene scene;
    scene.bmc.ways = {Method::pull};
    scene.wish.images = &scene.server;
    scene.bmc.looks = {stage(Stage::working)};
    const UpdateNote note = scene.end();
    BOOST_TEST((note.end == UpdateEnd::failed));
    BOOST_TEST(note.text.find("cannot reach this machine") != std::string::npos);
    BOOST_TEST(scene.server.living == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_fetched_is_never_sent)
{
    Scene scene;
    scene.bmc.ways = {Method::pull, Method::multipart};
    scene.wish.images = &scene.server;
    scene.server.delivered = {500, 500, 1, 0, false, {}};
    scene.bmc.looks = {stage(Stage::failed)};
    scene.bmc.versions = {"1.0"};
    BOOST_TEST((scene.end().end == UpdateEnd::failed));
    BOOST_TEST(scene.bmc.pushes == 0u);
}

BOOST_AUTO_TEST_CASE(a_task_that_never_ends_is_unconfirmed_when_its_time_is_over)
{
    Scene scene;
    scene.wish.limit = 1s;
    scene.bmc.looks = {stage(Stage::working)};
    BOOST_TEST((scene.end().end == UpdateEnd::unconfirmed));
}

BOOST_AUTO_TEST_CASE(what_the_bmc_has_cannot_be_cancelled)
{
    Scene scene;
    scene.note.state = UpdateState::applying;
    scene.note.out_of_hand = true;
    Update update(scene.bmc, scene.wish, scene.note);
    BOOST_TEST(!update.cancel());

    Scene fresh;
    Update planned(fresh.bmc, fresh.wish, fresh.note);
    BOOST_TEST(planned.cancel());
    BOOST_TEST((planned.note().end == UpdateEnd::cancelled));
}

BOOST_AUTO_TEST_SUITE_END()
