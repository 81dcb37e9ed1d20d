#include "common/error.hpp"
#include "common/os/file.hpp"
#include "manager/baseline/component.hpp"
#include "manager/baseline/deb.hpp"
#include "package_maker.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <elf.h>
#include <sys/stat.h>

using common::ComponentKind;
using manager::baseline::compare_versions;
using manager::baseline::Component;
using manager::baseline::dpkg_version;
using manager::baseline::read_component;
using tests::make_deb;
using tests::make_msi;
using tests::make_rpm;
using tests::Scratch;

namespace {

std::string refusal(const std::filesystem::path& file)
{
    try {
        read_component(file);
    } catch (const common::Error& error) {
        BOOST_TEST((error.trouble() == common::Trouble::invalid));
        return error.text();
    }
    return "accepted";
}

bool refused_or_read(const std::filesystem::path& file)
{
    try {
        read_component(file);
    } catch (const common::Error&) {
    }
    return true;
}

bool ends_with(const std::string& text, const std::string& end)
{
    return text.ends_with(end);
}

std::string elf(std::uint16_t machine, std::uint16_t type, std::uint64_t entry)
{
    Elf64_Ehdr header{};
    std::copy_n(ELFMAG, SELFMAG, header.e_ident);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_machine = machine;
    header.e_type = type;
    header.e_entry = entry;
    return {reinterpret_cast<const char*>(&header), sizeof header};
}

void put(std::string& bytes, std::size_t at, std::uint32_t value, std::size_t size)
{
    for (std::size_t i = 0; i < size; ++i)
        bytes[at + i] = static_cast<char>(value >> (8 * i));
}

constexpr std::uint16_t pe_program = 0x0022;
constexpr std::uint16_t pe_library = 0x2022;

/// The head of a program for Windows; offsets as in Microsoft's description of the format.
std::string pe(std::uint16_t machine, std::uint16_t flags = pe_program, std::uint16_t subsystem = 3)
{
    constexpr std::size_t head = 0x80;
    std::string bytes(head + 248, '\0');
    bytes.replace(0, 2, "MZ");
    put(bytes, 0x3c, head, 4);
    bytes.replace(head, 2, "PE");
    put(bytes, head + 4, machine, 2);
    put(bytes, head + 22, flags, 2);
    put(bytes, head + 92, subsystem, 2);
    return bytes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(component)

BOOST_DATA_TEST_CASE(a_debian_package_tells_name_version_and_architecture,
                     boost::unit_test::data::make({"none", "gzip", "xz", "zstd"}), compression)
{
    const Scratch scratch;
    const auto file = make_deb(scratch, "hello-test", "2:1.4~rc1-3+deb12u1", "amd64", compression);

    const Component read = read_component(file);

    BOOST_TEST((read.kind == ComponentKind::deb));
    BOOST_TEST(read.name == "hello-test");
    BOOST_TEST(read.version == "2:1.4~rc1-3+deb12u1");
    BOOST_TEST(read.architecture == "amd64");
    BOOST_TEST(read.file.is_absolute());
    BOOST_TEST(read.size == std::filesystem::file_size(file));
    BOOST_TEST(read.sha256.size() == 64U);
}

BOOST_AUTO_TEST_CASE(a_debian_version_reads_as_dpkg_prints_it)
{
    BOOST_TEST(dpkg_version("1.0-1") == "1.0-1");
    BOOST_TEST(dpkg_version("0:1.0-1") == "1.0-1");
    BOOST_TEST(dpkg_version("01:1.0") == "1:1.0");
    BOOST_TEST(dpkg_version("0:1:2") == "0:1:2");
    BOOST_CHECK_THROW(dpkg_version("x:1.0"), common::Error);
    BOOST_CHECK_THROW(dpkg_version("1:"), common::Error);
}

BOOST_AUTO_TEST_CASE(an_rpm_package_tells_its_epoch_only_where_it_has_one)
{
    const Scratch scratch;

    const Component plain = read_component(make_rpm(scratch, "plain", "1.2", "3"));
    const Component dated = read_component(make_rpm(scratch, "dated", "1.2", "3.el9", "7"));

    BOOST_TEST((plain.kind == ComponentKind::rpm));
    BOOST_TEST(plain.name == "plain");
    BOOST_TEST(plain.version == "1.2-3");
    BOOST_TEST(plain.architecture == "noarch");
    BOOST_TEST(dated.version == "7:1.2-3.el9");
}

BOOST_AUTO_TEST_CASE(a_source_rpm_cannot_be_installed)
{
    const Scratch scratch;
    make_rpm(scratch, "plain", "1.2", "3");
    std::filesystem::path source;
    for (const auto& entry : std::filesystem::directory_iterator(scratch.path() / "rpm/SRPMS"))
        source = entry.path();

    BOOST_TEST(ends_with(refusal(source), "this is a source package, which cannot be installed"));
}

BOOST_AUTO_TEST_CASE(the_content_decides_and_not_the_name)
{
    const Scratch scratch;
    const auto deb = make_deb(scratch, "hello-test", "1.0");
    std::filesystem::rename(deb, scratch.path() / "hello.rpm");

    BOOST_TEST((read_component(scratch.path() / "hello.rpm").kind == ComponentKind::deb));
}

BOOST_AUTO_TEST_CASE(a_script_and_a_program_for_a_processor_of_ours_are_components)
{
    const Scratch scratch;

    const Component script = read_component(scratch.file("setup.sh", "#!/bin/sh\nexit 0\n"));
    const Component program = read_component(scratch.file("flash", elf(EM_X86_64, ET_DYN, 0x1000)));
    const Component arm = read_component(scratch.file("flash-arm", elf(EM_AARCH64, ET_EXEC, 0x1000)));

    BOOST_TEST((script.kind == ComponentKind::program));
    BOOST_TEST(script.name == "setup.sh");
    BOOST_TEST(script.version == "");
    BOOST_TEST(script.architecture == "");
    BOOST_TEST(script.sha256 == "306c6ca7407560340797866e077e053627ad409277d1b9da58106fce4cf717cb");
    BOOST_TEST(program.architecture == "x86_64");
    BOOST_TEST(arm.architecture == "aarch64");
}

BOOST_AUTO_TEST_CASE(on_targets_a_component_has_a_name_that_no_installer_stumbles_over)
{
    const Scratch scratch;
    const auto deb = make_deb(scratch, "hello-test", "2:1.0-1");
    std::filesystem::rename(deb, scratch.path() / ".odd\nname (1)");
    const Component package = read_component(scratch.path() / ".odd\nname (1)");
    BOOST_TEST(package.file_name() == "hello-test_2_1.0-1_" + package.architecture + ".deb");

    const Component script = read_component(scratch.file(".set\nup \xC3\xBC.sh", "#!/bin/sh\nexit 0\n"));
    BOOST_TEST(script.name == ".set?up \xC3\xBC.sh");
    BOOST_TEST(script.file_name() == "_set_up \xC3\xBC.sh");
}

BOOST_AUTO_TEST_CASE(a_path_that_no_run_can_keep_is_refused)
{
    const Scratch scratch;
    BOOST_TEST(ends_with(refusal(scratch.file("\xFF.sh", "#!/bin/sh\nexit 0\n")),
                         "its path is not valid UTF-8, in which runs are kept"));
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused_with_a_sentence_that_says_what_it_is)
{
    const Scratch scratch;
    ::mkfifo((scratch.path() / "pipe").c_str(), 0600);

    BOOST_TEST(ends_with(refusal(scratch.file("empty", "")), "/empty: the file is empty"));
    BOOST_TEST(ends_with(
        refusal(scratch.file("notes.txt", "hello\n")),
        "this is neither a .deb, .rpm or .msi package, nor a program for Linux or Windows, nor a script "
        "(with #!, or .cmd, .bat, .ps1), nor firmware of a known form"));
    BOOST_TEST(ends_with(refusal(scratch.file("power", elf(EM_PPC64, ET_EXEC, 1))),
                         "this is an ELF file for another processor than x86_64 and aarch64 (machine 21)"));
    BOOST_TEST(ends_with(refusal(scratch.file("lib.so", elf(EM_X86_64, ET_DYN, 0))),
                         "this ELF file is a library or an object file, not a program"));
    BOOST_TEST(ends_with(refusal(scratch.file("cut", elf(EM_X86_64, ET_EXEC, 1).substr(0, 40))),
                         "the ELF program is cut off"));
    BOOST_TEST(ends_with(refusal(scratch.file("dos.sh", "#!/bin/sh\r\nexit\r\n")),
                         "the script's lines end with CR LF, so no Linux finds its interpreter"));
    BOOST_TEST(
        ends_with(refusal(scratch.file("odd.sh", "#!\n")), "the script's first line names no interpreter"));
    BOOST_TEST(ends_with(refusal(scratch.path()), "this is a folder, not a file"));
    BOOST_TEST(ends_with(refusal(scratch.path() / "pipe"), "this is not a regular file"));
    BOOST_TEST(ends_with(refusal(scratch.path() / "missing"), "No such file or directory"));
}

BOOST_AUTO_TEST_CASE(a_package_of_the_windows_installer_tells_its_product)
{
    const Scratch scratch;

    const Component wide = read_component(make_msi(scratch, "Hello Tool (\xC3\xA9)", "1.2.3"));
    BOOST_TEST((wide.kind == ComponentKind::msi));
    BOOST_TEST(wide.name == "Hello Tool (\xC3\xA9)");
    BOOST_TEST(wide.version == "1.2.3");
    BOOST_TEST(wide.architecture == "x64");
    BOOST_TEST(wide.code == tests::msi_code);
    BOOST_TEST(wide.file_name() == "Hello Tool (\xC3\xA9)_1.2.3_x64.msi");

    const Component narrow = read_component(make_msi(scratch, "Hello", "2.0.0.7", "x86"));
    BOOST_TEST(narrow.architecture == "x86");
    BOOST_TEST(narrow.version == "2.0.0.7");
}

BOOST_AUTO_TEST_CASE(a_package_of_the_windows_installer_cut_off_or_with_flipped_bits_harms_nobody)
{
    const Scratch scratch;
    const std::string msi = common::os::read_file(make_msi(scratch, "Hello", "1.0"));

    for (std::size_t size = 0; size < msi.size(); size += 397)
        BOOST_TEST(refused_or_read(scratch.file("cut.msi", msi.substr(0, size))));
    for (std::size_t at = 0; at < msi.size(); at += 53) {
        std::string bad = msi;
        bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
        BOOST_TEST(refused_or_read(scratch.file("bad.msi", bad)));
    }
    BOOST_TEST(refusal(scratch.file("cut.msi", msi.substr(0, 2000))) != "accepted");
}

BOOST_AUTO_TEST_CASE(a_compound_file_of_another_kind_is_no_package)
{
    const Scratch scratch;
    const std::string head("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
    BOOST_TEST(
        refusal(scratch.file("letter.doc", head + std::string(5000, '\0'))).find("the package is damaged") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_program_for_windows_is_known_by_its_content)
{
    const Scratch scratch;

    const Component setup = read_component(scratch.file("cp012345", pe(0x8664)));
    BOOST_TEST((setup.kind == ComponentKind::exe));
    BOOST_TEST(setup.architecture == "x64");
    BOOST_TEST(setup.version == "");
    BOOST_TEST(setup.file_name() == "cp012345.exe");
    BOOST_TEST(read_component(scratch.file("old.EXE", pe(0x014c, pe_program, 2))).architecture == "x86");
    BOOST_TEST(read_component(scratch.file("old.EXE", pe(0x014c))).file_name() == "old.EXE");
    BOOST_TEST(read_component(scratch.file("arm.exe", pe(0xaa64))).architecture == "arm64");

    BOOST_TEST(ends_with(refusal(scratch.file("cut.exe", "MZ\x90")), "the Windows program is cut off"));
    BOOST_TEST(ends_with(refusal(scratch.file("cut.exe", pe(0x8664).substr(0, 0x90))),
                         "the Windows program is cut off"));
    BOOST_TEST(
        ends_with(refusal(scratch.file("old.exe", pe(0x8664).substr(0, 0x80))),
                  "this is a program for DOS or 16-bit Windows, or a Windows program that is cut off"));
    BOOST_TEST(ends_with(refusal(scratch.file("a.dll", pe(0x8664, pe_library))),
                         "this Windows file is a library or an object file, not a program"));
    BOOST_TEST(ends_with(refusal(scratch.file("boot.efi", pe(0x8664, pe_program, 10))),
                         "but a driver or a program for firmware (subsystem 10)"));
    BOOST_TEST(ends_with(refusal(scratch.file("itanium.exe", pe(0x0200))),
                         "for another processor than x64, x86 and arm64 (machine 512)"));
}

BOOST_AUTO_TEST_CASE(scripts_for_windows_are_known_by_their_endings)
{
    const Scratch scratch;

    BOOST_TEST((read_component(scratch.file("a.cmd", "@echo off\r\n")).kind == ComponentKind::cmd));
    BOOST_TEST((read_component(scratch.file("a.BAT", "@echo off\r\n")).kind == ComponentKind::cmd));
    BOOST_TEST((read_component(scratch.file("a.ps1", "exit 0\n")).kind == ComponentKind::ps1));
    BOOST_TEST((read_component(scratch.file("x.cmd", pe(0x8664))).kind == ComponentKind::exe));
    BOOST_TEST(read_component(scratch.file("a.BAT", "exit\r\n")).file_name() == "a.BAT");
    BOOST_TEST(read_component(scratch.file("aux.cmd", "exit\r\n")).file_name() == "_aux.cmd");
    BOOST_TEST(read_component(scratch.file("a<b>|c.cmd", "exit\r\n")).file_name() == "a_b__c.cmd");

    BOOST_TEST(ends_with(refusal(scratch.file("e.ps1", "")), "the file is empty"));
    BOOST_TEST(refusal(scratch.file("m.cmd", "\xEF\xBB\xBF@echo off\r\n")).find("byte order mark") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_package_whose_name_is_an_option_is_refused)
{
    BOOST_CHECK_THROW(manager::baseline::parse_control("Package: --root=/\nVersion: 1\nArchitecture: all\n"),
                      common::Error);
    BOOST_CHECK_THROW(manager::baseline::parse_control("Package: a\nVersion: 1 2\nArchitecture: all\n"),
                      common::Error);
    BOOST_CHECK_THROW(manager::baseline::parse_control("Package: a\nVersion: 1\n"), common::Error);
    BOOST_CHECK_THROW(manager::baseline::parse_control(""), common::Error);
    BOOST_CHECK_THROW(manager::baseline::parse_control("Package: a\n\nVersion: 1\nArchitecture: all\n"),
                      common::Error);
    BOOST_TEST(manager::baseline::parse_control("package: a\nVERSION: 1\nArchitecture:all\n").name == "a");
}

BOOST_AUTO_TEST_CASE(a_package_cut_off_anywhere_is_refused_and_harms_nobody)
{
    const Scratch scratch;
    const std::string deb = common::os::read_file(make_deb(scratch, "hello-test", "1.0"));
    const std::string rpm = common::os::read_file(make_rpm(scratch, "plain", "1.2", "3"));

    for (std::size_t size = 0; size < deb.size() * 3 / 5; size += 7)
        BOOST_TEST(refused_or_read(scratch.file("cut.deb", deb.substr(0, size))));
    for (std::size_t size = 0; size < rpm.size() * 3 / 5; size += 13)
        BOOST_TEST(refused_or_read(scratch.file("cut.rpm", rpm.substr(0, size))));
    BOOST_TEST(refusal(scratch.file("cut.deb", deb.substr(0, 100))) != "accepted");
    BOOST_TEST(refusal(scratch.file("cut.rpm", rpm.substr(0, 2000))) != "accepted");
}

BOOST_AUTO_TEST_CASE(a_package_with_flipped_bits_harms_nobody)
{
    const Scratch scratch;
    const std::string deb = common::os::read_file(make_deb(scratch, "hello-test", "1.0", "all", "gzip"));
    const std::string rpm = common::os::read_file(make_rpm(scratch, "plain", "1.2", "3"));

    for (std::size_t at = 0; at < deb.size(); at += 5) {
        std::string bad = deb;
        bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
        BOOST_TEST(refused_or_read(scratch.file("bad.deb", bad)));
    }
    for (std::size_t at = 0; at < rpm.size(); at += 11) {
        std::string bad = rpm;
        bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
        BOOST_TEST(refused_or_read(scratch.file("bad.rpm", bad)));
    }
}

BOOST_AUTO_TEST_CASE(a_header_of_an_rpm_that_was_changed_does_not_match_its_digest)
{
    const Scratch scratch;
    std::string rpm = common::os::read_file(make_rpm(scratch, "plain", "1.2", "3"));
    const std::size_t name = rpm.rfind("made by a test");
    BOOST_REQUIRE(name != std::string::npos);
    rpm[name] = 'M';

    BOOST_TEST(refusal(scratch.file("changed.rpm", rpm)).find("the package is damaged") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_archive_that_unpacks_to_far_too_much_is_refused)
{
    const Scratch scratch;
    const auto tree = scratch.path() / "bomb";
    std::filesystem::create_directories(tree);
    scratch.file("bomb/debian-binary", "2.0\n");
    scratch.file("bomb/big", "");
    std::filesystem::resize_file(tree / "big", 80 << 20);
    tests::must_run({"tar", "-C", tree.string(), "-czf", (tree / "control.tar.gz").string(), "big"});
    tests::must_run({"ar", "rc", (scratch.path() / "bomb.deb").string(), (tree / "debian-binary").string(),
                     (tree / "control.tar.gz").string()});

    BOOST_TEST(ends_with(refusal(scratch.path() / "bomb.deb"), "control.tar is larger than 67.1 MB"));
}

BOOST_AUTO_TEST_CASE(an_archive_of_another_kind_is_no_package)
{
    const Scratch scratch;
    scratch.file("hello", "hello");
    tests::must_run({"ar", "rc", (scratch.path() / "lib.a").string(), (scratch.path() / "hello").string()});

    BOOST_TEST(
        ends_with(refusal(scratch.path() / "lib.a"), "this is an ar archive, but not a Debian package"));
}

BOOST_AUTO_TEST_CASE(content_and_arguments_make_the_identity_of_a_component)
{
    const Scratch scratch;
    const Component one = read_component(scratch.file("a.sh", "#!/bin/sh\nexit 0\n"));
    const Component renamed = read_component(scratch.file("b.sh", "#!/bin/sh\nexit 0\n"));
    const Component other = read_component(scratch.file("c.sh", "#!/bin/sh\nexit 1\n"));
    Component split = one;
    split.arguments = {"a", "b"};
    Component joined = one;
    joined.arguments = {"a\nargument b"};

    BOOST_TEST(one.identity() == renamed.identity());
    BOOST_TEST(one.identity() != other.identity());
    BOOST_TEST(one.identity() != split.identity());
    BOOST_TEST(split.identity() != joined.identity());
}

BOOST_AUTO_TEST_CASE(versions_compare_as_their_package_managers_compare_them)
{
    struct Row {
        ComponentKind kind;
        const char* older;
        const char* newer;
    };
    for (const Row& row : {
             Row{ComponentKind::deb, "1.0-1", "1.0-2"},
             Row{ComponentKind::deb, "1.0~rc1-1", "1.0-1"},
             Row{ComponentKind::deb, "1.9", "1.10"},
             Row{ComponentKind::deb, "2.0", "1:1.0"},
             Row{ComponentKind::deb, "1.0-1", "1.0-1+b1"},
             Row{ComponentKind::deb, "1.0-1~bpo12+1", "1.0-1"},
             Row{ComponentKind::deb, "1.0", "1.0a"},
             Row{ComponentKind::rpm, "1.0-1", "1.0-2"},
             Row{ComponentKind::rpm, "1.0~rc1-1", "1.0-1"},
             Row{ComponentKind::rpm, "1.0-1", "1.0^git1-1"},
             Row{ComponentKind::rpm, "1.9-1", "1.10-1"},
             Row{ComponentKind::rpm, "2.0-1", "1:1.0-1"},
             Row{ComponentKind::rpm, "1.0-1.el8", "1.0-1.el9"},
             Row{ComponentKind::rpm, "1.0a-1", "1.0.1-1"},
             Row{ComponentKind::msi, "1.9.0", "1.10.0"},
             Row{ComponentKind::msi, "1.2", "1.2.1"},
             Row{ComponentKind::msi, "1.2.3.4", "1.2.3.5"},
         }) {
        BOOST_TEST_CONTEXT(row.older << " and " << row.newer)
        {
            BOOST_TEST(compare_versions(row.kind, row.older, row.newer) < 0);
            BOOST_TEST(compare_versions(row.kind, row.newer, row.older) > 0);
            BOOST_TEST(compare_versions(row.kind, row.newer, row.newer) == 0);
        }
    }
    BOOST_TEST(compare_versions(ComponentKind::rpm, "0:1.0-1", "1.0-1") == 0);
    BOOST_TEST(compare_versions(ComponentKind::deb, "0:1.0-1", "1.0-1") == 0);
    BOOST_TEST(compare_versions(ComponentKind::deb, "1.0", "1.0-0") == 0);
    BOOST_TEST(compare_versions(ComponentKind::rpm, "", "1.0-1") < 0);
    BOOST_TEST(compare_versions(ComponentKind::msi, "1.2", "1.2.0.0") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
