// An agent's logs on their way over the manager's web server, both of them the real ones.
#include "agent/log_courier.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "manager/serve/file_server.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <mutex>

using agent::LogCourier;
using agent::LogRoad;
using common::Error;
using common::Trouble;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

const std::string run(32, 'a');

struct Scene {
    Scene()
    {
        folder.prepare_logs();
        common::os::make_private_folder(incoming);
        port = server.listen("127.0.0.1", 0).port;
        manager::link::LogOffer offer;
        offer.folder = incoming;
        offer.sources = {"127.0.0.1"};
        offer.given["manager.log"] = scratch.path() / "laid-out";
        offer.tell = [this](const std::string& sentence) {
            const std::lock_guard lock(mutex);
            told_.push_back(sentence);
        };
        open = server.open_logs(offer);
    }

    std::vector<std::string> told() const
    {
        const std::lock_guard lock(mutex);
        return told_;
    }

    LogRoad road() const { return {{"127.0.0.1", port}, server.fingerprint(), open->path()}; }

    Trouble refused(const std::string& name, const LogRoad& road, std::chrono::seconds time = 20s)
    {
        try {
            courier.carry(name, road, time);
        } catch (const Error& error) {
            BOOST_TEST(error.text().find(open->path()) == std::string::npos, error.text());
            return error.trouble();
        }
        BOOST_FAIL("it was carried");
        return Trouble::defect;
    }

    tests::Scratch scratch;
    const agent::RunFolder folder{scratch.path() / "state", run};
    const fs::path incoming = scratch.path() / "incoming";
    common::net::Loop loop{1, 2};
    manager::serve::FileServer server{loop, {}};
    std::uint16_t port = 0;
    mutable std::mutex mutex; ///< around `told_`
    std::vector<std::string> told_;
    std::unique_ptr<manager::link::OpenLogs> open;
    const agent::AgentLog log = [this] {
        folder.prepare_logs();
        return agent::AgentLog(folder.logs() / "agent.log", run, "0");
    }();
    std::atomic<int> contacts = 0;
    const LogCourier courier{loop, folder, log, [this] { ++contacts; }};
};

} // namespace

BOOST_AUTO_TEST_SUITE(log_courier)

BOOST_AUTO_TEST_CASE(a_log_gets_there_and_grows_there)
{
    Scene scene;
    const std::string text(3 << 20, 'x');
    common::os::write_file_durably(scene.folder.logs() / "1.log", text);
    scene.courier.carry("1.log", scene.road(), 20s);
    scene.courier.carry("agent.log", scene.road(), 20s);
    scene.log.info("one more line");
    scene.courier.carry("agent.log", scene.road(), 20s);
    BOOST_TEST(scene.contacts > 0);
    const auto taken = scene.open->taken();
    BOOST_REQUIRE(taken.size() == 2u);
    BOOST_TEST((common::os::read_file(taken[0].file) == text));
    BOOST_TEST(
        (common::os::read_file(taken[1].file) == common::os::read_file(scene.folder.logs() / "agent.log")));
    BOOST_TEST(taken[1].complete);
    BOOST_REQUIRE(scene.told().size() == 3u);
    BOOST_TEST(scene.told()[0] == "127.0.0.1 put 1.log: 3.1 MB");
}

BOOST_AUTO_TEST_CASE(the_managers_log_takes_the_place_of_an_earlier_one)
{
    Scene scene;
    common::os::write_file_durably(scene.folder.logs() / "manager.log", "much longer than what comes now");
    common::os::write_file_durably(scene.scratch.path() / "laid-out", "of the manager\n");
    scene.courier.carry("manager.log", scene.road(), 20s);
    BOOST_TEST(common::os::read_file(scene.folder.logs() / "manager.log") == "of the manager\n");
    fs::remove(scene.scratch.path() / "laid-out");
    BOOST_TEST((scene.refused("manager.log", scene.road()) == Trouble::rejected));
    BOOST_TEST(!fs::exists(scene.folder.logs() / "manager.log"));
}

BOOST_AUTO_TEST_CASE(a_server_with_another_key_gets_nothing)
{
    Scene scene;
    common::os::write_file_durably(scene.folder.logs() / "1.log", "text");
    LogRoad road = scene.road();
    road.pin = std::string(64, '0');
    BOOST_TEST((scene.refused("1.log", road) == Trouble::rejected));
    BOOST_TEST(scene.told().empty());
    BOOST_TEST(scene.open->taken().empty());
}

BOOST_AUTO_TEST_CASE(a_road_that_is_closed_is_no_trouble_of_the_line_to_the_manager)
{
    Scene scene;
    common::os::write_file_durably(scene.folder.logs() / "1.log", "text");
    LogRoad road = scene.road();
    road.server.port = 1; // nobody listens there
    BOOST_TEST((scene.refused("1.log", road) == Trouble::rejected));
    const LogRoad gone = scene.road();
    BOOST_TEST((scene.refused("1.log", {gone.server, gone.pin, "/log/" + std::string(32, 'x') + "/"}) ==
                Trouble::rejected));
    const std::string once = scene.open->path();
    scene.open = scene.server.open_logs({});
    BOOST_TEST((scene.refused("1.log", {gone.server, gone.pin, once}) == Trouble::rejected));
}

BOOST_AUTO_TEST_CASE(only_logs_are_carried)
{
    Scene scene;
    common::os::write_file_durably(scene.folder.root() / "journal", "secret");
    fs::create_symlink(scene.folder.root() / "journal", scene.folder.logs() / "link.log");
    for (const char* name : {"../journal", "link.log", "", ".", "nothing.log", "/etc/passwd"})
        BOOST_TEST((scene.refused(name, scene.road()) == Trouble::invalid));
}

BOOST_AUTO_TEST_SUITE_END()
