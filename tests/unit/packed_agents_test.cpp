#include "manager/drivers/packed_agents.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;
using manager::drivers::PackedAgents;

namespace {

struct Folder {
    tests::Scratch scratch;
    fs::path path = scratch.path() / "agents";
};

std::string hash(char digit)
{
    return std::string(64, digit);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(packed_agents, Folder)

BOOST_AUTO_TEST_CASE(what_one_run_has_packed_the_next_one_finds)
{
    const std::string packed("gz\0bytes", 8);
    PackedAgents(path).keep(hash('a'), packed);

    BOOST_TEST(PackedAgents(path).find(hash('a')).value() == packed);
    BOOST_TEST(!PackedAgents(path).find(hash('b')));
}

BOOST_AUTO_TEST_CASE(a_damaged_one_is_not_there)
{
    const PackedAgents agents(path);
    agents.keep(hash('a'), "packed");
    const fs::path file = fs::directory_iterator(path)->path();
    std::fstream(file, std::ios::in | std::ios::out | std::ios::ate) << '!';
    BOOST_TEST(!agents.find(hash('a')));

    std::ofstream(file, std::ios::trunc) << "short";
    BOOST_TEST(!agents.find(hash('a')));
}

BOOST_AUTO_TEST_CASE(old_ones_make_room)
{
    const PackedAgents agents(path);
    for (char digit = '0'; digit <= '9'; ++digit) {
        agents.keep(hash(digit), "packed");
        const auto age = std::chrono::hours('9' - digit);
        fs::last_write_time(path / (hash(digit) + ".packed"), fs::file_time_type::clock::now() - age);
    }

    BOOST_TEST(std::distance(fs::directory_iterator(path), fs::directory_iterator()) == 8);
    BOOST_TEST(!agents.find(hash('1')));
    BOOST_TEST(agents.find(hash('2')).has_value());
}

BOOST_AUTO_TEST_CASE(a_place_that_takes_nothing_is_no_error)
{
    const PackedAgents agents("/proc/soapstone-agents");
    agents.keep(hash('a'), "packed");
    BOOST_TEST(!agents.find(hash('a')));
}

BOOST_AUTO_TEST_SUITE_END()
