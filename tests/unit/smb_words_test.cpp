#include "common/os/descriptor.hpp"
#include "manager/transport/smb/control/line.hpp"
#include "manager/transport/smb/control/refusal.hpp"
#include "manager/transport/smb/places.hpp"
#include "manager/transport/smb/unpack.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

using namespace manager::transport::smb;
using namespace std::chrono_literals;
using common::Deadline;
using common::Error;
using common::Trouble;
using common::os::Descriptor;

namespace {

/// Both ends of the talk.
struct Talk {
    Talk()
    {
        int ends[2];
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        manager_end = Descriptor(ends[0]);
        helper_end = Descriptor(ends[1]);
    }

    Descriptor manager_end;
    Descriptor helper_end;
    control::Line manager_line() const { return control::Line(manager_end.get()); }
    control::Line helper_line() const { return control::Line(helper_end.get()); }
};

control::Login login()
{
    control::Login login;
    login.host = "win1";
    login.user = "alice";
    login.has_password = true;
    return login;
}

void check_error(const Error& error, Trouble trouble, const std::string& text, const std::string& hint)
{
    BOOST_TEST(name_of(error.trouble()) == name_of(trouble));
    BOOST_TEST(error.text() == text);
    BOOST_TEST(error.hint().find(hint) != std::string::npos, error.hint() << " does not name: " << hint);
}

} // namespace

BOOST_AUTO_TEST_SUITE(smb_words)

BOOST_AUTO_TEST_CASE(a_message_arrives_as_it_was_sent_whatever_bytes_are_in_it)
{
    const Talk talk;
    const std::string data("\0\n\xff end\n", 8);
    common::Fields fields{std::string(control::format)};
    fields.add("path", "Soapstone/a\nb%").add("file", "one").add("file", "two");
    talk.manager_line().send(fields, data, Deadline::in(1s));

    const auto message = talk.helper_line().receive(Deadline::in(1s));
    BOOST_REQUIRE(message.has_value());
    BOOST_TEST(message->fields.get("path") == "Soapstone/a\nb%");
    BOOST_TEST(message->fields.all("file").size() == 2U);
    BOOST_TEST(message->data == data);
}

BOOST_AUTO_TEST_CASE(a_login_travels_whole_and_its_password_beside_it)
{
    const Talk talk;
    control::Login sent = login();
    sent.port = 139;
    sent.domain = "CORP";
    sent.kerberos = sent.netbios = sent.allow_smb2 = true;
    sent.tickets = "FILE:/tmp/krb5cc_0";
    talk.manager_line().send(encode(sent), "secret", Deadline::in(1s));

    const auto message = talk.helper_line().receive(Deadline::in(1s));
    const control::Login read = control::read_login(message.value().fields);
    BOOST_TEST(message->data == "secret");
    BOOST_TEST(message->fields.text().find("secret") == std::string::npos);
    BOOST_TEST(read.host == "win1");
    BOOST_TEST(read.port == 139);
    BOOST_TEST(read.domain == "CORP");
    BOOST_TEST(read.tickets == "FILE:/tmp/krb5cc_0");
    BOOST_TEST((read.has_password && read.kerberos && read.netbios && read.allow_smb2));
}

