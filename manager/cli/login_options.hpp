#pragma once

#include "manager/cli/campaign.hpp"
#include "manager/cli/command.hpp"
#include "manager/target/target.hpp"

#include <string>
#include <vector>

namespace manager::cli {

/// How to log in to the targets.
class LoginOptions {
public:
    /// Who we are on the targets: for commands that name targets.
    void declare_user(po::options_description& options);
    /// Keys and passwords, which no run stores.
    void declare(po::options_description& options);

    /// Throws `invalid` when they contradict each other.
    target::Wishes wishes() const;
    /// Checks key files, reads password files and asks for passwords, before anything is contacted. Throws
    /// `invalid`.
    void fill(CampaignOptions& options, const Workplace& workplace) const;

private:
    std::string user_;
    bool sudo_ = false;
    bool su_ = false;
    std::string ssh_;
    std::string jump_;
    bool smb_ = false;
    std::string domain_;
    bool kerberos_ = false;
    bool netbios_ = false;
    bool allow_smb2_ = false;
    std::vector<std::string> identities_;
    bool ask_password_ = false;
    std::string password_file_;
    bool bmc_ = false;
    std::string bmc_method_;
    std::string bmc_pull_;
    bool legacy_tls_ = false;
    bool ask_bmc_password_ = false;
    std::string bmc_password_file_;
    bool ask_sudo_password_ = false;
    std::string sudo_password_file_;
    std::vector<std::string> known_hosts_;
    bool accept_new_ = false;
};

} // namespace manager::cli
