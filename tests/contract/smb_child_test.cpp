#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "manager/transport/smb/control/login.hpp"
#include "manager/transport/smb/helper_process.hpp"
#include "tests/support/smb_host.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <thread>

using namespace manager::transport::smb;
using namespace std::chrono_literals;
using common::Deadline;
using common::Error;
using common::Fields;
using common::Trouble;
using tests::SmbHost;
namespace ask = control::ask;

namespace {

constexpr auto limit = 60s;

SmbHost& usual_host()
{
    static SmbHost host;
    return host;
}

control::Login login(const SmbHost& host, const std::string& user = "Administrator")
{
    control::Login login;
    login.host = host.address();
    login.user = user;
    login.has_password = true;
    return login;
}

/// soapstone-smb, logged in.
struct Session {
    explicit Session(const control::Login& who, const std::string& password = SmbHost::password)
        : session(control::read_session(helper.ask(encode(who), password, Deadline::in(limit)).fields))
    {
    }

    Fields ask(const Fields& request, std::string_view data = {})
    {
        return helper.ask(request, data, Deadline::in(limit)).fields;
    }

    HelperProcess helper;
    control::Session session;
};

void check_refused(const control::Login& who, const std::string& password, Trouble trouble,
                   const std::string& text, const std::string& hint = {})
{
    try {
        Session{who, password};
        BOOST_ERROR("no error");
    } catch (const Error& error) {
        BOOST_TEST(name_of(error.trouble()) == name_of(trouble));
        BOOST_TEST(error.text().find(text) != std::string::npos, error.text() << " does not say: " << text);
        BOOST_TEST(error.hint().find(hint) != std::string::npos, error.hint() << " does not say: " << hint);
    }
}

Fields of(const char* what, const std::string& path)
{
    return wish(what).add("path", path);
}

bool has(const std::vector<std::string>& list, const std::string& entry)
{
    return std::find(list.begin(), list.end(), entry) != list.end();
}

} // namespace

BOOST_AUTO_TEST_SUITE(smb_child)

BOOST_AUTO_TEST_CASE(a_login_tells_both_addresses)
{
    const Session session(login(usual_host()));
    BOOST_TEST(session.session.target_address == usual_host().address());
    BOOST_TEST(!session.session.our_address.empty());
    BOOST_TEST(session.session.method == "ntlm");
    BOOST_TEST(common::is_hex(session.session.machine, 32));
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_told_as_that)
{
    check_refused(login(usual_host()), "wrong", Trouble::denied, "the user name or the password is wrong",
                  "--ask-password");
}

BOOST_AUTO_TEST_CASE(a_port_where_nobody_listens_is_no_wrong_password)
{
    control::Login who = login(usual_host());
    who.host = "127.0.9.9";
    check_refused(who, SmbHost::password, Trouble::unreachable,
                  "no SMB at 127.0.9.9: port 445: Connection refused; port 139: Connection refused",
                  "SMB-In");
}

BOOST_AUTO_TEST_CASE(where_port_445_drops_all_without_a_word_there_is_time_left_for_port_139)
{
    const SmbHost host("smb ports = 139");
    const tests::OddPort firewall(host.address(), 445, tests::OddPort::Way::drops);
    const Session session(login(host));
    BOOST_TEST(session.session.target_address == host.address());
}

BOOST_AUTO_TEST_CASE(a_dead_address_before_a_good_one_leaves_time_for_that)
{
    const std::string dead = tests::next_address();
    const tests::OddPort firewall(dead, 445, tests::OddPort::Way::drops);
    control::Login who = login(usual_host());
    who.host = "win-of-two-addresses";
    tests::name_hosts("127.0.0.1 localhost\n" + dead + ' ' + who.host + '\n' + usual_host().address() + ' ' +
                      who.host + '\n');
    const Session session(who);
    BOOST_TEST(session.session.target_address == usual_host().address());
}

