#include "manager/baseline/component.hpp"

#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "manager/baseline/deb.hpp"
#include "manager/baseline/firmware_file.hpp"
#include "manager/baseline/msi.hpp"
#include "manager/baseline/plain_name.hpp"
#include "manager/baseline/program.hpp"
#include "manager/baseline/rpm.hpp"
#include "manager/baseline/windows_name.hpp"
#include "manager/baseline/windows_program.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>

namespace manager::baseline {

namespace {

constexpr std::string_view deb_magic = "!<arch>\n";
constexpr std::string_view rpm_magic = "\xED\xAB\xEE\xDB";

common::os::Descriptor open_regular_file(const std::filesystem::path& path, Component& component)
{
    // no_wait: a named pipe is refused below instead of being waited for.
    common::os::Descriptor file =
        common::os::open_file(path, common::os::Open::read | common::os::Open::no_wait);
    struct stat info {};
    if (::fstat(file.get(), &info) != 0)
        throw common::system_error("looking at it");
    if (!S_ISREG(info.st_mode))
        throw common::Error(common::Trouble::invalid, S_ISDIR(info.st_mode) ? "this is a folder, not a file"
                                                                            : "this is not a regular file");
    component.size = static_cast<std::uint64_t>(info.st_size);
    return file;
}

std::string beginning_of(int descriptor)
{
    std::string bytes(4096, '\0');
    const ssize_t got = ::pread(descriptor, bytes.data(), bytes.size(), 0);
    if (got < 0)
        throw common::system_error("reading it");
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

void take(Component& component, common::ComponentKind kind, PackageFacts facts)
{
    component.kind = kind;
    component.name = std::move(facts.name);
    component.version = std::move(facts.version);
    component.architecture = std::move(facts.architecture);
    component.code = std::move(facts.code);
}

void take_program(Component& component, common::ComponentKind kind, std::string architecture)
{
    component.kind = kind;
    component.name = common::one_line(component.file.filename().string());
    component.architecture = std::move(architecture);
}

void take_firmware(Component& component, Firmware firmware)
{
    component.kind = common::ComponentKind::firmware;
    component.name = firmware.name;
    component.version = firmware.version;
    component.firmware = std::move(firmware);
}

void read_into(Component& component)
{
    const common::os::Descriptor file = open_regular_file(component.file, component);
    const std::string beginning = beginning_of(file.get());
    if (beginning.starts_with(deb_magic)) {
        take(component, common::ComponentKind::deb, read_deb(file.get()));
    } else if (beginning.starts_with(rpm_magic)) {
        take(component, common::ComponentKind::rpm, read_rpm(file.get()));
    } else if (beginning.starts_with(compound_file_magic)) {
        take(component, common::ComponentKind::msi, read_msi(file.get()));
    } else if (auto firmware = read_firmware(file.get(), component.file, beginning)) {
        take_firmware(component, std::move(*firmware));
    } else if (beginning.starts_with(dos_magic)) {
        take_program(component, common::ComponentKind::exe, read_windows_program(file.get()));
        component.firmware = firmware_in_program(file.get(), component.file);
    } else if (const auto script = windows_script(component.file, beginning)) {
        take_program(component, *script, {});
    } else {
        take_program(component, common::ComponentKind::program, read_program(beginning));
        component.firmware = firmware_in_program(file.get(), component.file);
    }
    component.sha256 = common::tls::sha256_of_file(file.get());
}

} // namespace

std::string Component::identity() const
{
    common::Fields fields("soapstone-component 1");
    fields.add("kind", common::name_of(kind)).add("sha256", sha256);
    for (const std::string& argument : arguments)
        fields.add("argument", argument);
    return common::tls::sha256_hex(fields.text());
}

std::string Component::file_name() const
{
    if (kind == common::ComponentKind::firmware)
        return plain_name(file.filename().string());
    std::string text = name;
    if (common::is_package(kind))
        text += '_' + version + '_' + architecture + '.' + std::string(common::name_of(kind));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '?' || c == ':' || c == '/'; }, '_');
    if (text.starts_with('.'))
        text.front() = '_';
    return common::is_for_windows(kind) ? windows_name(std::move(text), kind) : text;
}

Component read_component(const std::filesystem::path& file)
{
    Component component;
    component.file = std::filesystem::absolute(file).lexically_normal();
    try {
        if (!common::is_utf8(component.file.string()))
            throw common::Error(common::Trouble::invalid,
                                "its path is not valid UTF-8, in which runs are kept", "rename it");
        read_into(component);
    } catch (const common::Error& error) {
        throw common::Error(common::Trouble::invalid, "component " + file.string() + ": " + error.text(),
                            error.hint());
    }
    return component;
}

int compare_versions(common::ComponentKind kind, const std::string& left, const std::string& right)
{
    switch (kind) {
    case common::ComponentKind::deb:
        return compare_deb_versions(left, right);
    case common::ComponentKind::rpm:
        return compare_rpm_versions(left, right);
    case common::ComponentKind::msi:
        return compare_msi_versions(left, right);
    default:
        break;
    }
    return left.compare(right); // programs have no versions; whatever stands there is only told apart
}

} // namespace manager::baseline
