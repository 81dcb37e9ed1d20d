#include "manager/baseline/firmware_match.hpp"

#include "common/lower_case.hpp"
#include "common/text.hpp"
#include "manager/baseline/guid.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace manager::baseline {

namespace {

using Sort = DeviceId::Sort;
using Texts = std::set<std::string>;

std::string underlined(std::string text)
{
    std::replace(text.begin(), text.end(), ' ', '_');
    return text;
}

/// The form that fwupd has for PCI devices; empty for what is none, or has no device.
std::string pci_instance(const std::string& hardware)
{
    const std::vector<std::string> words = common::split(hardware, ':');
    if (words.size() < 3 || words[0] != "pci")
        return {};
    std::string id = "PCI\\VEN_" + words[1] + "&DEV_" + words[2];
    std::transform(id.begin(), id.end(), id.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return id;
}

/// GUIDs that an entry names as its own.
Texts own_guids(const FirmwareEntry& entry)
{
    Texts guids;
    if (const auto guid = guid_of(entry.software_id))
        guids.insert(*guid);
    for (const std::string& target : entry.targets)
        if (const auto guid = guid_of(target))
            guids.insert(*guid);
    return guids;
}

/// GUIDs by which a package may mean it as well: its class, and those that fwupd, and so LVFS, makes of ids.
Texts other_guids(const FirmwareEntry& entry)
{
    Texts guids;
    if (const auto guid = guid_of(entry.device_class))
        guids.insert(*guid);
    const auto add_instance = [&](const char* key, const std::string& value) {
        if (!entry.vendor.empty() && !value.empty())
            guids.insert(guid_of_instance(underlined("REDFISH\\VENDOR_" + entry.vendor + '&' + key + value)));
    };
    add_instance("SOFTWAREID_", entry.software_id);
    add_instance("ID_", entry.id);
    for (const std::string& hardware : entry.hardware)
        if (const std::string id = pci_instance(hardware); !id.empty())
            guids.insert(guid_of_instance(id));
    return guids;
}

/// Dell's: "Installed-159-2.1.8__BIOS.Setup.1-1" is of component 159; 0 is no component. Entries that are not
/// installed are others.
std::string component_of(const FirmwareEntry& entry)
{
    constexpr std::string_view begin = "Installed-";
    if (!entry.id.starts_with(begin))
        return {};
    const std::string rest = entry.id.substr(begin.size());
    const std::string number = rest.substr(0, rest.find('-'));
    return common::to_number(number).value_or(0) != 0 ? number : std::string();
}

bool relates_to(const FirmwareEntry& entry, std::string_view part)
{
    return std::any_of(entry.related.begin(), entry.related.end(), [&](const std::string& uri) {
        return common::lower_case(uri).find(part) != std::string::npos;
    });
}

/// What an entry is for, in OpenBMC's words; empty when it does not tell.
std::string purpose_of(const FirmwareEntry& entry)
{
    if (relates_to(entry, "/bios"))
        return "host";
    return relates_to(entry, "/managers/") ? "bmc" : "";
}

bool is_word_of(const std::string& text, const std::string& word)
{
    const std::string lower = common::lower_case(text);
    const std::string wanted = common::lower_case(word);
    const auto apart = [&](std::size_t at) {
        return at >= lower.size() ||
               !((lower[at] >= 'a' && lower[at] <= 'z') || (lower[at] >= '0' && lower[at] <= '9'));
    };
    for (std::size_t at = lower.find(wanted); at != std::string::npos; at = lower.find(wanted, at + 1))
        if ((at == 0 || apart(at - 1)) && apart(at + wanted.size()))
            return true;
    return false;
}

Texts values_of(const FirmwarePart& part, Sort sort)
{
    Texts values;
    for (const DeviceId& id : part.ids)
        if (id.sort == sort)
            values.insert(id.value);
    return values;
}

bool have_common(const Texts& left, const Texts& right)
{
    return std::any_of(left.begin(), left.end(),
                       [&](const std::string& one) { return right.find(one) != right.end(); });
}

/// Nothing when one of them tells nothing.
std::optional<bool> agree(const Texts& wanted, const Texts& there)
{
    if (wanted.empty() || there.empty())
        return std::nullopt;
    return have_common(wanted, there);
}

Texts only(const std::string& text)
{
    return text.empty() ? Texts{} : Texts{text};
}

std::optional<bool> agree_in_guids(const Texts& wanted, const FirmwareEntry& entry)
{
    if (have_common(wanted, other_guids(entry)))
        return true;
    return agree(wanted, own_guids(entry));
}

/// pci:15b3:1017 in a package is for every device that begins so.
std::optional<bool> agree_in_hardware(const Texts& wanted, const std::vector<std::string>& there)
{
    if (wanted.empty() || there.empty())
        return std::nullopt;
    for (const std::string& id : there)
        for (const std::string& one : wanted)
            if ((id + ':').starts_with(one + ':'))
                return true;
    return false;
}

/// "A43" stands in front of a system ROM's version, "iLO 5" in the name, and sometimes in the version.
std::optional<bool> agree_in_family(const Texts& wanted, const FirmwareEntry& entry)
{
    if (wanted.empty() || (entry.name.empty() && entry.version.empty()))
        return std::nullopt;
    return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& family) {
        return is_word_of(entry.name, family) || is_word_of(entry.version, family);
    });
}

