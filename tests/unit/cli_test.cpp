#include "tests/unit/cli_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

using tests::CliRig;

namespace {

/// What is said about a command line that is refused before anything was done.
std::string complaint(const std::vector<std::string>& words)
{
    CliRig rig;
    BOOST_TEST(rig.call(words) == 254);
    BOOST_TEST(rig.out.str() == "");
    return rig.err.str();
}

std::string help_of(const std::string& command)
{
    CliRig rig;
    BOOST_TEST(rig.call({"help", command}) == 0);
    BOOST_TEST(rig.err.str() == "");
    return rig.out.str();
}

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

const std::vector<std::string> all_commands{"deploy", "inventory", "status",  "logs", "cancel",
                                            "resume", "cleanup",   "version", "help"};

} // namespace

BOOST_AUTO_TEST_SUITE(cli)

BOOST_AUTO_TEST_CASE(an_unknown_command_gets_the_nearest_one)
{
    BOOST_TEST(complaint({"deplyo"}) == "soapstone: unknown command 'deplyo'\n  did you mean 'deploy'?\n");
    BOOST_TEST(complaint({"xyzzy"}) ==
               "soapstone: unknown command 'xyzzy'\n  'soapstone help' lists all commands\n");
    BOOST_TEST(complaint({"\033[2Jx"}) ==
               "soapstone: unknown command '?[2Jx'\n  'soapstone help' lists all commands\n");
    BOOST_TEST(complaint({"help", "stauts"}) ==
               "soapstone: unknown command 'stauts'\n  did you mean 'status'?\n");
}

BOOST_AUTO_TEST_CASE(no_command_at_all_is_a_question)
{
    BOOST_TEST(complaint({}) == "soapstone: what is to be done?\n  'soapstone help' lists all commands\n");
    BOOST_TEST(complaint({"-t", "a"}) ==
               "soapstone: the command comes before its options\n  as in 'soapstone deploy -t'\n");
}

BOOST_AUTO_TEST_CASE(an_unknown_option_gets_the_nearest_one)
{
    BOOST_TEST(complaint({"deploy", "--paralel", "3"}) ==
               "soapstone: deploy: unknown option '--paralel'\n  did you mean '--parallel'?\n");
    BOOST_TEST(complaint({"deploy", "--usr=root"}) ==
               "soapstone: deploy: unknown option '--usr'\n  did you mean '--user'?\n");
    BOOST_TEST(complaint({"deploy", "--xyzzyxyzzy"}) ==
               "soapstone: deploy: unknown option '--xyzzyxyzzy'\n  'soapstone help deploy' lists what it "
               "takes\n");
    BOOST_TEST(complaint({"status", "-z"}) ==
               "soapstone: status: unknown option '-z'\n  'soapstone help status' lists what it takes\n");
}

BOOST_AUTO_TEST_CASE(the_beginning_of_an_option_is_not_the_option)
{
    BOOST_TEST(complaint({"deploy", "--para", "3"}) ==
               "soapstone: deploy: unknown option '--para'\n  did you mean '--parallel'?\n");
    BOOST_TEST(complaint({"deploy", "--allow-downgrade"}) ==
               "soapstone: deploy: unknown option '--allow-downgrade'\n  'soapstone help deploy' lists what "
               "it takes\n");
}

BOOST_AUTO_TEST_CASE(an_option_in_the_wrong_form_is_told)
{
    const std::string hint = "\n  'soapstone help deploy' lists what it takes\n";
    BOOST_TEST(complaint({"deploy", "--user"}) == "soapstone: deploy: option '--user' needs a value" + hint);
    BOOST_TEST(complaint({"deploy", "-t"}) == "soapstone: deploy: option '--target' needs a value" + hint);
    BOOST_TEST(complaint({"deploy", "--sudo=yes"}) ==
               "soapstone: deploy: option '--sudo' takes no value" + hint);
    BOOST_TEST(complaint({"deploy", "--user", "a", "--user", "b"}) ==
               "soapstone: deploy: option '--user' can be given only once" + hint);
    BOOST_TEST(complaint({"version", "more"}) ==
               "soapstone: version: too many operands\n  'soapstone help version' lists what it takes\n");
}

