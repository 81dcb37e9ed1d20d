#pragma once

#include "manager/bmc/bmc.hpp"
#include "manager/bmc/redfish.hpp"
#include "manager/bmc/ribcl_way.hpp"
#include "manager/bmc/ribcl_words.hpp"

namespace manager::bmc {

/// Looks whether HPE's XML is spoken there, and in which way, without a login. Throws `rejected` when not.
std::unique_ptr<Bmc> open_ribcl(Http http, Login login);

/// An iLO 1 to 4, by RIBCL: each request brings the login with it, so there are no sessions.
class RibclBmc final : public Bmc {
public:
    RibclBmc(std::unique_ptr<RibclWay> way, Login login, RibclFacts facts);

    const Identity& identity() const override { return identity_; }
    void log_in() override;
    bool log_out() override { return true; }
    std::vector<Installed> inventory() override;
    std::vector<Method> methods(const Image& image, BmcPull pull) override;
    bool takes_fwpkg() const override { return false; }
    Accepted push(Method method, const Image& image, const Hand& hand) override;
    Accepted pull(const Image& image, const std::string& url, const Hand& hand) override;
    Look look(const TaskPlace& place) override;
    TaskPlace running_update() override { return {}; }
    void reset() override;
    std::vector<BmcLog> logs() override;
    std::string own_address() const override { return way_->own_address(); }
    std::string peer_address() const override { return way_->peer_address(); }

private:
    common::Secret request(const std::string& part, const std::string& mode,
                           const std::string& command) const;
    RibclAnswer ask(const std::string& part, const std::string& mode, const std::string& command);
    RibclAnswer checked(const std::string& text) const;

    std::unique_ptr<RibclWay> way_;
    Login login_;
    Identity identity_;
};

} // namespace manager::bmc
