#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/option_values.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/cli/words.hpp"
#include "manager/serve/tokens.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;
using serve::Tokens;

std::int64_t now()
{
    return common::to_milliseconds(std::chrono::system_clock::now());
}

std::string state_of(const Tokens::Entry& entry)
{
    return entry.revoked ? "revoked" : entry.expires <= now() ? "expired" : "good";
}

class TokenCommand final : public Command {
public:
    std::string_view name() const override { return "token"; }
    std::string_view summary() const override
    {
        return "Tokens for programs that call the API: new (prints it, once), list, revoke ID.";
    }
    std::string_view operands() const override { return "ACTION [ID]"; }

    void declare(po::options_description& options, po::positional_options_description& operands) override
    {
        auto option = options.add_options();
        option("word", po::value(&words_), "");
        option("role", po::value(&role_)->value_name("ROLE"),
               "new: viewer (looks), operator (also begins and stops runs), admin (also with options that "
               "name files of this machine)");
        option("name", po::value(&name_)->value_name("NAME"), "new: who is to have it, for lists and logs");
        option("days", number("days", &days_, 1, 3650), "new: how long it is good (default: 90)");
        operands.add("word", -1);
        output_.declare(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        const std::string action = words_.empty() ? "" : words_.front();
        const Tokens tokens_there(output_.data_folder() / "serve");
        if (action == "list" && words_.size() == 1)
            return list(tokens_there, workplace.out);
        Tokens tokens(output_.data() / "serve");
        if (action == "new" && words_.size() == 1)
            return make(tokens, workplace);
        if (action != "revoke" || words_.size() != 2)
            throw Error(Trouble::invalid, "token: what is to be done?", "new, list, or revoke ID");
        tokens.revoke(words_[1]);
        workplace.out << "token " << words_[1] << " is good no more\n";
        return ExitCode::ok;
    }

private:
    ExitCode make(Tokens& tokens, Workplace& workplace) const
    {
        const std::optional<serve::Role> role = serve::role_named(role_);
        if (!role)
            throw Error(Trouble::invalid, "token: --role is one of viewer, operator, admin");
        if (name_.empty() || name_.size() > 60 || common::one_line(name_) != name_)
            throw Error(Trouble::invalid, "token: --name is to say who will have it, in at most 60 bytes");
        constexpr std::int64_t day = 86'400'000; // ms
        const Tokens::Made made = tokens.add(name_, *role, now(), now() + days_ * day);
        workplace.err << "token " << made.entry.id << " of " << name_ << ", good until "
                      << time_text(made.entry.expires) << "; it is printed this once\n";
        workplace.out << made.token << '\n';
        return ExitCode::ok;
    }

    ExitCode list(const Tokens& tokens, std::ostream& out) const
    {
        const std::vector<Tokens::Entry> entries = tokens.all();
        if (output_.json()) {
            nlohmann::ordered_json document{{"format", "soapstone-token-list/1"},
                                            {"tokens", nlohmann::ordered_json::array()}};
            for (const Tokens::Entry& entry : entries)
                document["tokens"].push_back(
                    {{"id", entry.id},
                     {"name", entry.name},
                     {"role", name_of(entry.role)},
                     {"state", state_of(entry)},
                     {"made", common::utc_text(common::from_milliseconds(entry.made))},
                     {"expires", common::utc_text(common::from_milliseconds(entry.expires))}});
            out << document.dump(2) << '\n';
            return ExitCode::ok;
        }
        std::vector<std::vector<std::string>> rows{{"ID", "ROLE", "STATE", "EXPIRES", "NAME"}};
        for (const Tokens::Entry& entry : entries)
            rows.push_back({entry.id, std::string(name_of(entry.role)), state_of(entry),
                            time_text(entry.expires), entry.name});
        for (const std::string& line : aligned(rows))
            out << line << '\n';
        return ExitCode::ok;
    }

    std::vector<std::string> words_;
    std::string role_;
    std::string name_;
    int days_ = 90;
    OutputOptions output_;
};

} // namespace

CommandHandle make_token()
{
    return std::make_unique<TokenCommand>();
}

} // namespace manager::cli