Fit fit_of(std::optional<bool> agreed)
{
    return !agreed ? Fit::unknown : *agreed ? Fit::yes : Fit::no;
}

/// BMCs of vendors with software of their own show the same purposes.
bool may_be_openbmc(const FirmwareEntry& entry)
{
    return entry.vendor.empty() || !entry.machine.empty() || is_word_of(entry.vendor, "openbmc");
}

/// OpenBMC's two say different things: a package must be of the right purpose, and for this machine, as far
/// as the machine is known.
std::optional<Fit> fit_in_purpose(const FirmwareEntry& entry, const FirmwarePart& part)
{
    const Texts purposes = values_of(part, Sort::purpose);
    if (purposes.empty())
        return std::nullopt;
    const Fit machine = fit_of(agree(values_of(part, Sort::machine), only(entry.machine)));
    const Fit purpose = fit_of(agree(purposes, only(purpose_of(entry))));
    if (purpose == Fit::yes && !may_be_openbmc(entry))
        return Fit::unknown;
    return machine == Fit::no ? Fit::no : purpose;
}

/// The surest that both sides tell decides. HPE's device class must be the same in any case.
Fit fit_of(const FirmwareEntry& entry, const FirmwarePart& part)
{
    if (const auto fit = fit_in_purpose(entry, part))
        return *fit;
    const auto device_class = guid_of(entry.device_class);
    if (!part.device_class.empty() && device_class && *device_class != part.device_class)
        return Fit::no;
    for (const std::optional<bool>& told :
         {agree(values_of(part, Sort::component), only(component_of(entry))),
          agree_in_guids(values_of(part, Sort::guid), entry),
          agree_in_hardware(values_of(part, Sort::hardware), entry.hardware),
          agree_in_family(values_of(part, Sort::family), entry)})
        if (told)
            return fit_of(told);
    return Fit::unknown;
}

} // namespace

Match match(const FirmwareEntry& entry, const Firmware& firmware)
{
    bool told = !firmware.parts.empty();
    for (const FirmwarePart& part : firmware.parts) {
        const Fit fit = fit_of(entry, part);
        if (fit == Fit::yes)
            return {Fit::yes, &part, {}};
        told = told && fit == Fit::no;
    }
    const std::string shown = common::one_line(entry.name.empty() ? entry.id : entry.name, 80);
    if (told)
        return {Fit::no, nullptr, firmware.name + " is not for " + shown};
    return {Fit::unknown, nullptr, "whether " + firmware.name + " is for " + shown + " cannot be told"};
}

} // namespace manager::baseline
