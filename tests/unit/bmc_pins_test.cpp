#include "common/error.hpp"
#include "common/os/file.hpp"
#include "manager/trust/bmc_pins.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

using manager::trust::BmcPin;
using manager::trust::BmcPins;

namespace {

const std::string key_a = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const std::string key_b = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA=";

BmcPin pin(const std::string& host, std::uint16_t port, const std::string& key)
{
    return {host,         port,         key, std::string(64, 'a'), "2031-05-04", "2026-01-02T03:04:05.000Z",
            "alice@ws 1", "rack 7, top"};
}

} // namespace

BOOST_AUTO_TEST_SUITE(bmc_pins)

BOOST_AUTO_TEST_CASE(what_was_added_is_found_by_host_and_port)
{
    const tests::Scratch scratch;
    BmcPins pins(scratch.path() / "new" / "bmc_pins");
    BOOST_TEST(pins.all().empty());
    pins.add(pin("ILO-7.example", 443, key_a));
    pins.add(pin("10.0.0.7", 8443, key_b));
    pins.add(pin("fe80::1", 443, key_b));
    BOOST_TEST(pins.keys_of("ilo-7.example", 443).front() == key_a);
    BOOST_TEST(pins.keys_of("ilo-7.example", 8443).empty());
    BOOST_TEST(pins.keys_of("10.0.0.7", 8443).front() == key_b);
    BOOST_TEST(pins.keys_of("fe80::1", 443).size() == 1u);
    BOOST_TEST(pins.all().front().comment == "rack 7, top");
    BOOST_TEST(pins.all().front().by == "alice@ws_1");
    struct stat facts {};
    BOOST_TEST(::stat(pins.file().c_str(), &facts) == 0);
    BOOST_TEST((facts.st_mode & 0777) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_host_may_have_two_keys_and_lose_one)
{
    const tests::Scratch scratch;
    BmcPins pins(scratch.path() / "bmc_pins");
    pins.add(pin("a", 443, key_a));
    pins.add(pin("a", 443, key_b));
    pins.add(pin("a", 443, key_b));
    BOOST_TEST(pins.keys_of("a", 443).size() == 2u);
    BOOST_TEST(pins.remove("a", 443, key_a) == 1u);
    BOOST_TEST(pins.keys_of("a", 443).front() == key_b);
    BOOST_TEST(pins.remove("b", 443) == 0u);
    BOOST_TEST(pins.remove("a", 443) == 1u);
    BOOST_TEST(pins.keys_of("a", 443).empty());
}

BOOST_AUTO_TEST_CASE(a_line_that_is_none_is_named_not_passed_over)
{
    const tests::Scratch scratch;
    BmcPins pins(scratch.path() / "bmc_pins");
    common::os::write_file_durably(pins.file(), "# keys\n\nilo-7 sha256//short x x x x\n");
    BOOST_CHECK_EXCEPTION(pins.all(), common::Error, [](const common::Error& error) {
        return error.text().find("bmc_pins:3") != std::string::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()
