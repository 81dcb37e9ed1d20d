#pragma once

#include "manager/bmc/bmc.hpp"
#include "manager/bmc/profile.hpp"
#include "manager/bmc/redfish.hpp"

namespace manager::bmc {

/// What the UpdateService of a BMC offers. Paths are empty where it does not.
struct UpdateService {
    std::string path;
    std::string inventory;
    std::string multipart;
    std::string push;
    std::string simple_update;
    std::vector<std::string> protocols; ///< of SimpleUpdate; empty: it does not say
    bool wants_protocol = false;        ///< SimpleUpdate takes nothing without one
    std::vector<std::string> targets;   ///< of SimpleUpdate; empty: it does not say
    std::string start_update;
    std::string add_from_uri;                ///< HPE's
    bool has_apply_time = false;             ///< of the push
    std::optional<std::uint64_t> most_bytes; ///< of an image
};

UpdateService read_update_service(const Json& document);

/// A BMC that speaks Redfish.
class RedfishBmc final : public Bmc {
public:
    /// `redfish` was reached already.
    explicit RedfishBmc(std::unique_ptr<Redfish> redfish);

    const Identity& identity() const override { return identity_; }
    void log_in() override { redfish_->log_in(); }
    bool log_out() override { return redfish_->log_out(); }
    std::vector<Installed> inventory() override;
    std::vector<Method> methods(const Image& image, BmcPull pull) override;
    bool takes_fwpkg() const override { return profile_.takes_fwpkg; }
    Accepted push(Method method, const Image& image, const Hand& hand) override;
    Accepted pull(const Image& image, const std::string& url, const Hand& hand) override;
    Look look(const TaskPlace& place) override;
    TaskPlace running_update() override;
    void reset() override;
    std::vector<BmcLog> logs() override;
    std::string own_address() const override { return redfish_->http().own_address(); }
    std::string peer_address() const override { return redfish_->http().peer_address(); }

private:
    UpdateService update_service();
    std::optional<Installed> manager_firmware();
    Json main_manager();
    Accepted send(Ask what, const Image& image, const Hand& hand, bool last_is_all);
    Accepted begin(const std::string& action, const std::string& json, const Hand& hand);
    Accepted begin_when_free(const std::string& action, const Hand& hand);
    Accepted send_form(const UpdateService& service, const Image& image, const Hand& hand);
    Accepted send_in_two_steps(const UpdateService& service, const Image& image, const Hand& hand);
    Accepted send_octets(const UpdateService& service, const Image& image, const Hand& hand);
    Accepted send_with_key(const UpdateService& service, const Image& image, const Hand& hand);
    Accepted send_staged(const UpdateService& service, const Image& image, const Hand& hand);
    Accepted send_reserved(const UpdateService& service, const Image& image, const Hand& hand);
    void patch(const std::string& path, const Json& change, std::string_view doing);
    void await_stored(const TaskPlace& place, const Hand& hand);
    Look look_at_task(const TaskPlace& place);
    Look look_at_monitor(const TaskPlace& place);
    Look look_at_job(const TaskPlace& place);
    Look look_at_service();

    std::unique_ptr<Redfish> redfish_;
    const Profile& profile_;
    Identity identity_;
};

} // namespace manager::bmc
