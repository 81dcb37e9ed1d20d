#include "tests/unit/listing_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <pwd.h>
#include <unistd.h>

using namespace manager::target;
using tests::ListingRig;

namespace {

constexpr auto example = "\xEF\xBB\xBF# what HP SUM was run with\r\n"
                         "SILENT = YES\r\n"
                         "SOURCEPATH = \"/srv/spp/hp/swpackages\"\r\n"
                         "REBOOTALLOWED=YES\r\n"
                         "\r\n"
                         "[TARGETS_WEB]\r\n"
                         "UID = admin\r\n"
                         "HOST = web1\r\n"
                         "HOST = 10.0.0.2\r\n"
                         "UID = root\r\n"
                         "HOST = fd00::3\r\n"
                         "[END]\r\n"
                         "[TARGETS]\r\n"
                         "HOST = db1, db2;db3\r\n"
                         "UID = oracle\r\n"
                         "PWD =\r\n"
                         "[END]\r\n";

std::string complaint(const std::string& text)
{
    return ListingRig(text, "hpsum.in").complaint();
}

} // namespace

BOOST_AUTO_TEST_SUITE(hpsum_file)

BOOST_AUTO_TEST_CASE(hosts_and_users_are_taken)
{
    const ListingRig rig(example, "hpsum.in");
    BOOST_TEST(rig.names() == "web1 10.0.0.2 fd00::3 db1 db2 db3");
    BOOST_TEST(rig.target("web1").user == "admin");
    BOOST_TEST(rig.target("10.0.0.2").user == "admin");
    BOOST_TEST(rig.target("fd00::3").user == "root");
    BOOST_TEST(rig.target("db1").user == "oracle"); // a user behind the hosts is theirs when they have none
    BOOST_TEST(rig.target("db3").user == "oracle");
    BOOST_TEST(rig.names({"@WEB"}) == "web1 10.0.0.2 fd00::3");
}

BOOST_AUTO_TEST_CASE(settings_are_named_as_not_taken)
{
    BOOST_TEST(
        ListingRig(example, "hpsum.in").notices() ==
        ": only hosts and users are taken from it, not SILENT, SOURCEPATH, REBOOTALLOWED; 'soapstone help "
        "deploy' lists the options for what is to be done there\n");
    BOOST_TEST(ListingRig("[TARGETS]\nHOST=a\n[END]\n", "in").notices() == "");
}

BOOST_AUTO_TEST_CASE(the_current_credential_is_the_user_who_runs_us)
{
    const ListingRig rig("[TARGETS]\nUSECURRENTCREDENTIAL = yes\nHOST = a\n[END]\n"
                         "[TARGETS]\nusecurrentcredential=NO\nhost = b\n[END]\n",
                         "hpsum.in");
    BOOST_TEST(rig.target("a").user == ::getpwuid(::geteuid())->pw_name);
    BOOST_TEST(rig.target("b").user == "root");
}

BOOST_AUTO_TEST_CASE(a_password_is_refused_and_not_told)
{
    BOOST_TEST(
        complaint("[TARGETS]\nHOST = a\nUID = root\nPWD = hunter2\n[END]\n") ==
        ":4:7: passwords have no place in this file | take the lines with PWD out, as HP SUM allows, too, "
        "and give the password with --ask-password or --password-file");
    BOOST_TEST(complaint("[TARGETS]\nHOST = a\nhunter2\n[END]\n") == ":3:1: this is no 'KEY = VALUE'");
}

BOOST_AUTO_TEST_CASE(mistakes_are_told_with_their_place)
{
    BOOST_TEST(complaint("SILENT = YES\nSILNET = NO\n") ==
               ":2:1: unknown key 'SILNET' among the settings | did you mean 'SILENT'?");
    BOOST_TEST(complaint("[TARGETS]\n  HSOT = a\n[END]\n") ==
               ":2:3: unknown key 'HSOT' in a section of targets | did you mean 'HOST'?");
    BOOST_TEST(complaint("[TARGETS]\nHOST = a b/c\n[END]\n") ==
               ":2:8: target 'b/c': host 'b/c' is no valid name");
    BOOST_TEST(complaint("[TARGETS]\nHOST =\n[END]\n") == ":2:7: HOST without a host");
    BOOST_TEST(
        complaint("[TARGETS]\nHOST = a\nUID = CORP\\admin\n[END]\n").starts_with(":3:7: target 'CORP\\"));
    BOOST_TEST(complaint("[TARGETS]\nHOST = a\n") ==
               ":1:1: the section is not ended | its last line is [END]");
    BOOST_TEST(complaint("SILENT=YES\n[END]\n") == ":2:1: [END] without [TARGETS] before it");
    BOOST_TEST(complaint("[TARGETS]\nHOST=a\n[TARGETS]\n") == ":3:1: the section before this has no [END]");
    BOOST_TEST(complaint("SILENT=YES\n[OTHER]\n").starts_with(":2:1: unknown section '[OTHER]'"));
    BOOST_TEST(complaint("[TARGETS]\nUSECURRENTCREDENTIAL = maybe\n[END]\n") ==
               ":2:24: 'maybe': this must be YES or NO");
    BOOST_TEST(
        complaint("SILENT = YES\n").starts_with(":1:1: no host is named in this input file of HP SUM"));
}

BOOST_AUTO_TEST_CASE(garbage_and_cut_files_harm_nobody)
{
    const std::string text = example;
    for (std::size_t size = 0; size < text.size(); ++size)
        complaint(text.substr(0, size));
    tests::each_spoiled(text, 300, [](const std::string& spoiled) { complaint(spoiled); });
}

BOOST_AUTO_TEST_SUITE_END()