BOOST_AUTO_TEST_CASE(a_failure_becomes_the_error_that_it_was)
{
    control::check(common::Fields{std::string(control::format)});
    try {
        control::check(control::failure(Error(Trouble::busy, "it runs", "wait")));
        BOOST_ERROR("no error");
    } catch (const Error& error) {
        check_error(error, Trouble::busy, "it runs", "wait");
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_message_is_nonsense_and_not_believed)
{
    for (const std::string& bytes :
         {std::string("\0\0\0\0", 4), std::string("\xff\xff\xff\xff", 4), std::string("\0\0\0\2ab", 6),
          std::string("\0\0\0\x09\0\0\0\5hello", 13)}) {
        const Talk talk;
        BOOST_REQUIRE(::write(talk.helper_end.get(), bytes.data(), bytes.size()) ==
                      static_cast<ssize_t>(bytes.size()));
        BOOST_CHECK_EXCEPTION(talk.manager_line().receive(Deadline::in(1s)), Error,
                              [](const Error& error) { return error.trouble() == Trouble::defect; });
    }
    Talk talk;
    talk.helper_end.close();
    BOOST_TEST(!talk.manager_line().receive(Deadline::in(1s)).has_value());
}

BOOST_AUTO_TEST_CASE(each_refusal_names_its_cause_and_the_way_out)
{
    using namespace control;
    check_error(refused_login(login(), 0xc000006d, "NT_STATUS_LOGON_FAILURE"), Trouble::denied,
                "logging in as alice: the user name or the password is wrong (NT_STATUS_LOGON_FAILURE)",
                "--ask-password");
    check_error(refused_manager(login(), 5, "WERR_ACCESS_DENIED"), Trouble::denied,
                "alice may log in, but is no administrator there (WERR_ACCESS_DENIED)",
                "LocalAccountTokenFilterPolicy");
    check_error(refused_login(login(), 0xc00000bb, "NT_STATUS_NOT_SUPPORTED"), Trouble::denied,
                "logging in as alice: it cannot encrypt its answers (NT_STATUS_NOT_SUPPORTED)",
                "--allow-smb2");
    check_error(refused_service("creating the service x", 1072, "WERR_SERVICE_MARKED_FOR_DELETE"),
                Trouble::busy,
                "creating the service x: it is marked for deletion and goes when nobody holds it any more "
                "(error 1072)",
                "services.msc");
    check_error(refused_service("starting the service x", 2, "WERR_FILE_NOT_FOUND"), Trouble::rejected,
                "starting the service x: the file of the program is gone (error 2)", "antivirus");
    check_error(refused_file("writing to ADMIN$\\x", ENOSPC), Trouble::rejected,
                "writing to ADMIN$\\x: No space left on device", "make room");
    check_error(refused_service("starting the service x", 32, "WERR_SHARING_VIOLATION"), Trouble::busy,
                "starting the service x: somebody there holds the file of the program open (error 32)",
                "antivirus");
    for (const int number : {ENOENT, EACCES, EINVAL})
        check_error(refused_own_file("opening ADMIN$\\x", number), Trouble::rejected,
                    "opening ADMIN$\\x: the target lets nobody at what was just written", "antivirus");
    check_error(control::unreachable(login(), "port 445: Connection refused"), Trouble::unreachable,
                "no SMB at win1: port 445: Connection refused", "Remote Service Management (NP-In)");
    for (const std::uint32_t starting : {0xc0000192U, 0xc000005eU, 0xc0000000U + 4711})
        BOOST_TEST(name_of(refused_login(login(), starting, "X").trouble()) == name_of(Trouble::unreachable));
    check_error(cannot_encrypt(login()), Trouble::denied,
                "win1 speaks SMB 2.1 at best, which cannot encrypt what the agent is told at its start",
                "--allow-smb2");
    check_error(refused_service("doing", 4711, "WERR_ODD"), Trouble::rejected,
                "doing: Windows' error 4711 (WERR_ODD)", "");
}

BOOST_AUTO_TEST_CASE(a_domain_is_named_as_windows_does)
{
    control::Login of_domain = login();
    of_domain.domain = "CORP";
    BOOST_TEST(control::refused_login(of_domain, 0xc000006a, "X").text() ==
               "logging in as CORP\\alice: the password is wrong (X)");
    of_domain.user.clear();
    BOOST_TEST(control::refused_login(of_domain, 0xc000005f, "X").text().find("Kerberos tickets") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_service_is_ours_by_what_it_runs)
{
    const std::string run(32, 'a');
    BOOST_TEST(service_command(run, "01234567") ==
               "\"%SystemRoot%\\Soapstone\\" + run + "\\agent-01234567\\soapstone-agent.exe\" service");
    BOOST_TEST(run_in_command(service_command(run, "01234567")) == run);
    BOOST_TEST(run_in_command("\"C:\\Windows\\Soapstone\\" + run +
                              "\\agent-1\\soapstone-agent.exe\" service") == run);
    BOOST_TEST(run_in_command("C:\\Windows\\Soapstone\\tools\\x.exe") == "");
    BOOST_TEST(run_in_command("C:\\evil.exe") == "");
    BOOST_TEST(run_in_command("") == "");
}

BOOST_AUTO_TEST_CASE(logs_journal_and_tombstone_stay_and_nothing_else)
{
    for (const char* name : {"logs", "journal", "journal.1", "tombstone"})
        BOOST_TEST(stays(name));
    for (const char* name : {"agent.pid", "agent-01234567", "work", "journalx", "logs.txt"})
        BOOST_TEST(!stays(name));
    BOOST_TEST(shown("Soapstone/a/b") == "ADMIN$\\Soapstone\\a\\b");
}

BOOST_AUTO_TEST_CASE(an_agent_whose_packing_is_damaged_is_not_sent)
{
    BOOST_CHECK_THROW(unpack({"x86_64", "no gzip", std::string(64, '0'), 10, "Windows"}), Error);
}

BOOST_AUTO_TEST_SUITE_END()
