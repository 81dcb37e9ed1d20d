#pragma once

#include "common/error.hpp"
#include "common/tls/hash.hpp"
#include "manager/baseline/component.hpp"
#include "tests/support/firmware_maker.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>

namespace tests {

using common::ComponentKind;
using manager::baseline::Activation;
using manager::baseline::Component;
using manager::baseline::DeviceId;
using manager::baseline::Firmware;
using manager::baseline::FirmwareForm;
using manager::baseline::FirmwarePart;
using manager::baseline::FwpkgType;
using manager::baseline::read_component;

inline const std::string image_bytes = "the image that the device takes";

/// "guid=4764..., family=iLO 5"
inline std::string ids_of(const FirmwarePart& part)
{
    static const char* const names[] = {"guid", "component", "machine", "purpose", "family", "hardware"};
    std::string text;
    for (const DeviceId& id : part.ids)
        text += (text.empty() ? "" : ", ") + std::string(names[static_cast<int>(id.sort)]) + '=' + id.value;
    return text;
}

inline std::string refusal(const std::filesystem::path& file)
{
    try {
        read_component(file);
    } catch (const common::Error& error) {
        BOOST_TEST((error.trouble() == common::Trouble::invalid));
        BOOST_TEST(error.text().find("component " + file.string() + ": ") == 0U);
        return error.text().substr(12 + file.string().size());
    }
    return "accepted";
}

/// The firmware in a component which is nothing but firmware.
inline Firmware firmware_in(const Component& component)
{
    BOOST_TEST((component.kind == ComponentKind::firmware));
    BOOST_REQUIRE(component.firmware.has_value());
    BOOST_TEST(component.version == component.firmware->version);
    BOOST_TEST(component.name == component.firmware->name);
    return *component.firmware;
}

inline std::string extracted(const Component& component, const FirmwarePart& part)
{
    const Scratch scratch;
    const auto path = scratch.file("image", "");
    const common::os::Descriptor to(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    extract(component, part.image.value(), to.get());
    return common::os::read_file(path);
}

inline Files ilo_files(const std::string& payload = ilo_payload())
{
    return {{"payload.json", payload}, {"ilo5_214.bin", image_bytes}};
}

} // namespace tests
