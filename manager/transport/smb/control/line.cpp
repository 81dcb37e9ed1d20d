#include "manager/transport/smb/control/line.hpp"

#include "common/text.hpp"
#include "manager/trust/wire.hpp"

namespace manager::transport::smb::control {

using common::Deadline;
using common::Error;
using common::Fields;

namespace {

constexpr std::size_t most_fields = 64 << 10; ///< bytes; more no Fields takes
constexpr auto failed = "failed";

} // namespace

Fields failure(const Error& error)
{
    Fields fields{std::string(format)};
    fields.add(failed, name_of(error.trouble())).add("text", error.text()).add("hint", error.hint());
    return fields;
}

void check(const Fields& answer)
{
    const std::string word = answer.get_or(failed, "");
    if (word.empty())
        return;
    const auto trouble = common::trouble_named(word);
    if (!trouble)
        transport::control::nonsense(helper, "an unknown kind of trouble");
    throw Error(*trouble, common::one_line(answer.get("text")), common::one_line(answer.get("hint")));
}

Line::Line(int socket) : frames_(socket, helper, most_fields + most_data) {}

void Line::send(const Fields& fields, std::string_view data, Deadline deadline) const
{
    frames_.send(trust::wire::string(fields.text()), data, deadline);
}

std::optional<Message> Line::receive(Deadline deadline) const
{
    std::optional<std::string> frame = frames_.receive(deadline);
    if (!frame)
        return std::nullopt;
    trust::wire::Reader reader(*frame);
    const std::optional<std::string_view> text = reader.string();
    if (!text)
        transport::control::nonsense(helper, "a message that is too short");
    Message message;
    try {
        message.fields = Fields::parse(*text, format);
    } catch (const Error& error) {
        transport::control::nonsense(helper, error.text());
    }
    frame->erase(0, frame->size() - reader.rest().size()); // in place: it may be a password
    message.data = std::move(*frame);
    return message;
}

} // namespace manager::transport::smb::control
