#include "manager/baseline/firmware.hpp"

#include <array>
#include <utility>

namespace manager::baseline {

namespace {

/// A value and what it is called.
template <typename Value>
using Named = std::pair<Value, std::string_view>;

constexpr std::array forms{
    Named<FirmwareForm>{FirmwareForm::raw, "raw"},
    Named<FirmwareForm>{FirmwareForm::fwpkg, "fwpkg"},
    Named<FirmwareForm>{FirmwareForm::pldm, "pldm"},
    Named<FirmwareForm>{FirmwareForm::openbmc_tar, "openbmc_tar"},
    Named<FirmwareForm>{FirmwareForm::cab, "cab"},
    Named<FirmwareForm>{FirmwareForm::dup, "dup"},
    Named<FirmwareForm>{FirmwareForm::scexe, "scexe"},
};
constexpr std::array types{
    Named<FwpkgType>{FwpkgType::none, ""}, Named<FwpkgType>{FwpkgType::a, "A"},
    Named<FwpkgType>{FwpkgType::b, "B"},   Named<FwpkgType>{FwpkgType::c, "C"},
    Named<FwpkgType>{FwpkgType::d, "D"},
};
constexpr std::array activations{
    Named<Activation>{Activation::unknown, "unknown"},
    Named<Activation>{Activation::at_once, "at_once"},
    Named<Activation>{Activation::bmc_reset, "bmc_reset"},
    Named<Activation>{Activation::host_reboot, "host_reboot"},
};

template <typename Table, typename Value>
std::string_view name_in(const Table& table, Value value)
{
    for (const auto& [one, name] : table)
        if (one == value)
            return name;
    return {};
}

template <typename Value, typename Table>
std::optional<Value> value_in(const Table& table, std::string_view name)
{
    for (const auto& [one, its_name] : table)
        if (its_name == name)
            return one;
    return std::nullopt;
}

} // namespace

std::string_view name_of(FirmwareForm form)
{
    return name_in(forms, form);
}

std::optional<FirmwareForm> firmware_form(std::string_view name)
{
    return value_in<FirmwareForm>(forms, name);
}

std::string_view name_of(FwpkgType type)
{
    return name_in(types, type);
}

FwpkgType fwpkg_type(std::string_view name)
{
    return value_in<FwpkgType>(types, name).value_or(FwpkgType::none);
}

std::string_view name_of(Activation activation)
{
    return name_in(activations, activation);
}

Activation activation_named(std::string_view name)
{
    return value_in<Activation>(activations, name).value_or(Activation::unknown);
}

} // namespace manager::baseline
