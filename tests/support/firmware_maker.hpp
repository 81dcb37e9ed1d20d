#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Firmware packages as vendors make them, but small. All functions give the bytes of a file.
namespace tests {

using Files = std::vector<std::pair<std::string, std::string>>; ///< names and contents

std::string make_zip(const Files& files);
std::string make_tar(const Files& files, bool gzip = true);

/// A cabinet without compression, as Microsoft describes it.
std::string make_cab(const Files& files);

struct PldmDevice {
    std::vector<std::pair<std::uint32_t, std::string>> descriptors; ///< types and bytes
    std::string applicable;                                         ///< bits, a byte for 8 components
    std::string at_least{}; ///< of a downstream device; of another one the version of its set of images
};

struct PldmImage {
    std::string version;
    std::uint32_t identifier = 0;
    std::uint32_t activation = 0;
    std::string bytes{};
};

struct PldmPackage {
    std::uint32_t revision = 1; ///< 1 for 1.0, to 4 for 1.3
    std::string version;
    std::vector<PldmDevice> devices;
    std::vector<PldmDevice> downstream{}; ///< from revision 2 on
    std::vector<PldmImage> images;
};

std::string make_pldm(const PldmPackage& package);

/// Writes the checksums in the head of a PLDM package anew, as far as the head is there.
void mend_pldm(std::string& package);

/// HPE's script which unpacks itself: `lines` lines, then the archive.
std::string make_scexe(const Files& files, int lines = 20);

/// The head of a program for Windows, and a zip behind it, as Dell's are.
std::string make_dup(const Files& files);

constexpr auto ilo_guid = "4764a662-b342-4fc7-9ce9-258c5d99e815";
constexpr auto ilo_class = "2f317b9d-c9e3-4d76-bff6-b9d0d085a952";

/// What stands in payload.json of a package for iLO 5; `image` is an object of FirmwareImages.
std::string ilo_payload(const std::string& version = "2.14", const std::string& image = {});
std::string metainfo(const std::string& version = "1.2.3", const std::string& sha256 = {});
std::string dell_package_xml(const std::string& version = "2.19.1", const std::string& type = "BIOS");
std::string openbmc_manifest(const std::string& version = "v2.12.0", const std::string& purpose = "BMC");

} // namespace tests
