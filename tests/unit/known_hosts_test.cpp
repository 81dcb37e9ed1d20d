#include "common/error.hpp"
#include "manager/trust/base64.hpp"
#include "manager/trust/known_hosts.hpp"
#include "manager/trust/wire.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace manager::trust;
using tests::Scratch;

namespace manager::trust {

std::ostream& operator<<(std::ostream& out, Verdict verdict)
{
    constexpr const char* names[] = {"known", "unknown", "changed", "revoked", "authority"};
    return out << names[static_cast<int>(verdict)];
}

} // namespace manager::trust

namespace {

/// A made-up key: its type, and the byte that it is made of.
std::string key(std::string_view type, char byte)
{
    return wire::string(type) + wire::string(std::string(32, byte));
}

std::string entry(std::string_view type, char byte)
{
    return std::string(type) + ' ' + to_base64(key(type, byte));
}

const std::string right = key("ssh-ed25519", 1);
const std::string wrong = key("ssh-ed25519", 2);
const std::string right_entry = entry("ssh-ed25519", 1);
const std::string wrong_entry = entry("ssh-ed25519", 2);

/// What is thought of the right key, shown by `host`, with this known_hosts file.
HostKeyCheck check(const std::string& text, std::string_view host = "db-7", std::uint16_t port = 22)
{
    const Scratch scratch;
    return KnownHosts({scratch.file("known_hosts", text)}).check(host, port, right);
}

Verdict verdict(const std::string& text, std::string_view host = "db-7", std::uint16_t port = 22)
{
    return check(text, host, port).verdict;
}

} // namespace

BOOST_AUTO_TEST_SUITE(known_hosts)

BOOST_AUTO_TEST_CASE(a_host_on_file_is_known_by_its_key)
{
    BOOST_TEST(verdict("db-7 " + right_entry + "\n") == Verdict::known);
    BOOST_TEST(verdict("db-7 " + wrong_entry + "\n") == Verdict::changed);
    BOOST_TEST(verdict("db-8 " + right_entry + "\n") == Verdict::unknown);
    BOOST_TEST(verdict("") == Verdict::unknown);
}

BOOST_AUTO_TEST_CASE(a_missing_file_knows_nobody)
{
    BOOST_TEST(KnownHosts({"/nowhere/known_hosts"}).check("db-7", 22, right).verdict == Verdict::unknown);
}

BOOST_AUTO_TEST_CASE(the_case_of_letters_in_names_means_nothing)
{
    BOOST_TEST(verdict("DB-7 " + right_entry) == Verdict::known);
    BOOST_TEST(verdict("db-7 " + right_entry, "Db-7") == Verdict::known);
}

BOOST_AUTO_TEST_CASE(one_of_several_names_is_enough)
{
    BOOST_TEST(verdict("db,db-7,10.0.0.7 " + right_entry) == Verdict::known);
    BOOST_TEST(verdict("db,db-7,10.0.0.7 " + right_entry, "10.0.0.7") == Verdict::known);
    BOOST_TEST(verdict("db,db-7,,10.0.0.7 " + right_entry, "") == Verdict::unknown);
}

BOOST_AUTO_TEST_CASE(another_port_is_another_host)
{
    BOOST_TEST(verdict("[db-7]:2222 " + right_entry, "db-7", 2222) == Verdict::known);
    BOOST_TEST(verdict("[db-7]:2222 " + right_entry, "db-7", 22) == Verdict::unknown);
    BOOST_TEST(verdict("db-7 " + right_entry, "db-7", 2222) == Verdict::unknown);
    BOOST_TEST(verdict("[fd00::7]:2222 " + right_entry, "fd00::7", 2222) == Verdict::known);
    BOOST_TEST(verdict("fd00::7 " + right_entry, "fd00::7") == Verdict::known);
}

BOOST_AUTO_TEST_CASE(hashed_names_are_found)
{
    // made by ssh-keygen -H
    const std::string plain = "|1|UeqD0Y1/Sb5/9dlb7Kah5DcygXk=|fUqJsEVg4hzdPf9RNlaaCC3Ka7I= ";
    const std::string with_port = "|1|DQKVbyMMKHkYBvlgncp20sG5xq8=|AzDrGPNo3BinSB6EZqTOGTIQBUk= ";
    BOOST_TEST(verdict(plain + right_entry) == Verdict::known);
    BOOST_TEST(verdict(plain + right_entry, "DB-7") == Verdict::known);
    BOOST_TEST(verdict(plain + wrong_entry) == Verdict::changed);
    BOOST_TEST(verdict(plain + right_entry, "db-8") == Verdict::unknown);
    BOOST_TEST(verdict(plain + right_entry, "db-7", 2222) == Verdict::unknown);
    BOOST_TEST(verdict(with_port + right_entry, "db-7", 2222) == Verdict::known);
}

