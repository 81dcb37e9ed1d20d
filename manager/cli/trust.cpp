#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/bmc/open.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/cli/words.hpp"
#include "manager/rollout/report.hpp"
#include "manager/target/target_set.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <ostream>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;
using nlohmann::ordered_json;
using trust::BmcPin;

constexpr std::string_view key_mark = "sha256//";

/// `list`, `show`, `add`, `remove`: the keys by which BMCs are known.
class TrustCommand final : public Command {
public:
    std::string_view name() const override { return "trust"; }
    std::string_view summary() const override
    {
        return "Keys of BMCs: list, show HOST (connects), add HOST (connects and trusts), remove HOST.";
    }
    std::string_view operands() const override { return "ACTION [HOST...]"; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        auto option = options.add_options();
        option("word", po::value(&words_), "");
        option("key", po::value(&key_)->value_name("KEY"),
               "add: trust this key and no other (sha256//...); remove: only this one");
        option("comment", po::value(&comment_)->value_name("TEXT"), "add: what to remember about it");
        option("legacy-tls", po::bool_switch(&legacy_tls_), "also TLS 1.0 and weak keys, of the oldest BMCs");
        operands.add("word", -1);
        output_.declare(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        if (words_.empty())
            refuse("what is to be done?");
        const std::string action = words_.front();
        const std::vector<std::string> hosts(words_.begin() + 1, words_.end());
        trust::BmcPins pins((action == "add" ? output_.data() : output_.data_folder()) / "bmc_pins");
        if (action == "list" && hosts.empty())
            return list(pins, workplace.out);
        if (hosts.empty() || (action != "show" && action != "add" && action != "remove"))
            refuse(hosts.empty() && action != "list" ? action + " needs a host" : "this cannot be done");
        for (const std::string& host : hosts) {
            target::Target defaults;
            defaults.port = 443;
            const target::Target target = target::parse_target(host, defaults);
            const bmc::Place place{target.host, target.port, legacy_tls_};
            action == "remove" ? remove(pins, place, workplace.out)
                               : look(pins, place, action == "add", workplace.out);
        }
        return ExitCode::ok;
    }

private:
    [[noreturn]] static void refuse(const std::string& why)
    {
        throw Error(Trouble::invalid, "trust: " + why, "list, show HOST, add HOST, or remove HOST");
    }

    ExitCode list(const trust::BmcPins& pins, std::ostream& out) const
    {
        const std::vector<BmcPin> all = pins.all();
        if (output_.json()) {
            ordered_json document{{"format", "soapstone-trust/1"}, {"keys", ordered_json::array()}};
            for (const BmcPin& pin : all)
                document["keys"].push_back({{"host", pin.host},
                                            {"port", pin.port},
                                            {"key", std::string(key_mark) + pin.key},
                                            {"not_after", pin.not_after},
                                            {"since", pin.since},
                                            {"by", pin.by},
                                            {"comment", pin.comment}});
            out << document.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
            return ExitCode::ok;
        }
        std::vector<std::vector<std::string>> rows;
        for (const BmcPin& pin : all)
            rows.push_back({common::one_line(trust::bmc_name(pin.host, pin.port)),
                            std::string(key_mark) + pin.key, common::one_line(pin.since),
                            common::one_line(pin.by), common::one_line(pin.comment)});
        for (const std::string& line : aligned(rows))
            out << line << '\n';
        if (rows.empty())
            out << "no BMC is trusted yet\n";
        return ExitCode::ok;
    }

    void look(trust::BmcPins& pins, const bmc::Place& place, bool add, std::ostream& out) const
    {
        const bmc::ShownKey shown = bmc::look_at_key(place);
        const std::vector<std::string> known = pins.keys_of(place.host, place.port);
        const bool trusted = std::find(known.begin(), known.end(), shown.pin) != known.end();
        out << bmc::place_text(place) << " shows " << bmc::text_of(shown) << '\n';
        if (add && !key_.empty() && key_ != std::string(key_mark) + shown.pin)
            throw Error(Trouble::denied, bmc::place_text(place) + " shows another key than --key says",
                        "nothing was changed");
        out << "  "
            << (trusted         ? "this key is trusted"
                : known.empty() ? "it is not known yet"
                                : "OTHER keys are trusted for it")
            << '\n';
        if (!add || trusted)
            return;
        pins.add(bmc::pin_of(place, shown, rollout::text_of(rollout::this_workplace()), comment_));
        out << "  trusted from now on" << (known.empty() ? "" : ", beside those before") << "; kept in "
            << pins.file().string() << '\n';
    }

    void remove(trust::BmcPins& pins, const bmc::Place& place, std::ostream& out) const
    {
        const std::string key = key_.starts_with(key_mark) ? key_.substr(key_mark.size()) : key_;
        const std::size_t removed = pins.remove(place.host, place.port, key);
        if (removed == 0)
            throw Error(Trouble::invalid, "trust: " + bmc::place_text(place) + " has no such key",
                        "'soapstone trust list' shows all of them");
        out << bmc::place_text(place) << ": " << counted(removed, "key") << " removed\n";
    }

    OutputOptions output_;
    std::vector<std::string> words_;
    std::string key_;
    std::string comment_;
    bool legacy_tls_ = false;
};

} // namespace

CommandHandle make_trust()
{
    return std::make_unique<TrustCommand>();
}

} // namespace manager::cli
