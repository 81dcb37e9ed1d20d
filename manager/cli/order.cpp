#include "manager/cli/order.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/tls/hash.hpp"
#include "manager/cli/kept_components.hpp"
#include "manager/cli/kept_targets.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <sstream>

namespace manager::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using serve::DeployWish;

constexpr const char* format = "soapstone-order/1";
constexpr const char* file_name = "order.json";
constexpr std::uint64_t most_bytes = 16 << 20;

constexpr std::array<std::string_view, 8> of_this_process{
    "listen", "advertise", "api-port", "local-port", "callback-port", "web", "web-port", "failpoint"};
constexpr std::array<std::string_view, 10> left_out{"data",
                                                    "json",
                                                    "quiet",
                                                    "verbose",
                                                    "ask-password",
                                                    "password-file",
                                                    "ask-sudo-password",
                                                    "sudo-password-file",
                                                    "ask-bmc-password",
                                                    "bmc-password-file"};
constexpr std::array<std::string_view, 4> files{"targets", "identity", "known-hosts", "baseline"};

template <typename Words>
bool has(const Words& words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string absolute(const std::string& path)
{
    return path.empty() ? path : fs::absolute(path).string();
}

/// A file of targets, "@FILE"; what is no file is a group.
std::string absolute_spec(const std::string& spec)
{
    std::error_code failure;
    if (spec.size() > 1 && spec.front() == '@' && fs::exists(spec.substr(1), failure))
        return '@' + absolute(spec.substr(1));
    return spec;
}

std::string absolute_value(const std::string& option, const std::string& value)
{
    const bool is_file = has(files, option) || (option == "ssh-config" && value != "none");
    return is_file ? absolute(value) : value;
}

bool has_option(const DeployWish& wish, std::string_view name)
{
    return std::any_of(wish.options.begin(), wish.options.end(),
                       [&](const auto& option) { return option.first == name; });
}

/// What comes from elsewhere names components that are kept here, if it does not name a file.
std::string component_of(const DeployWish& wish, const std::string& component, const fs::path& data)
{
    if (wish.caller.local || component.find('/') != std::string::npos)
        return component;
    return KeptComponents(data / "components").find(component).string();
}

std::vector<std::string> words_of(const DeployWish& wish, const fs::path& data)
{
    std::vector<std::string> words;
    for (const auto& [name, value] : wish.options)
        words.push_back("--" + name + (value ? "=" + *value : ""));
    const fs::path kept = kept_targets_file(data);
    if (!wish.caller.local && !has_option(wish, "targets") && fs::exists(kept))
        words.push_back("--targets=" + kept.string());
    return words;
}

/// A wish, read as a command line.
class Words {
public:
    Words(const DeployWish& wish, const fs::path& data,
          RunOptions::Meant meant = RunOptions::Meant::hosts_and_bmcs)
        : wish_(wish), options_(meant)
    {
        Declared declared;
        options_.declare(declared.options, declared.operands);
        std::vector<std::string> words = words_of(wish, data);
        for (const std::string& component : wish.components)
            words.push_back("--component=" + component_of(wish, component, data));
        std::vector<po::option> targets;
        if (!wish_.targets.empty()) // there may be thousands
            targets.emplace_back("target", wish_.targets);
        parse("deploy", declared, words, targets);
    }

    rollout::Request request() const
    {
        std::istringstream in(wish_.input);
        std::ostringstream unheard; // what a targets file holds in vain: who asks was told where he sits
        Workplace workplace{in, unheard, unheard, false, false, {}};
        workplace.files = wish_.caller.may_name_files();
        return wish_.looks_only ? options_.run().request(workplace) : options_.request(workplace);
    }

    CampaignOptions campaign(const fs::path& data) const
    {
        std::istringstream in;
        std::ostringstream out;
        CampaignOptions options = options_.campaign(data, {in, out, out, false, false, nobody});
        if (!wish_.password.empty())
            options.password = wish_.password.copy();
        if (!wish_.sudo_password.empty())
            options.sudo_password = wish_.sudo_password.copy();
        options.bmc_password = (wish_.bmc_password.empty() ? options.password : wish_.bmc_password).copy();
        options.ask = {};
        return options;
    }

private:
    static common::Secret nobody(const std::string& question)
    {
        throw common::Error(common::Trouble::invalid, "nobody can be asked here: " + question,
                            "give passwords with the order");
    }

    const DeployWish& wish_;
    DeployOptions options_;
};

json to_json(const DeployWish& wish)
{
    json options = json::array();
    for (const auto& [name, value] : wish.options)
        options.push_back(value ? json{name, *value} : json{name});
    return {{"format", format},
            {"targets", wish.targets},
            {"components", wish.components},
            {"options", std::move(options)},
            {"input", wish.input},
            {"credential", wish.credential},
            {"looks_only", wish.looks_only},
            {"complete", wish.password.empty() && wish.bmc_password.empty() && wish.sudo_password.empty()}};
}

} // namespace

std::string run_id_of(const std::string& key)
{
    return common::tls::sha256_hex("soapstone run of key " + key).substr(0, 32);
}

std::optional<DeployWish> wish_of(const po::parsed_options& words, std::string input)
{
    DeployWish wish;
    wish.input = std::move(input);
    for (const auto& option : words.options) {
        const std::string& name = option.string_key;
        if (has(of_this_process, name))
            return std::nullopt;
        if (has(left_out, name))
            continue;
        for (const std::string& value : option.value) {
            if (name == "target")
                wish.targets.push_back(absolute_spec(value));
            else if (name == "component")
                wish.components.push_back(absolute(value));
            else
                wish.options.emplace_back(name, absolute_value(name, value));
        }
        if (option.value.empty())
            wish.options.emplace_back(name, std::nullopt);
    }
    return wish;
}

Meaning meaning_of(const DeployWish& wish, const fs::path& data, RunOptions::Meant meant)
{
    const Words words(wish, data, meant);
    return {words.request(), words.campaign(data)};
}

CampaignOptions campaign_of(const DeployWish& wish, const fs::path& data)
{
    return Words(wish, data).campaign(data);
}

void keep_order(const DeployWish& wish, const fs::path& folder)
{
    common::os::make_private_folder(folder);
    common::os::write_file_durably(folder / file_name,
                                   to_json(wish).dump(2, ' ', false, json::error_handler_t::replace) + '\n');
}

std::optional<KeptOrder> kept_order(const fs::path& folder)
{
    const std::optional<std::string> text = common::os::read_file_if_there(folder / file_name, most_bytes);
    if (!text)
        return std::nullopt;
    try {
        const json order = json::parse(*text);
        KeptOrder kept;
        order.at("targets").get_to(kept.wish.targets);
        order.at("components").get_to(kept.wish.components);
        order.at("input").get_to(kept.wish.input);
        order.at("complete").get_to(kept.complete);
        kept.wish.credential = order.value("credential", "");
        kept.wish.looks_only = order.value("looks_only", false);
        for (const json& option : order.at("options"))
            kept.wish.options.emplace_back(option.at(0).get<std::string>(),
                                           option.size() > 1 ? std::optional(option.at(1).get<std::string>())
                                                             : std::nullopt);
        return kept;
    } catch (const json::exception&) {
        throw common::Error(common::Trouble::rejected, (folder / file_name).string() + " is damaged");
    }
}

bool same_order(const DeployWish& one, const DeployWish& other)
{
    return one.targets == other.targets && one.components == other.components &&
           one.options == other.options && one.input == other.input && one.credential == other.credential &&
           one.looks_only == other.looks_only;
}

} // namespace manager::cli