BOOST_AUTO_TEST_CASE(a_number_has_its_range)
{
    BOOST_TEST(complaint({"deploy", "--agent-port", "65536"}) ==
               "soapstone: --agent-port: '65536' is no number from 1 to 65535\n");
    BOOST_TEST(complaint({"deploy", "--parallel=0"}) ==
               "soapstone: --parallel: '0' is no number from 1 to 1000\n");
    BOOST_TEST(complaint({"deploy", "--timeout", "1h"}) ==
               "soapstone: --timeout: '1h' is no number from 1 to 604800\n");
    BOOST_TEST(complaint({"deploy", "--lease", "9"}) ==
               "soapstone: --lease: '9' is no number from 10 to 86400\n");
}

BOOST_AUTO_TEST_CASE(targets_are_needed)
{
    BOOST_TEST(complaint({"deploy", "x.deb"}) ==
               "soapstone: no targets\n  name some with -t SPEC or -f FILE\n");
    BOOST_TEST(complaint({"inventory", "-t", "a[1-3]", "--exclude", "a[1-3]"}) ==
               "soapstone: no targets are left: --exclude leaves all of them out\n");
    BOOST_TEST(complaint({"inventory", "-t", "web[1-3]", "--exclude", "wbe1"}) ==
               "soapstone: --exclude: 'wbe1' is none of the targets\n  did you mean 'web1'?\n");
    BOOST_TEST(complaint({"cleanup", "-t", "a[1-"}) ==
               "soapstone: target 'a[1-': '[' without ']'\n  a range looks like node[1-40,60], or "
               "node[01-40] with leading zeros\n");
    BOOST_TEST(complaint({"cleanup", "-f", "/no/such.yaml"}) ==
               "soapstone: the targets file: opening /no/such.yaml: No such file or directory\n");
}

BOOST_AUTO_TEST_CASE(targets_files_of_others_are_taken_and_what_is_left_out_is_told)
{
    const std::string accepted =
        "soapstone: deploy: nothing to install\n  name package files or programs, or "
        "--baseline DIR\n";
    const tests::Scratch scratch;
    const std::string ini = scratch.file("hosts", "[web]\nw[1:3] ansible_password=hunter2\n");
    BOOST_TEST(
        complaint({"deploy", "-f", ini, "-t", "@web"}) ==
        ini +
            ": passwords in it are not used: ansible_password of w[1-3]; give them with --ask-password, "
            "--password-file and the like\n" +
            accepted);
    const std::string yaml =
        scratch.file("hosts.yml", "all: {hosts: {a: , w: {ansible_connection: winrm}}}\n");
    BOOST_TEST(complaint({"deploy", "-f", yaml, "--exclude", "w"}) == accepted);
    BOOST_TEST(
        complaint({"deploy", "-f", yaml}) ==
        "soapstone: " + yaml +
            ":1:44: ansible_connection is 'winrm' (for w)\n  targets are reached by ssh, or local; to leave "
            "out what it is about: --exclude 'w'\n");
    const std::string hpsum = scratch.file("hpsum.in", "SILENT=YES\n[TARGETS]\nHOST=a\n[END]\n");
    BOOST_TEST(complaint({"deploy", "-f", hpsum}) ==
               hpsum +
                   ": only hosts and users are taken from it, not SILENT; 'soapstone help deploy' lists the "
                   "options for what is to be done there\n" +
                   accepted);
}

BOOST_AUTO_TEST_CASE(components_are_needed)
{
    BOOST_TEST(
        complaint({"deploy", "-t", "a"}) ==
        "soapstone: deploy: nothing to install\n  name package files or programs, or --baseline DIR\n");
    BOOST_TEST(has(complaint({"deploy", "-t", "a", "/no/such.deb"}), "/no/such.deb"));
    BOOST_TEST(complaint({"deploy", "-t", "a", "--baseline", "/no/such"}) ==
               "soapstone: --baseline: reading /no/such: No such file or directory\n");
    const tests::Scratch empty;
    BOOST_TEST(complaint({"deploy", "-t", "a", "--baseline", empty.path().string()}) ==
               "soapstone: --baseline: no .deb, .rpm or .msi in " + empty.path().string() + "\n");
}

