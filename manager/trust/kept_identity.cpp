#include "manager/trust/kept_identity.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <optional>

namespace manager::trust {

using common::Error;
using common::Trouble;
using common::tls::Identity;

namespace {

constexpr const char* common_name = "Soapstone";
constexpr std::string_view sealed_as = "identity";
constexpr std::uint64_t most_bytes = 64 << 10;

Identity unsealed(const std::filesystem::path& file, const std::string& text, const Strongbox& box)
{
    return common::while_doing("reading " + file.string(), [&] {
        return Identity::from_pem(box.unseal(common::trim(text), sealed_as).reveal());
    });
}

} // namespace

Identity kept_identity(const std::filesystem::path& folder, const std::vector<std::string>& hosts,
                       const Strongbox* box)
{
    const std::filesystem::path file = folder / "identity.sealed";
    const auto keep = [&](Identity identity) {
        common::os::make_private_folder(folder);
        if (box != nullptr)
            common::os::write_file_durably(file, box->seal(identity.pem(), sealed_as) + '\n');
        common::os::write_file_durably(folder / "certificate.pem", identity.certificate_pem());
        return identity;
    };
    const std::optional<std::string> text = common::os::read_file_if_there(file, most_bytes);
    if (!text)
        return keep(Identity::make_for_strangers(common_name, hosts, false));
    if (box == nullptr)
        throw Error(Trouble::invalid, "the API's key is sealed in " + file.string(),
                    "give the key that it was sealed with (--key-file), or remove the file: clients then "
                    "need the new certificate");
    Identity identity = unsealed(file, *text, *box);
    return keep(identity.names(hosts) ? std::move(identity) : identity.renamed(common_name, hosts));
}

} // namespace manager::trust