BOOST_AUTO_TEST_CASE(wildcards_match_as_in_openssh)
{
    BOOST_TEST(verdict("db-* " + right_entry) == Verdict::known);
    BOOST_TEST(verdict("db-? " + right_entry) == Verdict::known);
    BOOST_TEST(verdict("db-?? " + right_entry) == Verdict::unknown);
    BOOST_TEST(verdict("*b*7* " + right_entry) == Verdict::known);
    BOOST_TEST(verdict("*-*-* " + right_entry) == Verdict::unknown);
    BOOST_TEST(verdict("[127.0.0.*]:2222 " + right_entry, "127.0.0.1", 2222) == Verdict::known);
    BOOST_TEST(verdict("* " + wrong_entry) == Verdict::changed);
}

BOOST_AUTO_TEST_CASE(a_negated_name_outweighs_all_others_of_its_line)
{
    BOOST_TEST(verdict("db-*,!db-7 " + right_entry) == Verdict::unknown);
    BOOST_TEST(verdict("!db-7,db-* " + right_entry) == Verdict::unknown);
    BOOST_TEST(verdict("db-*,!db-8 " + right_entry) == Verdict::known);
    BOOST_TEST(verdict("!db-8 " + right_entry) == Verdict::unknown);
    BOOST_TEST(verdict("!db-7,db-* " + wrong_entry + "\ndb-7 " + right_entry) == Verdict::known);
}

BOOST_AUTO_TEST_CASE(a_revoked_key_is_refused_wherever_else_it_stands)
{
    const std::string revoked = "@revoked * " + right_entry + "\n";
    const std::string known = "db-7 " + right_entry + "\n";
    BOOST_TEST(verdict(revoked + known) == Verdict::revoked);
    BOOST_TEST(verdict(known + revoked) == Verdict::revoked);
    BOOST_TEST(verdict("@revoked * " + wrong_entry + "\n" + known) == Verdict::known);
    BOOST_TEST(verdict("@revoked db-8 " + right_entry + "\n" + known) == Verdict::known);
}

BOOST_AUTO_TEST_CASE(a_certificate_authority_is_no_key_of_the_host)
{
    const std::string authority = "@cert-authority *.example.org,db-7 " + wrong_entry + "\n";
    BOOST_TEST(verdict(authority) == Verdict::authority);
    BOOST_TEST(verdict("@cert-authority db-7 " + right_entry) == Verdict::authority);
    BOOST_TEST(verdict(authority + "db-7 " + right_entry) == Verdict::known);
    BOOST_TEST(verdict(authority, "db-8") == Verdict::unknown);
}

BOOST_AUTO_TEST_CASE(an_unknown_marker_makes_a_line_void)
{
    BOOST_TEST(verdict("@trusted db-7 " + right_entry) == Verdict::unknown);
}

BOOST_AUTO_TEST_CASE(a_key_of_another_type_than_the_known_ones_is_a_change_and_never_new)
{
    const HostKeyCheck found = check("db-7 " + entry("ecdsa-sha2-nistp256", 3));
    BOOST_TEST(found.verdict == Verdict::changed);
    BOOST_TEST(found.type == "ecdsa-sha2-nistp256");
}

BOOST_AUTO_TEST_CASE(a_host_may_have_keys_of_several_types)
{
    const std::string others =
        "db-7 " + entry("ecdsa-sha2-nistp256", 3) + "\ndb-7 " + entry("ssh-rsa", 4) + "\n";
    BOOST_TEST(verdict(others + "db-7 " + right_entry) == Verdict::known);
    BOOST_TEST(verdict("db-7 " + wrong_entry + "\ndb-7 " + right_entry) == Verdict::known);

    const HostKeyCheck found = check(others + "db-7 " + wrong_entry);
    BOOST_TEST(found.verdict == Verdict::changed);
    BOOST_TEST(found.line == 3u); // the entry that is contradicted, not one of another type
}

BOOST_AUTO_TEST_CASE(the_types_on_file_are_asked_for_first)
{
    const Scratch scratch;
    const KnownHosts known({scratch.file(
        "known_hosts", "db-7 " + entry("ssh-rsa", 1) + "\ndb-* " + entry("ecdsa-sha2-nistp256", 2) +
                           "\ndb-7 " + entry("ssh-rsa", 3) + "\n@revoked db-7 " + right_entry +
                           "\n@cert-authority db-7 " + right_entry)});
    const std::vector<std::string> types{"ssh-rsa", "ecdsa-sha2-nistp256"};
    BOOST_TEST(known.key_types_for("db-7", 22) == types, boost::test_tools::per_element());
    BOOST_TEST(known.key_types_for("web-1", 22).empty());
}

