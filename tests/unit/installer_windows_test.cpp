// Which program installs what on Windows, and what its exit codes mean.
#include "agent/installer/installer.hpp"
#include "agent/installer/own_log.hpp"
#include "agent/inventory/smbios_windows.hpp"
#include "common/error.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

using namespace agent::installer;
using common::ComponentKind;

namespace {

common::JobOrder order_of(ComponentKind kind, std::vector<std::string> arguments = {})
{
    common::JobOrder order;
    order.kind = kind;
    order.arguments = std::move(arguments);
    return order;
}

Verdict after(ComponentKind kind, int code, std::string tail = {})
{
    Ending ending;
    ending.code = code;
    ending.tail = std::move(tail);
    return normalise(order_of(kind), ending);
}

} // namespace

BOOST_AUTO_TEST_SUITE(installer_windows)

BOOST_AUTO_TEST_CASE(codes_of_the_windows_installer)
{
    using K = ComponentKind;
    BOOST_TEST((after(K::msi, 0).result == Result::ok));
    BOOST_TEST((after(K::msi, 3010).result == Result::ok_reboot));
    BOOST_TEST((after(K::msi, 1641).result == Result::rebooting));
    BOOST_TEST((after(K::msi, 1618).result == Result::busy_retry));
    BOOST_TEST((after(K::msi, 1638).result == Result::downgrade_blocked));
    BOOST_TEST((after(K::msi, 1603).result == Result::failed));
    BOOST_TEST((after(K::msi, 4711).result == Result::unknown_code));
    BOOST_TEST(after(K::msi, 1603, "MSI (s)\nProduct: Tool -- Error 1925. No rights.\nend").text ==
               "the installation failed and was rolled back (exit code 1603): "
               "Product: Tool -- Error 1925. No rights.");
}

BOOST_AUTO_TEST_CASE(the_windows_installer_is_run_without_questions_and_tried_again_when_it_is_busy)
{
    const Command command = command_for(order_of(ComponentKind::msi), "C:\\a b\\tool.msi");
    BOOST_TEST(command.arguments.at(0).ends_with("msiexec.exe"));
    BOOST_TEST(command.arguments.at(2) == "C:\\a b\\tool.msi");
    BOOST_TEST(command.arguments.at(3) == "/qn");
    BOOST_TEST(command.arguments.at(4) == "/norestart");
    BOOST_TEST(command.arguments.back() == "ALLUSERS=1");
    BOOST_TEST(command.busy_code.value_or(0) == 1618);
    BOOST_TEST(command.own_log == "C:\\a b\\tool.msi.log");
}

BOOST_AUTO_TEST_CASE(arguments_of_batch_files_mean_nothing_to_the_shell)
{
    const Command command = command_for(order_of(ComponentKind::cmd, {"a&b", "c d"}), "C:\\x y\\setup.cmd");
    BOOST_TEST(command.line == "cmd.exe /d /s /c \"\"C:\\x y\\setup.cmd\" \"a&b\" \"c d\"\"");
    BOOST_CHECK_THROW(command_for(order_of(ComponentKind::cmd, {"%PATH%"}), "C:\\setup.cmd"), common::Error);
    BOOST_CHECK_THROW(command_for(order_of(ComponentKind::cmd, {"a\" & calc"}), "C:\\setup.cmd"),
                      common::Error);
}

BOOST_AUTO_TEST_CASE(packages_for_linux_are_refused)
{
    BOOST_CHECK_THROW(command_for(order_of(ComponentKind::deb), "C:\\tool.deb"), common::Error);
}

BOOST_AUTO_TEST_CASE(a_log_of_its_own_in_utf16_is_read_whatever_the_pieces)
{
    const tests::Scratch scratch;
    std::u16string text = u"\ufeffH\u00e4user \u20ac \U0001F600";
    text += std::u16string(20'000, u'\u00fc');
    const auto log =
        scratch.file("msi.log", {reinterpret_cast<const char*>(text.data()), text.size() * sizeof(char16_t)});
    std::string read;
    copy_own_log(log, [&](std::string_view piece) { read += piece; });
    std::string wanted = "H\xc3\xa4user \xe2\x82\xac \xf0\x9f\x98\x80";
    for (int i = 0; i < 20'000; ++i)
        wanted += "\xc3\xbc";
    BOOST_TEST((read == wanted));
    copy_own_log(scratch.path() / "none", [](std::string_view) { BOOST_ERROR("there is nothing to read"); });
}

BOOST_AUTO_TEST_CASE(serial_and_uuid_are_found_behind_other_structures_of_smbios)
{
    const std::string bios{"\x00\x05\x00\x00\x01"
                           "Maker\0\0",
                           12};
    std::string system{"\x01\x1b\x01\x00\x01\x02\x00\x03", 8};
    for (char byte = 0; byte < 16; ++byte)
        system += byte;
    system += std::string(3, '\0');
    system += std::string("Maker\0Model\0SN-1\0\0", 18);
    const agent::inventory::SystemInformation found = agent::inventory::system_information(bios + system);
    BOOST_TEST(found.serial.value_or("") == "SN-1");
    BOOST_TEST(found.uuid.value_or("") == "03020100-0504-0706-0809-0A0B0C0D0E0F");
    for (std::size_t cut = 0; cut < bios.size() + system.size(); ++cut) // nothing of it has to be true
        agent::inventory::system_information((bios + system).substr(0, cut));
    BOOST_TEST(!agent::inventory::system_information("\x01").serial.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
