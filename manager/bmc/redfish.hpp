#pragma once

#include "common/secret.hpp"
#include "manager/bmc/http.hpp"
#include "manager/bmc/json.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace manager::bmc {

struct Login {
    std::string user;
    common::Secret password;
};

/// What a Redfish service tells of itself to everybody: who it is, and where its parts are. Paths are empty
/// where it has no such part.
struct Service {
    std::string vendor; ///< "HPE", "Dell", "Lenovo", ...; empty where it does not say
    std::string product;
    std::string version; ///< of Redfish
    std::string uuid;
    std::string sessions;
    std::string update;
    std::string managers;
    std::string systems;
    std::string chassis;
    std::string tasks;  ///< TaskService
    std::string jobs;   ///< JobService, Dell's
    std::string expand; ///< query that puts members into their collection; empty: it cannot
};

/// Reads what stands in the root of a service.
Service read_service(const Json& root);

/// A logged-in connection to the Redfish service of one BMC. Goes by links alone: nothing but the root has a
/// known address.
///
/// Used by one thread at a time. Throws `unreachable` without an answer, `busy` for 503, `denied` for a
/// refused login or key, `rejected` for every other refusal.
class Redfish {
public:
    using Notice = std::function<void(const std::string& text)>;

    Redfish(Http http, Login login, Notice notice);
    /// Ends the session, if it can be done within seconds.
    ~Redfish();
    Redfish(const Redfish&) = delete;
    Redfish& operator=(const Redfish&) = delete;

    /// Looks what there is, without a login. Throws `not_found` when there is no Redfish service.
    const Service& reach();
    /// By a session, or with each request where there are none to be had.
    void log_in();
    /// True when no session of ours is left there.
    bool log_out() noexcept;

    /// An answer of any status but 401: then it logs in anew, once.
    Reply ask(Ask what);
    /// What is at `path`. Throws unless the status is 2xx.
    Json get(const std::string& path);
    /// All members of a collection, read one by one where they are links only. Pages are followed, at most
    /// 100 and 10 000 members.
    std::vector<Json> members(const std::string& collection);
    /// The paths of all members of a collection.
    std::vector<std::string> member_paths(const std::string& collection);

    const Service& service() const { return service_; }
    const Http& http() const { return http_; }
    /// Token of the session; empty where there is none.
    std::string_view token() const { return token_.reveal(); }

private:
    bool open_session();
    void add_credentials(Ask& what) const;
    template <typename Take>
    void each_page(const std::string& first, const Take& take);

    Http http_;
    Login login_;
    Notice notice_;
    Service service_;
    common::Secret token_;
    std::string session_; ///< path of it
    bool basic_ = false;
};

/// Throws what `reply` means unless it is 2xx: `busy` for 503, `denied` for 401 and 403, `not_found` for 404
/// and 410, else `rejected`.
void expect_ok(const Reply& reply, std::string_view doing);

} // namespace manager::bmc