BOOST_AUTO_TEST_CASE(an_odd_line_does_not_hide_the_ones_behind_it)
{
    const std::string good = "db-7 " + right_entry;
    for (const std::string& odd : std::vector<std::string>{
             "", "# db-7 comment", "garbage", "db-7", "db-7 ssh-ed25519", "db-7 ssh-ed25519 !!!!",
             "db-7 ssh-ed25519 AAAA", "db-7 ssh-rsa " + to_base64(right), "|1|bad|worse " + wrong_entry,
             "|1| " + wrong_entry, "|1|" + wrong_entry, "@ " + wrong_entry, "@revoked",
             "db-7 1024 35 123456789", std::string("\0\0\xff\xfe", 4), "web-1 " + std::string(9000, 'A'),
             "web-1 " + right_entry + ' ' + std::string(9000, 'c')})
        BOOST_TEST(verdict(odd + "\n" + good + "\n") == Verdict::known, "behind: " << odd);
}

BOOST_AUTO_TEST_CASE(lines_longer_than_four_kibibytes_count)
{
    std::string names;
    for (int i = 0; i < 1000; ++i)
        names += "host-" + std::to_string(i) + ',';
    BOOST_TEST(verdict(names + "db-7 " + right_entry) == Verdict::known);
}

BOOST_AUTO_TEST_CASE(line_ends_of_other_systems_and_blanks_do_no_harm)
{
    BOOST_TEST(verdict("db-7 " + right_entry + "\r\nweb-1 " + wrong_entry + "\r\n") == Verdict::known);
    BOOST_TEST(verdict("  db-7\t" + right_entry + " a comment here  \r\n") == Verdict::known);
    BOOST_TEST(verdict("web-1 " + wrong_entry + "\ndb-7 " + right_entry) ==
               Verdict::known); // no newline at the end
}

BOOST_AUTO_TEST_CASE(a_verdict_says_where_it_comes_from)
{
    const Scratch scratch;
    const auto first = scratch.file("first", "# nothing\n");
    const auto second = scratch.file("second", "\nweb-1 " + right_entry + "\n\ndb-7 " + wrong_entry + "\n");
    const HostKeyCheck found = KnownHosts({first, second}).check("db-7", 22, right);
    BOOST_TEST(found.file == second);
    BOOST_TEST(found.line == 4u);
}

BOOST_AUTO_TEST_CASE(fingerprints_look_like_those_of_ssh_keygen)
{
    BOOST_TEST(fingerprint(right) == "SHA256:RXm/ruZ0eTzRXKwi1AQEDynB0VgHQ2ac9KPSFdf/YnA");
}

BOOST_AUTO_TEST_CASE(a_learned_key_is_known_at_once_and_next_time)
{
    const Scratch scratch;
    const auto own = scratch.path() / "trust" / "known_hosts";
    KnownHosts known({}, own);
    known.add("DB-7", 2222, right);
    known.add("fd00::7", 22, wrong);

    BOOST_TEST(known.check("db-7", 2222, right).verdict == Verdict::known);
    BOOST_TEST(KnownHosts({}, own).check("db-7", 2222, right).verdict == Verdict::known);
    BOOST_TEST(KnownHosts({}, own).check("fd00::7", 22, right).verdict == Verdict::changed);
    BOOST_TEST(KnownHosts({}, own).check("fd00::7", 22, right).line == 2u);
    BOOST_TEST(common::os::read_file(own) ==
               "[db-7]:2222 " + right_entry + "\nfd00::7 " + wrong_entry + "\n");
}

BOOST_AUTO_TEST_CASE(what_somebody_else_has_written_meanwhile_is_kept)
{
    const Scratch scratch;
    const auto own = scratch.path() / "known_hosts";
    KnownHosts known({}, own);
    scratch.file("known_hosts", "web-1 " + wrong_entry); // by an editor that leaves out the last newline
    known.add("db-7", 22, right);
    BOOST_TEST(common::os::read_file(own) == "web-1 " + wrong_entry + "\ndb-7 " + right_entry + "\n");
}

BOOST_AUTO_TEST_CASE(many_threads_may_learn_at_once)
{
    const Scratch scratch;
    const auto own = scratch.path() / "known_hosts";
    KnownHosts known({}, own);
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] { known.add("host-" + std::to_string(i), 22, right); });
    for (std::thread& thread : threads)
        thread.join();
    for (int i = 0; i < 8; ++i)
        BOOST_TEST(KnownHosts({own}).check("host-" + std::to_string(i), 22, right).verdict == Verdict::known);
}

BOOST_AUTO_TEST_SUITE_END()
