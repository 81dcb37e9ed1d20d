#include "manager/cli/how_options.hpp"

#include "common/reboot_order.hpp"
#include "manager/cli/option_values.hpp"

namespace manager::cli {

namespace {

auto* road(rollout::Road* into)
{
    auto* value = po::value<std::string>()->value_name("ROAD");
    return value->notifier([=](const std::string& text) {
        const std::optional<rollout::Road> road = rollout::road_named(text);
        if (!road)
            throw common::Error(common::Trouble::invalid, "--link: '" + common::one_line(text, 40) +
                                                              "' is none of auto, callback, polling, tunnel");
        *into = *road;
    });
}

auto* policy(rollout::RebootPolicy* into)
{
    auto* value = po::value<std::string>()->value_name("WHEN");
    return value->notifier([=](const std::string& text) {
        const std::optional<rollout::RebootPolicy> policy = rollout::reboot_policy_named(text);
        if (!policy)
            throw common::Error(common::Trouble::invalid, "--reboot: '" + common::one_line(text, 40) +
                                                              "' is none of never, needed, always");
        *into = *policy;
    });
}

auto* message(std::string* into)
{
    auto* value = po::value<std::string>()->value_name("TEXT");
    return value->notifier([=](const std::string& text) {
        if (text.size() > common::RebootOrder::longest_message || common::one_line(text) != text)
            throw common::Error(common::Trouble::invalid,
                                "--reboot-message: it must be one line of at most " +
                                    std::to_string(common::RebootOrder::longest_message) + " bytes");
        *into = text;
    });
}

} // namespace

void HowOptions::declare_parallel(po::options_description& options)
{
    options.add_options()("parallel", number("parallel", &request_.parallel, 1, 1000),
                          "targets worked on at once (default: 32)");
}

void HowOptions::declare_run(po::options_description& options)
{
    declare_parallel(options);
    auto option = options.add_options();
    option("link", road(&request_.road),
           "how to talk to agents: auto, callback, polling, tunnel (default: auto)");
    option("take-over", po::bool_switch(&options_.take_over),
           "stop the agent of another run that works on a target (never an installer)");
    option("lease", number("lease", &request_.lease, 10, 86'400),
           "seconds without a word from here after which an idle agent removes itself (default: 300)");
}

void HowOptions::declare_install(po::options_description& options)
{
    auto option = options.add_options();
    option("timeout", number("timeout", &request_.job_limit, 1, 604'800),
           "seconds that each component may take; then it is ended (default: 3600)");
    option("reboot", policy(&request_.reboot.policy),
           "reboot a target after its components: never, needed (all are installed and one asks for it), "
           "always (something was installed) (default: never)");
    option("reboot-delay", number("reboot-delay", &request_.reboot.delay, 15, 3600),
           "seconds from the message to the reboot; Linux rounds up to minutes (default: 60, Windows 15)");
    option("reboot-message", message(&request_.reboot.message),
           "what users who are logged in there are told");
    option("reboot-timeout", number("reboot-timeout", &request_.reboot.timeout, 10, 86'400),
           "seconds that a target may take to come back (default: 900)");
    option("downgrade", po::bool_switch(&request_.allow_downgrade), "also go back to an older version");
    option("reinstall", po::bool_switch(&request_.reinstall),
           "firmware: also where the same version runs, or one that cannot be compared");
}

void HowOptions::declare(po::options_description& options)
{
    declare_agents(options);
    declare_places(options);
}

void HowOptions::declare_agents(po::options_description& options)
{
    auto option = options.add_options();
    option("agent-port", number("agent-port", &options_.agent_port, 1, 65'535), "of agents (default: 62286)");
    option("open-firewall", po::bool_switch(&options_.open_firewall),
           "agents open their port in the target's firewall, for this machine only and as long as they are "
           "there");
    option("bmc-timeout", number("bmc-timeout", &bmc_timeout_, 1, 86'400),
           "seconds that a BMC may take to restart and to show its new version (default: 900)");
    option("bmc-interval", number("bmc-interval", &bmc_interval_, 10, 600'000),
           "milliseconds between two looks at a BMC (default: 5000)");
}

void HowOptions::declare_ports(po::options_description& options)
{
    auto option = options.add_options();
    option("listen", po::value(&options_.places.listen)->value_name("ADDRESS"),
           "address to listen on (default: all)");
    option("advertise", po::value(&options_.places.advertise)->value_name("ADDRESS"),
           "address by which targets reach this machine (default: the one each target sees)");
    option("api-port", number("api-port", &options_.places.api_port, 0, 65'535),
           "of the payload depot (default: 60000)");
    option("local-port", number("local-port", &options_.places.local_port, 0, 65'535),
           "of the local control, for 'status' and 'cancel' (default: 61000)");
    option("callback-port", number("callback-port", &options_.places.callback_port, 0, 65'535),
           "on which agents report (default: 61001)");
}

void HowOptions::declare_places(po::options_description& options)
{
    declare_ports(options);
    options.add_options()("failpoint", po::value(&options_.failpoint), ""); // tests only, hidden
}

void HowOptions::declare_web(po::options_description& options)
{
    auto option = options.add_options();
    option("web", po::bool_switch(&options_.places.web),
           "let people look at logs and report in a browser while it runs: prints a link that signs in once");
    option("web-port", number("web-port", &options_.places.web_port, 0, 65'535),
           "of the web server (default: 80, else one of 63000-63005)");
}

bmc::UpdatePace HowOptions::bmc_pace() const
{
    bmc::UpdatePace pace;
    if (bmc_interval_)
        pace.interval = std::chrono::milliseconds(*bmc_interval_);
    if (bmc_timeout_)
        pace.restart = *bmc_timeout_;
    pace.first_get = std::min<std::chrono::milliseconds>(pace.first_get, pace.restart / 3);
    pace.reset_after = pace.restart / 3;
    return pace;
}

void HowOptions::fill(rollout::Request& request) const
{
    request.parallel = request_.parallel;
    request.lease = request_.lease;
    request.road = request_.road;
    request.job_limit = request_.job_limit;
    request.allow_downgrade = request_.allow_downgrade;
    request.reinstall = request_.reinstall;
    request.reboot = request_.reboot;
}

void HowOptions::fill(CampaignOptions& options) const
{
    options.places = options_.places;
    options.agent_port = options_.agent_port;
    options.take_over = options_.take_over;
    options.open_firewall = options_.open_firewall;
    options.failpoint = options_.failpoint;
    options.bmc_pace = bmc_pace();
}

} // namespace manager::cli
