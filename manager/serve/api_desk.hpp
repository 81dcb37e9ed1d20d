#pragma once

#include "common/net/core.hpp"
#include "manager/serve/budget.hpp"
#include "manager/serve/call_log.hpp"
#include "manager/serve/lockout.hpp"
#include "manager/serve/manager_service.hpp"
#include "manager/serve/own_hosts.hpp"
#include "manager/serve/tokens.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace manager::serve {

/// The API for other programs: SOAP calls by token at /manager, its contract at /manager?wsdl, components at
/// /components/, logs at /logs. Each call is kept in a log.
class ApiDesk {
public:
    struct Setup {
        std::filesystem::path tokens;   ///< folder of the tokens
        std::filesystem::path log;      ///< file of calls
        std::vector<std::string> hosts; ///< by which we may be called
    };

    /// `control` outlives this.
    ApiDesk(Setup setup, const LocalControl& control);

    /// What its listener serves. This outlives the server.
    common::net::Router router();

private:
    /// At a time; each may take a thread while its content is looked at.
    static constexpr std::size_t most_uploads_of_one = 8;

    std::optional<common::net::Reply> refusal(const common::net::Request& request);
    std::variant<Caller, common::net::Reply> admit(const common::net::Request& request);
    std::variant<Caller, common::net::Reply> admit_to_file(const common::net::Request& request);
    std::variant<common::net::Reply, common::net::StoreFile>
    take_component(const common::net::Request& request);
    std::variant<common::net::Reply, common::net::SendFile> send_log(const common::net::Request& request);
    common::net::Reply tell_contract(const common::net::Request& request) const;

    const Setup setup_;
    const LocalControl& control_;
    const OwnHosts hosts_;
    const Tokens tokens_;
    CallLog log_;
    Lockout lockout_;
    Budget uploads_{most_uploads_of_one};
    Budget uploading_{1}; ///< by file: two writers would mix what they bring
};

} // namespace manager::serve
