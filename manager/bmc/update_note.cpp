#include "manager/bmc/update_note.hpp"

#include "manager/bmc/json.hpp"

#include <array>

namespace manager::bmc {

namespace {

constexpr std::array states{
    std::pair{std::string_view("planned"), UpdateState::planned},
    std::pair{std::string_view("delivering"), UpdateState::delivering},
    std::pair{std::string_view("applying"), UpdateState::applying},
    std::pair{std::string_view("restarting"), UpdateState::restarting},
    std::pair{std::string_view("verifying"), UpdateState::verifying},
    std::pair{std::string_view("done"), UpdateState::done},
};
constexpr std::array ends{
    std::pair{std::string_view("confirmed"), UpdateEnd::confirmed},
    std::pair{std::string_view("waits_for_host"), UpdateEnd::waits_for_host},
    std::pair{std::string_view("failed"), UpdateEnd::failed},
    std::pair{std::string_view("not_verified"), UpdateEnd::not_verified},
    std::pair{std::string_view("unconfirmed"), UpdateEnd::unconfirmed},
    std::pair{std::string_view("cancelled"), UpdateEnd::cancelled},
};

} // namespace

std::string_view name_of(UpdateState state)
{
    return target::word_for(states, state);
}

std::string_view name_of(UpdateEnd end)
{
    return target::word_for(ends, end);
}

std::string to_json(const UpdateNote& note)
{
    Json object{{"format", "soapstone-bmc-update/1"},
                {"job", note.job},
                {"state", name_of(note.state)},
                {"task", note.place.task},
                {"monitor", note.place.monitor},
                {"out_of_hand", note.out_of_hand},
                {"reset_asked", note.reset_asked},
                {"before", note.before},
                {"text", note.text}};
    if (note.method)
        object["method"] = target::word_for(target::bmc_methods, *note.method);
    if (note.end)
        object["end"] = name_of(*note.end);
    return object.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::optional<UpdateNote> update_note_from_json(const std::string& text)
{
    const Json object = json_or_null(text);
    const auto state = target::named(states, text_at(object, {"state"}));
    if (!state)
        return std::nullopt;
    UpdateNote note;
    note.job = text_at(object, {"job"});
    note.state = *state;
    note.method = target::named(target::bmc_methods, text_at(object, {"method"}));
    note.place = {text_at(object, {"task"}), text_at(object, {"monitor"})};
    note.out_of_hand = flag_at(object, {"out_of_hand"});
    note.reset_asked = flag_at(object, {"reset_asked"});
    note.before = text_at(object, {"before"});
    note.end = target::named(ends, text_at(object, {"end"}));
    note.text = text_at(object, {"text"});
    return note;
}

} // namespace manager::bmc
