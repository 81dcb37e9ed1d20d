#include "tests/fuzz/formats.hpp"

#include "tests/support/firmware_maker.hpp"

namespace fuzz {

namespace {

using namespace tests;
using Texts = std::vector<std::string>;

const std::string image = "the image that a device takes";
constexpr auto image_sha256 = "3aff8836c9cdb959ce3cf2347a9b96202cd57053096181fabcc9c8d8944c3738";

std::string wrap_payload(const std::string& text)
{
    return make_zip({{"payload.json", text}, {"ilo5_214.bin", image}, {"b.bin", "B"}});
}

std::string wrap_manifest(const std::string& text)
{
    return make_tar({{"MANIFEST", text}, {"image-bmc", image}}, false);
}

std::string wrap_metainfo(const std::string& text)
{
    return make_cab({{"bmc.metainfo.xml", text}, {"bmc.bin", image}, {"firmware.bin", "F"}});
}

std::string wrap_package_xml(const std::string& text)
{
    return make_dup({{"package.xml", text}, {"bios.bin", image}});
}

Texts payloads()
{
    return {ilo_payload(),
            ilo_payload("3.66_04-01-2026",
                        R"({"FileName":"b.bin","DirectFlashOk":true,"ResetRequired":true,"PLDMImage":true})"),
            R"({"UpdatableBy":["Uefi","RuntimeAgent"],"MinimumActiveVersion":"1.0","Devices":{"Device":[)"
            R"({"DeviceName":"One","Target":["a6b1a447-382a-5a4f-14e4-16d815900212"],"Version":"1.1",)"
            R"("FirmwareImages":[{"FileName":"b.bin","UefiFlashable":true}]},{"Target":"x"}]}})"};
}

Texts manifests()
{
    return {openbmc_manifest(), openbmc_manifest("2.9.0-dev-1234-gabcdef", "Host"),
            "version=1\npurpose=.\n=\n"};
}

Texts descriptions()
{
    return {
        metainfo(), metainfo("16909060"), metainfo("1.2.3", image_sha256),
        R"(<component type="firmware"><provides><firmware type="flashed">d1af77e5-4f25-4f0d-9ce9-258c5d99e815)"
        R"(</firmware></provides><releases><release version="1"><artifacts><artifact type="binary"><filename>)"
        R"(bmc.bin</filename><checksum type="sha256">00</checksum></artifact></artifacts></release></releases>)"
        R"(<developer><name>D</name></developer></component>)"};
}

Texts package_xmls()
{
    return {dell_package_xml(), dell_package_xml("1.0", "FRMW"), dell_package_xml("1.0", "DRVR")};
}

template <std::string (*Wrap)(const std::string&), Texts (*Descriptions)()>
Texts wrapped()
{
    Texts packages;
    for (const std::string& text : Descriptions())
        packages.push_back(Wrap(text));
    return packages;
}

Texts pldm_packages()
{
    const std::string uuid(16, 'u');
    Texts packages;
    for (const std::uint32_t revision : {1U, 2U, 3U, 4U}) {
        PldmPackage package;
        package.revision = revision;
        package.version = "2024.1";
        package.devices = {
            {{{2, uuid}, {1, std::string("\x3c\xb8\0\0", 4)}, {0xffff, "vendor"}}, "\x03", "set"},
            {{{0, "\xb3\x15"}, {0x100, "\x17\x10"}}, "\x02", ""}};
        package.images = {{"1.2.3", 100, 1, "first"}, {"9.1", 200, 8, "second"}};
        if (revision >= 2)
            package.downstream = {{{{2, uuid}}, "\x01", "1.0"}};
        packages.push_back(make_pldm(package));
    }
    return packages;
}

Texts openbmc_packages()
{
    Texts packages = wrapped<wrap_manifest, manifests>();
    packages.push_back(make_tar({{"MANIFEST", openbmc_manifest()}, {"image-bmc", image}}));
    return packages;
}

Texts scexes()
{
    return {make_scexe({{"CP026.xml", "<x/>"}, {"ilo4_282.bin", image}}), make_scexe({{"tool", "x"}}, 5)};
}

Texts names()
{
    return {"ilo5_214.bin", "A43_1.20_02_28_2020.signed.flash", "CPLD_DL3XX_V0D.vme", "bmc-v1.2.3.hpm",
            "x.bin"};
}

Texts versions()
{
    return {"2.46 May 11 2021\n2.46 Jun 1 2021",
            "A43 v2.52 (10/29/2021)\nU30 v2.52",
            "0x0D\n0D",
            "9.1.0 Build 36\n9.1.0 Build 37",
            "PFC_01.13-SEC_04.08\nPFC_01.13-SEC_04.09",
            "4.0a\n4.0b",
            "C27\nfd.88",
            "3.66_04-01-2026\nv2.12.0-dev-1234-gabcdef",
            "N/A\nundefined"};
}

} // namespace

const std::vector<Format>& formats()
{
    static const std::vector<Format> all{
        {"fwpkg", ".fwpkg", wrap_payload, nullptr, wrapped<wrap_payload, payloads>, payloads},
        {"pldm", ".pldm", nullptr, mend_pldm, pldm_packages, nullptr},
        {"openbmc", ".tar", wrap_manifest, nullptr, openbmc_packages, manifests},
        {"cab", ".cab", wrap_metainfo, nullptr, wrapped<wrap_metainfo, descriptions>, descriptions},
        {"dup", ".exe", wrap_package_xml, nullptr, wrapped<wrap_package_xml, package_xmls>, package_xmls},
        {"scexe", ".scexe", nullptr, nullptr, scexes, nullptr},
        {"name", "", nullptr, nullptr, names, nullptr},
        {"version", "", nullptr, nullptr, versions, nullptr},
    };
    return all;
}

} // namespace fuzz
