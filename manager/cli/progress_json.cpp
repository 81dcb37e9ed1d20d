#include "common/clock.hpp"
#include "common/text.hpp"
#include "manager/cli/progress.hpp"
#include "manager/cli/words.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace manager::cli {

namespace {

using nlohmann::ordered_json;

class JsonProgress final : public Progress {
public:
    explicit JsonProgress(std::ostream& out) : out_(out) {}

private:
    void on_started(const rollout::Run& run) override
    {
        ordered_json line = event("started", run);
        line["targets"] = ordered_json::array();
        for (const target::Target& target : run.request.targets)
            line["targets"].push_back(target.name);
        print(line);
    }

    void on_changed(const rollout::Run& run, std::size_t index) override
    {
        const rollout::TargetState& state = run.targets[index];
        ordered_json line = event("changed", run, index);
        line["phase"] = name_of(state.phase);
        if (state.outcome)
            line["outcome"] = name_of(*state.outcome);
        if (!state.text.empty())
            line["text"] = state.text;
        if (!state.hint.empty())
            line["hint"] = state.hint;
        print(line);
    }

    void on_output(const rollout::Run& run, std::size_t index, const std::string& lines) override
    {
        print_text("output", run, index, lines);
    }

    void on_notice(const rollout::Run& run, std::size_t index, const std::string& text) override
    {
        print_text("notice", run, index, text);
    }

    void on_finished(const rollout::Run& run) override
    {
        ordered_json counts = ordered_json::object();
        for (const rollout::TargetState& state : run.targets) {
            const std::string name = state_name(state);
            counts[name] = counts.value(name, 0) + 1;
        }
        ordered_json line = event("finished", run);
        line["counts"] = counts;
        print(line);
    }

    void on_say(const std::string& text) override
    {
        print({{"format", "soapstone-events/1"},
               {"event", "message"},
               {"time", common::utc_now()},
               {"text", text}});
    }

    static ordered_json event(const char* kind, const rollout::Run& run)
    {
        return {
            {"format", "soapstone-events/1"}, {"event", kind}, {"time", common::utc_now()}, {"run", run.id}};
    }

    static ordered_json event(const char* kind, const rollout::Run& run, std::size_t index)
    {
        ordered_json line = event(kind, run);
        line["target"] = run.request.targets[index].name;
        return line;
    }

    void print_text(const char* kind, const rollout::Run& run, std::size_t index, const std::string& text)
    {
        ordered_json line = event(kind, run, index);
        line["text"] = text;
        print(line);
    }

    void print(const ordered_json& line)
    {
        out_ << line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) << std::endl;
    }

    std::ostream& out_;
};

} // namespace

ProgressHandle make_json_progress(std::ostream& out)
{
    return std::make_unique<JsonProgress>(out);
}

} // namespace manager::cli