BOOST_AUTO_TEST_CASE(what_does_not_answer_in_smb_is_unreachable_and_only_smb_1_is_too_old)
{
    using tests::OddPort;
    using Way = OddPort::Way;
    const auto check = [](Way way, const std::string& answer, Trouble trouble, const std::string& text) {
        control::Login who;
        who.host = tests::next_address();
        who.user = "Administrator";
        who.has_password = true;
        const OddPort port(who.host, 445, way, answer);
        check_refused(who, SmbHost::password, trouble, text);
    };
    const auto framed = [](std::string message) {
        message.resize(128);
        return std::string("\0\0\0\x80", 4) + message;
    };
    using namespace std::string_literals;
    const std::string header = "\xFESMB\x40\0\0\0"s;
    check(Way::is_mute, {}, Trouble::unreachable, "port 445: no answer in time");
    check(Way::answers, {}, Trouble::unreachable, "port 445: it hung up when it was greeted");
    check(Way::answers, "SSH-2.0-OpenSSH_9.2\r\n", Trouble::unreachable,
          "port 445: what answers there is no SMB");
    check(Way::answers, framed(header).substr(0, 40), Trouble::unreachable, "its answer ends in the middle");
    check(Way::answers, framed(header + "\x05\x02\0\xC0"s), Trouble::unreachable,
          "it answered the greeting with the error 0xC0000205");
    check(Way::answers, framed("\xFFSMB"), Trouble::denied, "speaks no SMB newer than SMB 1");
}

BOOST_AUTO_TEST_CASE(a_refused_session_on_port_139_is_told)
{
    control::Login who;
    who.host = tests::next_address();
    who.user = "Administrator";
    who.has_password = true;
    const tests::OddPort port(who.host, 139, tests::OddPort::Way::answers, std::string("\x83\0\0\1\x82", 5));
    check_refused(who, SmbHost::password, Trouble::unreachable, "port 139: it refused a NetBIOS session");
}

BOOST_AUTO_TEST_CASE(a_target_without_admin_shares_is_told_at_the_login)
{
    const SmbHost host({}, "DATA");
    check_refused(login(host), SmbHost::password, Trouble::rejected, "the target has no share ADMIN$",
                  "AutoShareServer");
}

BOOST_AUTO_TEST_CASE(a_server_of_smb_2_1_is_refused_unless_it_is_allowed)
{
    const SmbHost old("server max protocol = SMB2_10");
    control::Login who = login(old);
    check_refused(who, SmbHost::password, Trouble::denied, "speaks SMB 2.1 at best", "--allow-smb2");
    who.allow_smb2 = true;
    Session session(who);
    session.ask(of(ask::make_folder, "Soapstone"));
    BOOST_TEST(std::filesystem::exists(old.share() / "Soapstone"));
}

BOOST_AUTO_TEST_CASE(where_port_445_is_closed_port_139_is_taken)
{
    const SmbHost host("smb ports = 139");
    Session session(login(host));
    session.ask(of(ask::make_folder, "Soapstone"));
    BOOST_TEST(std::filesystem::exists(host.share() / "Soapstone"));
}

BOOST_AUTO_TEST_CASE(a_server_that_demands_encryption_gets_it)
{
    const SmbHost strict("server smb encrypt = required\nserver min protocol = SMB3");
    Session session(login(strict));
    session.ask(of(ask::make_folder, "Soapstone"));
    BOOST_TEST(std::filesystem::exists(strict.share() / "Soapstone"));
}

BOOST_AUTO_TEST_CASE(the_targets_clock_and_room_are_told)
{
    Session session(login(usual_host()));
    const auto now =
        static_cast<std::uint64_t>(common::to_milliseconds(std::chrono::system_clock::now()) / 1000);
    const std::uint64_t told = session.ask(wish(ask::clock)).number("time");
    BOOST_TEST(told <= now);
    BOOST_TEST(now - told < 120);
    BOOST_TEST(session.ask(wish(ask::room)).number("free") > 0U);
}

