#include "manager/rollout/firmware_plan.hpp"

#include "common/lower_case.hpp"
#include "common/text.hpp"
#include "manager/baseline/firmware_version.hpp"

#include <algorithm>

namespace manager::rollout {

namespace {

using baseline::Component;
using baseline::Firmware;
using baseline::FirmwareEntry;
using baseline::FirmwarePart;
using baseline::Fit;
using baseline::FwpkgType;
using baseline::Order;

/// Of Dell's ids the version is a part, so that its beginning is what lasts.
bool is_named(const FirmwareEntry& entry, const std::string& name)
{
    const std::string id = common::lower_case(entry.id);
    const std::string word = common::lower_case(name);
    return id == word || common::lower_case(entry.name) == word || id.starts_with(word + '-');
}

const FirmwarePart* part_for(const Firmware& firmware, const baseline::Match& match)
{
    if (match.part != nullptr)
        return match.part;
    return firmware.parts.size() == 1 ? &firmware.parts.front() : nullptr;
}

FirmwarePlace found(const FirmwareEntry& entry, const Component& component, const FirmwarePart* part)
{
    FirmwarePlace place;
    place.entry = &entry;
    place.part = part;
    place.version = part != nullptr && !part->version.empty() ? part->version : component.version;
    return place;
}

std::string entries_text(const Facts& facts)
{
    std::vector<std::string> ids;
    for (const FirmwareEntry& entry : facts.firmware)
        ids.push_back(common::one_line(entry.id, 60));
    return common::one_line(common::join(ids, ", "), 300);
}

FirmwarePlace named_place(const Component& component, const Facts& facts)
{
    for (const FirmwareEntry& entry : facts.firmware)
        if (is_named(entry, component.code))
            return found(entry, component,
                         part_for(*component.firmware, baseline::match(entry, *component.firmware)));
    FirmwarePlace nowhere;
    nowhere.why = "the BMC has no firmware '" + common::one_line(component.code, 60) + "'; it has " +
                  entries_text(facts);
    return nowhere;
}

/// Why a BMC alone cannot do it; empty when it can.
std::string not_for_a_bmc(const Firmware& firmware)
{
    if (firmware.type == FwpkgType::d)
        return "this package (type D) is for an agent in the host's operating system; the vendor's program "
               "or "
               "package for that system, deployed to the host, does the same";
    if (firmware.type == FwpkgType::c)
        return "this package (type C) is installed by UEFI when the host boots, which is not supported";
    return {};
}

std::string version_text(const std::string& version)
{
    return version.empty() ? "no version" : common::one_line(version, 80);
}

void leave(Step& step, Action action, std::string why)
{
    step.action = action;
    step.why = std::move(why);
}

} // namespace

FirmwarePlace place_of(const Component& component, const Facts& facts)
{
    if (!component.firmware)
        return {nullptr, {}, nullptr, "it holds nothing for a BMC"};
    if (!component.code.empty())
        return named_place(component, facts);
    bool open = false;
    std::string why;
    for (const FirmwareEntry& entry : facts.firmware) {
        const baseline::Match match = baseline::match(entry, *component.firmware);
        if (match.fit == Fit::yes)
            return found(entry, component, part_for(*component.firmware, match));
        open = open || match.fit == Fit::unknown;
        if (why.empty() || match.fit == Fit::unknown)
            why = match.why;
    }
    FirmwarePlace nowhere;
    nowhere.why =
        facts.firmware.empty() ? "the BMC shows no firmware"
        : open ? "what it is for is not known; name it with --firmware-entry, one of " + entries_text(facts)
               : "it is for nothing that this BMC has" + (why.empty() ? "" : ": " + why);
    return nowhere;
}

Step plan_firmware(const Component& component, const Facts& facts, bool allow_downgrade, bool reinstall)
{
    Step step;
    const FirmwarePlace place = place_of(component, facts);
    step.to = place.version.empty() ? component.version : place.version;
    step.why = component.firmware ? not_for_a_bmc(*component.firmware) : std::string();
    if (step.why.empty())
        step.why = place.why;
    if (!step.why.empty()) {
        step.action = Action::unfit;
        return step;
    }
    step.from = common::one_line(place.entry->version, 100);
    step.action = Action::unfit; // never taken for "up to date"
    if (place.version.empty()) {
        step.why = "which version it brings is not known, so nobody could see whether it is there; name it "
                   "with --firmware-version";
        return step;
    }
    if (place.part != nullptr && !place.part->at_least.empty() &&
        baseline::compare_firmware_versions(place.entry->version, place.part->at_least) == Order::older) {
        step.why = "version " + place.part->at_least + " must be installed before it; " + step.from + " is";
        return step;
    }
    switch (baseline::compare_firmware_versions(place.entry->version, place.version)) {
    case Order::older:
        step.action = Action::install;
        break;
    case Order::same:
        step.action = reinstall ? Action::install : Action::skip;
        step.why = "same version is installed";
        break;
    case Order::newer:
        step.action = allow_downgrade ? Action::install : Action::blocked;
        step.why =
            "a newer version, " + step.from + ", is installed; --downgrade goes back to " + place.version;
        break;
    case Order::unknown:
        step.action = reinstall ? Action::install : Action::unfit;
        step.why = version_text(step.from) + " is installed, which cannot be compared with " + place.version +
                   "; --reinstall installs it whatever is there";
        break;
    }
    if (step.action == Action::install)
        step.why.clear();
    return step;
}

bool has_device(const Component& component, const Facts& facts)
{
    return component.firmware && (!component.code.empty() || place_of(component, facts).entry != nullptr);
}

void keep_newest(const std::vector<Component>& components, const Facts& facts, std::vector<Step>& steps)
{
    std::vector<FirmwarePlace> places;
    for (const Component& component : components)
        places.push_back(place_of(component, facts));
    const std::vector<Step> planned = steps;
    for (std::size_t i = 0; i < steps.size(); ++i)
        for (std::size_t j = 0; j < steps.size() && steps[i].action == Action::install; ++j) {
            if (i == j || planned[j].action == Action::unfit || places[i].entry == nullptr ||
                places[i].entry != places[j].entry)
                continue;
            const Order order = baseline::compare_firmware_versions(places[i].version, places[j].version);
            if (order == Order::older)
                leave(steps[i], Action::skip, title(components[j]) + " is for the same device, and newer");
            else if (order == Order::same && j < i)
                leave(steps[i], Action::skip, title(components[j]) + " brings the same version");
            else if (order == Order::unknown)
                leave(steps[i], Action::unfit,
                      title(components[j]) + " is for the same device, and which of them is newer cannot be "
                                             "told; name only one of them");
        }
}

std::optional<std::string> firmware_version(const Component& component, const Facts& facts)
{
    const FirmwarePlace place = place_of(component, facts);
    return place.entry == nullptr ? std::nullopt : std::optional(place.entry->version);
}

std::optional<Mismatch> firmware_mismatch(const Component& component, const Facts& facts)
{
    const FirmwarePlace place = place_of(component, facts);
    if (place.entry == nullptr)
        return Mismatch{place.why, {}};
    if (baseline::compare_firmware_versions(place.entry->version, place.version) == Order::same)
        return std::nullopt;
    return Mismatch{
        (place.entry->version.empty() ? "no version" : "version " + version_text(place.entry->version)) +
            std::string(" is found"),
        {}};
}

} // namespace manager::rollout
