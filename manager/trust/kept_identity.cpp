#include "manager/trust/kept_identity.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"

#include <optional>

namespace manager::trust {

using common::tls::Identity;

namespace {

constexpr const char* common_name = "Soapstone";

} // namespace

Identity kept_identity(const std::filesystem::path& folder, const std::vector<std::string>& hosts)
{
    const std::filesystem::path file = folder / "identity.pem";
    const auto keep = [&](Identity identity) {
        common::os::make_private_folder(folder);
        common::os::write_file_durably(file, identity.pem().reveal());
        common::os::write_file_durably(folder / "certificate.pem", identity.certificate_pem());
        return identity;
    };
    std::optional<std::string> text = common::os::read_file_if_there(file, 64 << 10);
    if (!text)
        return keep(Identity::make_for_strangers(common_name, hosts, false));
    const common::Secret secret(std::move(*text));
    Identity identity =
        common::while_doing("reading " + file.string(), [&] { return Identity::from_pem(secret.reveal()); });
    return identity.names(hosts) ? std::move(identity) : keep(identity.renamed(common_name, hosts));
}

} // namespace manager::trust
