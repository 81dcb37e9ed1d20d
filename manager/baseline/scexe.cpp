#include "manager/baseline/scexe.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "common/text.hpp"
#include "manager/baseline/firmware_parts.hpp"
#include "manager/baseline/plain_name.hpp"
#include "manager/baseline/raw_firmware.hpp"

#include <unistd.h>
#include <vector>

namespace manager::baseline {

namespace {

constexpr std::size_t most_script = 256 << 10; ///< bytes in front of the archive
constexpr std::string_view key = "_SKIP=";
constexpr std::string_view gzip_magic = "\x1f\x8b";

[[noreturn]] void refuse(const std::string& text)
{
    throw common::Error(common::Trouble::invalid, text);
}

std::string script_of(int descriptor)
{
    std::string bytes(most_script, '\0');
    const ssize_t got = ::pread(descriptor, bytes.data(), bytes.size(), 0);
    if (got < 0)
        throw common::system_error("reading it");
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

/// The number in the line `_SKIP=215`.
std::optional<std::uint64_t> lines_to_skip(std::string_view script)
{
    std::size_t at = script.starts_with(key) ? 0 : script.find("\n_SKIP=");
    if (at == std::string_view::npos)
        return std::nullopt;
    at = script.find('=', at) + 1;
    return common::to_number(common::trim(script.substr(at, script.find('\n', at) - at)), most_script);
}

/// Where the line begins which has this number, counted from 1; nothing when there are fewer.
std::optional<std::size_t> start_of_line(std::string_view script, std::uint64_t number)
{
    std::size_t at = 0;
    for (std::uint64_t line = 1; line < number; ++line) {
        const std::size_t end = script.find('\n', at);
        if (end == std::string_view::npos)
            return std::nullopt;
        at = end + 1;
    }
    return at;
}

/// The only image in the archive; nothing when there are others beside it, or none.
std::optional<std::string> only_image(int descriptor, std::uint64_t start)
{
    std::vector<std::string> images;
    ArchiveFile archive(descriptor, ArchiveFormat::tar, start);
    while (archive.next())
        if (is_raw_firmware(archive.name()))
            images.push_back(archive.name());
    return images.size() == 1 ? std::optional(images.front()) : std::nullopt;
}

} // namespace

std::uint64_t scexe_archive(int descriptor)
{
    const std::string script = script_of(descriptor);
    const std::optional<std::uint64_t> number = lines_to_skip(script);
    if (!number)
        refuse("the script does not say where its archive begins (_SKIP=)");
    // Scripts count the archive's own line, or the one in front of it.
    for (const std::uint64_t line : {*number, *number + 1})
        if (const auto at = start_of_line(script, line);
            at && std::string_view(script).substr(*at).starts_with(gzip_magic))
            return *at;
    refuse("the script is damaged or cut off: no archive begins in line " + std::to_string(*number));
}

std::optional<Firmware> read_scexe(int descriptor, const std::filesystem::path& file)
{
    if (common::lower_case(file.extension().string()) != ".scexe")
        return std::nullopt;
    const std::uint64_t start = scexe_archive(descriptor);
    const std::optional<std::string> path = only_image(descriptor, start);
    if (!path)
        return std::nullopt;
    Firmware firmware = raw_firmware(*path);
    firmware.form = FirmwareForm::scexe;
    firmware.vendor = "HPE";
    firmware.whole = false;
    firmware.parts.front().image = InnerImage{*path, plain_name(*path), 0, {}};
    measure_images(firmware, descriptor, ArchiveFormat::tar, start);
    return firmware;
}

} // namespace manager::baseline