BOOST_AUTO_TEST_CASE(arguments_are_for_exactly_one_program)
{
    const tests::Scratch scratch;
    const std::string one = scratch.file("one.sh", "#!/bin/sh\necho one\n", 0755);
    const std::string two = scratch.file("two.sh", "#!/bin/sh\necho two\n", 0755);
    BOOST_TEST(complaint({"deploy", "-t", "a", "--argument", "x", one, two}) ==
               "soapstone: --argument is for exactly one program; there are 2 among the components\n  deploy "
               "them one after the other\n");
    BOOST_TEST(complaint({"deploy", "-t", "a", one, one}) ==
               "soapstone: " + one + " is the same component as " + one +
                   ": name and version, or content, are equal\n  name it once\n");
}

BOOST_AUTO_TEST_CASE(passwords_come_one_way)
{
    CliRig rig;
    BOOST_TEST(rig.call_here({"cleanup", "-t", "a", "--ask-password", "--password-file", "/x"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: --ask-password and --password-file exclude each other\n");
    BOOST_TEST(rig.call_here({"cleanup", "-t", "a", "--sudo-password-file", "/no/such"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: opening the password file /no/such: No such file or directory\n");
    const std::string open = rig.scratch.file("pw", "secret\n", 0644);
    BOOST_TEST(rig.call_here({"cleanup", "-t", "a", "--password-file", open}) == 254);
    BOOST_TEST(rig.err.str() ==
               "soapstone: others can read the password file " + open + "\n  chmod 600 " + open + "\n");
}

BOOST_AUTO_TEST_CASE(a_key_file_that_cannot_be_used_is_told_once_and_before_anything_begins)
{
    CliRig rig;
    BOOST_TEST(rig.call_here({"cleanup", "-t", "a[1-3]", "-i", "/no/such"}) == 254);
    BOOST_TEST(rig.err.str() ==
               "soapstone: --identity: opening the key file /no/such: No such file or directory\n");
    const std::string none = rig.scratch.file("none", "hello\n", 0600);
    BOOST_TEST(rig.call_here({"inventory", "-t", "a", "-i", none}) == 254);
    BOOST_TEST(has(rig.err.str(), "soapstone: --identity: " + none + " is no private key\n"));
    BOOST_TEST(!std::filesystem::exists(rig.data + "/soapstone.db")); // there is no run to go on with
}

BOOST_AUTO_TEST_CASE(a_key_file_that_a_targets_file_names_is_told_with_its_line_where_it_is_needed)
{
    CliRig rig;
    const std::string file = rig.scratch.file("fleet.yaml", "hosts:\n"
                                                            "  a: {key: /no/such}\n"
                                                            "  b:\n"
                                                            "    key: [/neither/this]\n"
                                                            "  c: {key: /no/matter, connection: local}\n");
    BOOST_TEST(rig.call_here({"cleanup", "-f", file, "--exclude", "a"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: " + file +
                                    ":4:11: opening the key file /neither/this: No such file or directory\n");
    BOOST_TEST(rig.call_here({"deploy", "-f", file, "-t", "a"}) == 254);
    BOOST_TEST(rig.err.str() ==
               "soapstone: " + file + ":2:12: opening the key file /no/such: No such file or directory\n");
    BOOST_TEST(has(complaint({"deploy", "-f", file, "-t", "c"}), "nothing to install"));
}

BOOST_AUTO_TEST_CASE(a_prompt_that_is_given_up_ends_the_command)
{
    CliRig rig;
    rig.workplace.ask = [](const std::string&) -> common::Secret {
        throw common::Error(common::Trouble::invalid, "no answer was given at the terminal");
    };
    BOOST_TEST(rig.call_here({"cleanup", "-t", "a", "--ask-password"}) == 254);
    BOOST_TEST(rig.err.str() == "soapstone: no answer was given at the terminal\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_fault_of_the_input_ends_with_255)
{
    CliRig rig;
    rig.workplace.ask = [](const std::string&) -> common::Secret { throw std::runtime_error("ouch"); };
    BOOST_TEST(rig.call_here({"cleanup", "-t", "a", "--ask-password"}) == 255);
    BOOST_TEST(rig.err.str() == "soapstone: ouch\n  this is a defect of soapstone; please report it\n");
}

BOOST_AUTO_TEST_CASE(help_lists_every_command)
{
    CliRig rig;
    BOOST_TEST(rig.call({"help"}) == 0);
    for (const std::string& command : all_commands)
        BOOST_TEST(has(rig.out.str(), "\n  " + command + " "));
    CliRig same;
    BOOST_TEST(same.call({"--help"}) == 0);
    BOOST_TEST(same.out.str() == rig.out.str());
}

BOOST_AUTO_TEST_CASE(help_of_a_command_is_the_same_by_each_way)
{
    for (const std::string& command : all_commands) {
        const std::string text = help_of(command);
        BOOST_TEST(text.starts_with("usage: soapstone " + command));
        CliRig rig;
        BOOST_TEST(rig.call({command, "--nonsense", "--help"}) == 0);
        BOOST_TEST(rig.out.str() == text);
        BOOST_TEST(rig.call({command, "-h"}) == 0);
        BOOST_TEST(rig.out.str() == text);
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);)
            BOOST_TEST(line.size() <= 100U, command << ": " << line);
    }
}

BOOST_AUTO_TEST_CASE(the_options_that_others_rely_on_are_there)
{
    const std::string text = help_of("deploy");
    for (const char* option : {"  -t, --target SPEC ",
                               "  -f, --targets FILE ",
                               "      --exclude SPEC ",
                               "  -u, --user NAME ",
                               "  -i, --identity FILE ",
                               "      --ask-password ",
                               "      --password-file FILE ",
                               "      --sudo ",
                               "      --ask-sudo-password ",
                               "      --sudo-password-file FILE",
                               "      --known-hosts FILE ",
                               "      --accept-new ",
                               "      --baseline DIR ",
                               "      --argument VALUE ",
                               "      --downgrade ",
                               "      --parallel N ",
                               "      --timeout N ",
                               "      --lease N ",
                               "      --listen ADDRESS ",
                               "      --advertise ADDRESS ",
                               "      --agent-port N ",
                               "      --api-port N ",
                               "      --local-port N ",
                               "      --callback-port N ",
                               "      --data DIR ",
                               "      --json ",
                               "  -q, --quiet ",
                               "  -v, --verbose "})
        BOOST_TEST(has(text, option), option);
    BOOST_TEST(has(help_of("logs"), "  -f, --follow "));
    BOOST_TEST(has(help_of("logs"), "usage: soapstone logs [OPTION...] [RUN] TARGET\n"));
}

BOOST_AUTO_TEST_CASE(what_is_for_tests_is_in_no_help_and_works)
{
    BOOST_TEST(!has(help_of("deploy"), "failpoint"));
    BOOST_TEST(!has(complaint({"deploy", "--failpoit", "x"}), "failpoint"));
    BOOST_TEST(has(complaint({"deploy", "-t", "a", "--failpoint", "x"}), "nothing to install"));
}

BOOST_AUTO_TEST_CASE(the_version_is_a_line)
{
    CliRig rig;
    BOOST_TEST(rig.call({"--version"}) == 0);
    BOOST_TEST(rig.out.str().starts_with("soapstone "));
    const std::string text = rig.out.str();
    BOOST_TEST(rig.call({"version"}) == 0);
    BOOST_TEST(rig.out.str() == text);
}

BOOST_AUTO_TEST_SUITE_END()
