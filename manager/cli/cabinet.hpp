#pragma once

#include "manager/cli/kept_components.hpp"
#include "manager/cli/kept_credentials.hpp"
#include "manager/cli/kept_targets.hpp"
#include "manager/serve/manager_service.hpp"

namespace manager::cli {

struct CampaignOptions;

/// What `soapstone serve` keeps in its data folder for callers from other machines. Any thread.
class Cabinet final : public serve::Keeper {
public:
    /// `box` seals credentials; null: there can be none.
    Cabinet(const std::filesystem::path& data, std::shared_ptr<const trust::Strongbox> box)
        : credentials_(data / "serve", std::move(box)), targets_(data), components_(data / "components")
    {
    }

    void put_credential(serve::Credential credential) override { credentials_.put(credential); }
    std::vector<serve::CredentialInfo> credentials() const override { return credentials_.all(); }
    void remove_credential(const std::string& name) override { credentials_.remove(name); }
    /// Throws `not_found`, or `rejected` without a key.
    serve::Credential credential(const std::string& name) const { return credentials_.find(name); }

    void put_targets(const std::vector<serve::KnownTarget>& targets) override { targets_.put(targets); }
    std::vector<serve::KnownTarget> targets() const override { return targets_.all(); }
    void remove_targets(const std::vector<std::string>& names) override { targets_.remove(names); }

    serve::KeptComponent add_component(const std::string& name, const std::filesystem::path& file) override
    {
        return components_.add(name, file);
    }
    std::filesystem::path incoming(const std::string& name, const std::string& token) override
    {
        return components_.incoming(name, token);
    }
    serve::KeptComponent take_in(const std::string& name, const std::filesystem::path& file) override
    {
        return components_.take_in(name, file);
    }
    void forget_abandoned_uploads() const { components_.forget_abandoned(); }
    std::vector<serve::KeptComponent> components() const override { return components_.all(); }
    void remove_component(const std::string& name) override { components_.remove(name); }
    /// The file of one. Throws `not_found`.
    std::filesystem::path component(const std::string& name) const { return components_.find(name); }

private:
    KeptCredentials credentials_;
    KeptTargets targets_;
    KeptComponents components_;
};

/// Logs in by the credential that `order` names, if it names one. Throws as Cabinet::credential().
void use_credential(CampaignOptions& options, const serve::DeployWish& order, const Cabinet& cabinet);

} // namespace manager::cli
