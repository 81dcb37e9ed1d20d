#pragma once

#include "manager/cli/deploy_options.hpp"
#include "manager/serve/manager_service.hpp"

#include <boost/program_options.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// A run that one process asks another to carry through, in the words of the command line.
namespace manager::cli {

/// The id of the run that whoever gives `key` means: the same key is the same run.
std::string run_id_of(const std::string& key);

/// What was asked for on a command line, so that it means the same to a process with another current folder
/// and without this one's standard input. Secrets, and what concerns this process only, are left out; nothing
/// when the words are about this process's own listeners, which nobody else can see to. `input`: what stood
/// on standard input.
std::optional<serve::DeployWish> wish_of(const po::parsed_options& words, std::string input);

/// What `wish` means, for `data`; whom its targets may be: `meant`. Throws `invalid`, as the command line
/// would.
struct Meaning {
    rollout::Request request;
    CampaignOptions options;
};
Meaning meaning_of(const serve::DeployWish& wish, const std::filesystem::path& data,
                   RunOptions::Meant meant = RunOptions::Meant::hosts_and_bmcs);
/// Of that the options alone; components need not be there any more.
CampaignOptions campaign_of(const serve::DeployWish& wish, const std::filesystem::path& data);

/// Keeps what was asked for beside the run, without secrets: DIR/runs/<id>/order.json.
void keep_order(const serve::DeployWish& wish, const std::filesystem::path& folder);

/// What keep_order() kept; nothing where there is none. Secrets are not in it: `complete` tells whether there
/// were none.
struct KeptOrder {
    serve::DeployWish wish;
    bool complete = true;
};
std::optional<KeptOrder> kept_order(const std::filesystem::path& folder);

/// True when both ask for the same, whatever their secrets and keys.
bool same_order(const serve::DeployWish& one, const serve::DeployWish& other);

} // namespace manager::cli