BOOST_AUTO_TEST_CASE(a_file_is_put_in_pieces_renamed_hashed_read_and_removed)
{
    Session session(login(usual_host()));
    const std::string bytes = common::os::random_bytes(300'000);
    session.ask(of(ask::make_folder, "Soapstone"));
    session.ask(of(ask::make_folder, "Soapstone/one two"));
    session.ask(of(ask::put, "Soapstone/one two/a.new"), std::string_view(bytes).substr(0, 200'000));
    session.ask(of(ask::put, "Soapstone/one two/a.new").add("last", "yes"),
                std::string_view(bytes).substr(200'000));
    session.ask(of(ask::rename, "Soapstone/one two/a.new").add("to", "Soapstone/one two/a%1"));

    BOOST_TEST(session.ask(of(ask::hash, "Soapstone/one two/a%1")).get("sha256") ==
               common::tls::sha256_hex(bytes));
    BOOST_TEST(session.ask(of(ask::hash, "Soapstone/none")).get_or("sha256", "none") == "none");
    const auto read =
        session.helper.ask(of(ask::get, "Soapstone/one two/a%1").add("most", 1000U), Deadline::in(limit));
    BOOST_TEST((read.data == bytes.substr(0, 1000)));
    BOOST_TEST(has(session.ask(of(ask::list, "Soapstone/one two")).all("file"), "a%1"));
    BOOST_TEST(has(session.ask(of(ask::list, "Soapstone")).all("folder"), "one two"));
    BOOST_TEST(session.ask(of(ask::list, "Soapstone/none")).all("file").empty());
    BOOST_TEST(session.ask(of(ask::remove, "Soapstone/one two")).get_or("there", "") == "yes");
    BOOST_TEST(session.ask(of(ask::remove, "Soapstone/one two")).get_or("there", "") == "");
    BOOST_TEST(!std::filesystem::exists(usual_host().share() / "Soapstone/one two"));
}

BOOST_AUTO_TEST_CASE(a_file_that_somebody_holds_for_a_moment_is_renamed_when_he_lets_go)
{
    Session scanner(login(usual_host()));
    Session session(login(usual_host()));
    session.ask(of(ask::make_folder, "Soapstone"));
    scanner.ask(of(ask::put, "Soapstone/a.new"), "half of it"); // held open
    std::thread later([&] {
        std::this_thread::sleep_for(1s);
        scanner.ask(of(ask::put, "Soapstone/a.new").add("last", "yes"), "the rest");
    });
    try {
        session.ask(of(ask::rename, "Soapstone/a.new").add("to", "Soapstone/a"));
    } catch (const Error& error) {
        BOOST_ERROR(error.text());
    }
    later.join();
    BOOST_TEST(std::filesystem::exists(usual_host().share() / "Soapstone/a"));
    session.ask(of(ask::remove, "Soapstone"));
}

BOOST_AUTO_TEST_CASE(a_file_that_goes_only_when_somebody_closes_it_is_waited_for)
{
    // As a virus scanner: opens it for itself, and lets others delete it meanwhile.
    const std::string scanner = "import sys, time\n"
                                "from impacket.smbconnection import SMBConnection\n"
                                "c = SMBConnection('*SMBSERVER', sys.argv[1])\n"
                                "c.login('Administrator', sys.argv[2])\n"
                                "t = c.connectTree('ADMIN$')\n"
                                "c.createFile(t, 'held', shareMode=7)\n"
                                "time.sleep(2)\n"
                                "c.logoff()\n";
    Session session(login(usual_host()));
    std::string problems;
    std::thread other([&] {
        const common::os::Finished done =
            common::os::run({"/usr/bin/python3", "-c", scanner, usual_host().address(), SmbHost::password},
                            Deadline::in(limit));
        problems = done.status == 0 ? std::string() : done.problems;
    });
    const Deadline deadline = Deadline::in(30s);
    while (!std::filesystem::exists(usual_host().share() / "held") && !deadline.passed())
        std::this_thread::sleep_for(20ms);
    try {
        BOOST_TEST(session.ask(of(ask::remove, "held")).get_or("there", "") == "yes");
    } catch (const Error& error) {
        BOOST_ERROR(error.text());
    }
    other.join();
    BOOST_TEST(problems == "");
    BOOST_TEST(!std::filesystem::exists(usual_host().share() / "held"));
}

BOOST_AUTO_TEST_CASE(a_link_is_neither_followed_nor_removed)
{
    const SmbHost host("host msdfs = yes\nmsdfs root = yes"); // whose links are reparse points
    Session session(login(host));
    session.ask(of(ask::make_folder, "Soapstone"));
    session.ask(of(ask::make_folder, "Soapstone/run"));
    session.ask(of(ask::put, "Soapstone/run/a").add("last", "yes"), "x");
    std::filesystem::create_symlink("msdfs:" + host.address() + "\\ADMIN$",
                                    host.share() / "Soapstone/run/link");
    for (const char* path : {"Soapstone/run/link", "Soapstone/run/link/a", "Soapstone/run"})
        BOOST_CHECK_EXCEPTION(session.ask(of(ask::remove, path)), Error, [](const Error& error) {
            BOOST_TEST_MESSAGE(error.text());
            return error.text().find("is a link (junction)") != std::string::npos;
        });
    BOOST_TEST(std::filesystem::is_symlink(host.share() / "Soapstone/run/link"));
    BOOST_TEST(has(session.ask(of(ask::list, "Soapstone/run")).all("file"), "link"));
    std::filesystem::remove(host.share() / "Soapstone/run/link");
    session.ask(of(ask::remove, "Soapstone/run"));
    BOOST_TEST(!std::filesystem::exists(host.share() / "Soapstone/run"));
}

BOOST_AUTO_TEST_CASE(a_folder_of_ours_is_for_the_system_and_administrators_alone)
{
    Session session(login(usual_host()));
    session.ask(of(ask::make_folder, "Soapstone"));
    const common::os::Finished shown =
        common::os::run({"smbcacls", "//" + usual_host().address() + "/ADMIN$", "Soapstone", "-U",
                         "Administrator%" + std::string(SmbHost::password)},
                        Deadline::in(limit));
    BOOST_TEST(shown.output.find("ACL:NT Authority\\SYSTEM:ALLOWED/OI|CI/FULL") != std::string::npos,
               shown.output);
    BOOST_TEST(shown.output.find("ACL:BUILTIN\\Administrators:ALLOWED/OI|CI/FULL") != std::string::npos,
               shown.output);
    BOOST_TEST(shown.output.find("Everyone") == std::string::npos, shown.output);
}

BOOST_AUTO_TEST_CASE(what_was_not_kept_goes_with_the_helper_and_what_others_have_there_stays)
{
    const std::filesystem::path ours = usual_host().share() / "Soapstone";
    const auto put = [](Session& session) {
        session.ask(of(ask::make_folder, "Soapstone").add("shared", "yes"));
        session.ask(of(ask::make_folder, "Soapstone/run").add("shared", "yes"));
        session.ask(of(ask::make_folder, "Soapstone/run/agent-1"));
        session.ask(of(ask::put, "Soapstone/run/agent-1/a"), "half of it");
    };
    {
        Session session(login(usual_host()));
        put(session);
        BOOST_TEST(std::filesystem::exists(ours / "run/agent-1/a"));
    }
    BOOST_TEST(!std::filesystem::exists(ours / "run"));
    {
        Session session(login(usual_host()));
        put(session);
        common::os::write_file_durably(ours / "run/journal", "x");
    }
    BOOST_TEST(!std::filesystem::exists(ours / "run/agent-1"));
    BOOST_TEST(std::filesystem::exists(ours / "run/journal"));
    {
        Session session(login(usual_host()));
        put(session);
        session.ask(wish(ask::keep));
    }
    BOOST_TEST(std::filesystem::exists(ours / "run/agent-1/a"));
    std::filesystem::remove_all(ours);
}

BOOST_AUTO_TEST_CASE(services_are_listed_and_one_that_is_not_there_is_no_error)
{
    Session session(login(usual_host()));
    BOOST_TEST(has(session.ask(wish(ask::services).add("prefix", "Spool")).all("name"), "Spooler"));
    BOOST_TEST(session.ask(wish(ask::services).add("prefix", "SoapstoneAgent-")).all("name").empty());
    BOOST_TEST(session.ask(wish(ask::service).add("name", "SoapstoneAgent-none")).get_or("state", "") == "");
    session.ask(wish(ask::delete_service).add("name", "SoapstoneAgent-none"));
    BOOST_TEST(session.ask(wish(ask::stop_service).add("name", "SoapstoneAgent-none")).get_or("again", "") ==
               "");
}

BOOST_AUTO_TEST_CASE(a_user_who_is_no_administrator_is_told_what_is_missing)
{
    check_refused(login(usual_host(), "carol"), SmbHost::password, Trouble::denied,
                  "is no administrator there", "LocalAccountTokenFilterPolicy");
}

BOOST_AUTO_TEST_CASE(without_a_login_nothing_is_done)
{
    HelperProcess helper;
    BOOST_CHECK_EXCEPTION(helper.ask(of(ask::list, "Soapstone"), Deadline::in(limit)), Error,
                          [](const Error& error) { return error.trouble() == Trouble::defect; });
}

BOOST_AUTO_TEST_SUITE_END()
