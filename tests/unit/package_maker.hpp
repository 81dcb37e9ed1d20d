#pragma once

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "tests/support/scratch.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tests {

inline void must_run(const std::vector<std::string>& arguments)
{
    const common::os::Finished finished =
        common::os::run(arguments, common::Deadline::in(std::chrono::seconds(60)));
    if (finished.status != 0)
        throw std::runtime_error(arguments[0] + ": " + finished.problems);
}

/// A real Debian package, made by dpkg-deb.
inline std::filesystem::path make_deb(const Scratch& scratch, const std::string& name,
                                      const std::string& version, const std::string& architecture = "all",
                                      const std::string& compression = "xz")
{
    const std::filesystem::path tree = scratch.path() / (name + "-tree");
    std::filesystem::create_directories(tree / "DEBIAN");
    std::filesystem::create_directories(tree / "usr/share" / name);
    common::os::write_file_durably(tree / "usr/share" / name / "hello", "hello\n", 0644);
    common::os::write_file_durably(
        tree / "DEBIAN/control",
        "Package: " + name + "\nVersion: " + version + "\nArchitecture: " + architecture +
            "\nMaintainer: Tests <tests@example.com>\nDescription: made by a test\n"
            " Version: 9.9-not-this-one\n",
        0644);
    std::filesystem::permissions(tree / "DEBIAN", std::filesystem::perms(0755));
    const std::filesystem::path file = scratch.path() / (name + ".deb");
    must_run({"dpkg-deb", "--root-owner-group", "-Z" + compression, "--uniform-compression", "--build",
              tree.string(), file.string()});
    return file;
}

/// A real RPM package, made by rpmbuild.
inline std::filesystem::path make_rpm(const Scratch& scratch, const std::string& name,
                                      const std::string& version, const std::string& release,
                                      const std::string& epoch = {})
{
    const std::filesystem::path top = scratch.path() / "rpm";
    std::filesystem::create_directories(top);
    const std::string spec =
        "Name: " + name + "\nVersion: " + version + "\nRelease: " + release + "\n" +
        (epoch.empty() ? "" : "Epoch: " + epoch + "\n") +
        "Summary: made by a test\nLicense: none\nBuildArch: noarch\n%description\nA test.\n%files\n";
    const std::filesystem::path file = scratch.file(name + ".spec", spec);
    must_run({"rpmbuild", "--quiet", "-ba", "--define", "_topdir " + top.string(), "--define",
              "_rpmfilename %%{NAME}.rpm", file.string()});
    return top / "RPMS" / (name + ".rpm");
}

constexpr auto msi_code = "{11111111-2222-3333-4444-55555555ABCD}"; ///< product code of what make_msi() makes

/// A real package of the Windows Installer, made by wixl. `architecture` is x64 or x86.
inline std::filesystem::path make_msi(const Scratch& scratch, const std::string& name,
                                      const std::string& version, const std::string& architecture = "x64")
{
    scratch.file("hello.txt", "hello\n"); // is looked for beside the source
    const std::string source =
        "<Wix xmlns='http://schemas.microsoft.com/wix/2006/wi'><Product Id='" + std::string(msi_code) +
        "' Name='" + name + "' Version='" + version +
        "' Language='1033' Manufacturer='Tests' UpgradeCode='{99999999-2222-3333-4444-555555555555}'>"
        "<Package InstallerVersion='200' Compressed='yes'/><Media Id='1' Cabinet='a.cab' EmbedCab='yes'/>"
        "<Directory Id='TARGETDIR' Name='SourceDir'><Directory Id='ProgramFilesFolder'>"
        "<Component Id='C' Guid='{99999999-2222-3333-4444-666666666666}'><File Id='F' Name='hello.txt' "
        "Source='hello.txt'/></Component></Directory></Directory><Feature Id='All' Level='1'><ComponentRef "
        "Id='C'/></Feature>"
        "</Product></Wix>";
    const std::filesystem::path file = scratch.path() / "made.msi";
    must_run({"wixl", "-a", architecture, "-o", file.string(), scratch.file("made.wxs", source).string()});
    return file;
}

} // namespace tests
