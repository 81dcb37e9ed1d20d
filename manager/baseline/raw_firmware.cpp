#include "manager/baseline/raw_firmware.hpp"

#include "common/lower_case.hpp"
#include "manager/baseline/firmware_parts.hpp"
#include "manager/baseline/firmware_text.hpp"

#include <array>
#include <regex>

namespace manager::baseline {

namespace {

constexpr std::array<std::string_view, 10> endings{".bin", ".signed.flash", ".vme", ".hex", ".full",
                                                   ".d9",  ".d7",           ".pm",  ".hpm", ".ima"};

std::string name_in(std::string_view path)
{
    const std::size_t slash = path.find_last_of("/\\");
    std::string name(slash == std::string_view::npos ? path : path.substr(slash + 1));
    return name.size() > 255 ? std::string() : name; // so long a name tells nothing
}

std::string_view ending_of(const std::string& lower)
{
    for (const std::string_view ending : endings)
        if (lower.size() > ending.size() && lower.ends_with(ending))
            return ending;
    return {};
}

/// ilo5_214: the last two digits stand behind the point.
bool read_ilo(const std::string& stem, FirmwarePart& part)
{
    static const std::regex form("ilo([2-9])_([0-9])([0-9]{2})", std::regex::icase);
    std::smatch found;
    if (!std::regex_match(stem, found, form))
        return false;
    part.name = "iLO " + found.str(1);
    part.version = found.str(2) + '.' + found.str(3);
    part.activation = Activation::bmc_reset;
    add_id(part, DeviceId::Sort::family, part.name);
    return true;
}

/// A43_1.20_02_28_2020: family, version, date.
bool read_system_rom(const std::string& stem, FirmwarePart& part)
{
    static const std::regex form("([A-Z][0-9]{2})_([0-9]+\\.[0-9.]*[0-9])_([0-9]{2})_([0-9]{2})_([0-9]{4})");
    std::smatch found;
    if (!std::regex_match(stem, found, form))
        return false;
    part.name = "System ROM " + found.str(1);
    part.version = found.str(1) + " v" + found.str(2) + " (" + found.str(3) + '/' + found.str(4) + '/' +
                   found.str(5) + ')';
    part.activation = Activation::host_reboot;
    add_id(part, DeviceId::Sort::family, found.str(1));
    return true;
}

/// CPLD_DL3XX_V0D, fw-v1.2.3, bios-2.1.8: what stands behind a V of its own, or else is a dotted number.
void read_marked(const std::string& stem, FirmwarePart& part)
{
    static const std::regex marked("(^|[-_. ])v([0-9][0-9a-f]*(\\.[0-9]+)*)(?=$|[-_. ])", std::regex::icase);
    static const std::regex dotted("(^|[^0-9.])([0-9]+(\\.[0-9]+)+)");
    std::smatch found;
    if (std::regex_search(stem, found, marked) || std::regex_search(stem, found, dotted))
        part.version = found.str(2);
}

} // namespace

bool is_raw_firmware(std::string_view path)
{
    return !ending_of(common::lower_case(name_in(path))).empty();
}

Firmware raw_firmware(std::string_view path)
{
    const std::string name = name_in(path);
    const std::string stem = name.substr(0, name.size() - ending_of(common::lower_case(name)).size());
    FirmwarePart part;
    const bool known = read_ilo(stem, part) || read_system_rom(stem, part);
    if (!known)
        read_marked(stem, part);
    Firmware firmware;
    firmware.vendor = known ? "HPE" : "";
    add_part(firmware, std::move(part));
    return firmware;
}

} // namespace manager::baseline
