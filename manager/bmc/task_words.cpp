#include "manager/bmc/task_words.hpp"

#include "common/lower_case.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace manager::bmc {

namespace {

/// In lower case, without spaces.
constexpr std::array states{
    std::pair{"completed", Stage::ended},
    std::pair{"completedwitherrors", Stage::failed},
    std::pair{"exception", Stage::failed},
    std::pair{"killed", Stage::failed},
    std::pair{"cancelled", Stage::failed},
    std::pair{"failed", Stage::failed},
    std::pair{"rebootfailed", Stage::failed},
    std::pair{"scheduled", Stage::waits_for_host},
    std::pair{"rebootpending", Stage::waits_for_host},
    std::pair{"readyforexecution", Stage::waits_for_host},
};

constexpr std::size_t most_messages = 4;

std::string plain(std::string_view state)
{
    std::string word = common::lower_case(state);
    word.erase(std::remove(word.begin(), word.end(), ' '), word.end());
    return word;
}

/// The last parts of "iLO.2.14.UpdateCompleted", which say what it is about.
std::string last_of(const std::string& id)
{
    return id.substr(id.rfind('.') + 1);
}

const Json& message_list(const Json& answer)
{
    constexpr const char* info = "@Message.ExtendedInfo";
    for (const Json* found : {&at(answer, {"Messages"}), &at(answer, {"error", info}), &at(answer, {info})})
        if (found->is_array())
            return *found;
    return at(answer, {"Accepted", info});
}

bool asks_for_reset(const Json& answer)
{
    const Json& list = message_list(answer);
    return list.is_array() && std::any_of(list.begin(), list.end(), [](const Json& message) {
               const std::string id = text_at(message, {"MessageId"});
               return last_of(id) == "ResetRequired" || last_of(id) == "ResetInProgressRequired";
           });
}

bool is_task(const Json& object)
{
    const std::string type = text_at(object, {"@odata.type"});
    return type.find("Task.") != std::string::npos || !text_at(object, {"TaskState"}).empty() ||
           type.find("Job.") != std::string::npos;
}

/// Supermicro names the task among what a message is about.
std::string task_in_messages(const Json& answer)
{
    const Json& list = message_list(answer);
    if (!list.is_array())
        return {};
    for (const Json& message : list)
        for (const std::string& argument : texts_at(message, {"MessageArgs"}))
            if (argument.find("/TaskService/Tasks/") != std::string::npos)
                return path_of(argument);
    return {};
}

} // namespace

Stage stage_of(std::string_view state, std::optional<unsigned> percent)
{
    const std::string word = plain(state);
    if (word == "userintervention") // Dell: all is done but the reboot
        return percent.value_or(0) >= 100 ? Stage::waits_for_host : Stage::working;
    for (const auto& [name, stage] : states)
        if (word == name)
            return stage;
    return Stage::working;
}

Look read_task(const Json& task)
{
    Look look;
    std::optional<std::uint64_t> percent = number_at(task, {"PercentComplete"});
    const Json& dell = at(task, {"Oem", "Dell"});
    if (!percent)
        percent = number_at(dell, {"PercentComplete"});
    if (percent)
        look.percent = static_cast<unsigned>(std::min<std::uint64_t>(*percent, 100));
    std::string state = text_at(task, {"TaskState"});
    if (const std::string job = text_at(task, {"JobState"}); state.empty())
        state = job;
    look.stage = stage_of(state, look.percent);
    if (const std::string job = text_at(dell, {"JobState"}); !job.empty()) {
        const Stage other = stage_of(job, look.percent); // is more exact than the TaskState beside it
        look.stage = other == Stage::working ? look.stage : other;
    }
    const std::string status = plain(text_at(task, {"TaskStatus"}));
    if (look.stage == Stage::ended && status == "critical")
        look.stage = Stage::failed;
    look.needs_reset = asks_for_reset(task);
    look.text = messages_of(task);
    if (look.text.empty())
        look.text = common::one_line(text_at(dell, {"Message"}), 200);
    if (look.text.empty())
        look.text = common::one_line(state, 60);
    look.place = {is_task(task) ? link_at(task, {}) : std::string(), path_of(text_at(task, {"TaskMonitor"}))};
    return look;
}

std::string messages_of(const Json& answer)
{
    std::vector<std::string> parts;
    const Json& list = message_list(answer);
    if (list.is_array())
        for (const Json& message : list) {
            const std::string id = last_of(text_at(message, {"MessageId"}));
            std::string text = text_at(message, {"Message"});
            const bool wordless = text.empty() || text == id;
            if (!wordless && !id.empty())
                text += " (" + id + ')';
            text = common::one_line(wordless ? id : text, 200);
            if (!text.empty() && parts.size() < most_messages &&
                std::find(parts.begin(), parts.end(), text) == parts.end())
                parts.push_back(text);
        }
    if (parts.empty())
        return common::one_line(text_at(answer, {"error", "message"}), 200);
    return common::join(parts, "; ");
}

std::string refusal_of(const Reply& reply)
{
    const std::string words = messages_of(json_or_null(reply.body));
    const std::string status = "HTTP status " + std::to_string(reply.status);
    return words.empty() ? status : words + ", " + status;
}

TaskPlace task_place(const Reply& reply)
{
    TaskPlace place;
    const Json body = json_or_null(reply.body);
    if (is_task(body)) {
        place.task = link_at(body, {});
        place.monitor = path_of(text_at(body, {"TaskMonitor"}));
    }
    const std::string location = path_of(reply.header("location"));
    if (!location.empty() && location == place.task)
        return place;
    const std::string lower = common::lower_case(location);
    const bool monitor = lower.find("/taskmonitors/") != std::string::npos || lower.ends_with("/monitor") ||
                         lower.ends_with("/monitor/");
    if (!location.empty() && monitor)
        place.monitor = location;
    else if (!location.empty() && place.task.empty())
        place.task = location;
    if (place.task.empty())
        place.task = task_in_messages(body);
    return place;
}

std::optional<std::chrono::seconds> retry_after(const Reply& reply, std::chrono::system_clock::time_point now)
{
    const std::string text = reply.header("retry-after");
    if (text.empty())
        return std::nullopt;
    std::int64_t seconds = 0;
    if (const auto number = common::to_number(text, 1'000'000)) {
        seconds = static_cast<std::int64_t>(*number);
    } else {
        const std::time_t then = curl_getdate(text.c_str(), nullptr);
        if (then == -1)
            return std::nullopt;
        seconds = then - std::chrono::system_clock::to_time_t(now);
    }
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 1, 60));
}

} // namespace manager::bmc
