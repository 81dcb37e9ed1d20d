#include "manager/transport/ssh/control/messages.hpp"

#include "manager/transport/control/frames.hpp"
#include "manager/trust/wire.hpp"

#include <algorithm>

namespace manager::transport::ssh::control {

using common::Error;
using common::Trouble;
namespace wire = trust::wire;

namespace {

std::string limit(std::chrono::milliseconds time)
{
    return wire::number(static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.count(), 0, UINT32_MAX)));
}

std::string flag(bool value)
{
    return wire::number(value ? 1 : 0);
}

std::string list(const std::vector<std::string>& texts)
{
    std::string out = wire::number(static_cast<std::uint32_t>(texts.size()));
    for (const std::string& text : texts)
        out += wire::string(text);
    return out;
}

/// Takes a body apart. Each field must be there, and nothing behind the last.
class Fields {
public:
    explicit Fields(std::string_view body) : reader_(body) {}

    std::uint32_t number() { return there(reader_.number()); }
    std::string string() { return std::string(there(reader_.string())); }
    std::chrono::milliseconds limit() { return std::chrono::milliseconds(number()); }

    bool flag()
    {
        const std::uint32_t value = number();
        if (value > 1)
            nonsense("neither yes nor no");
        return value == 1;
    }

    /// What `take` makes of each of a counted number of parts. No part is empty on the wire, so a count that
    /// lies fails soon.
    template <typename Take>
    auto list(Take take)
    {
        std::vector<decltype(take())> parts;
        for (std::uint32_t left = number(); left > 0; --left)
            parts.push_back(take());
        return parts;
    }
    std::vector<std::string> strings()
    {
        return list([&] { return string(); });
    }

    void end() const
    {
        if (!reader_.rest().empty())
            nonsense("a message that is too long");
    }

private:
    template <typename Value>
    static Value there(std::optional<Value> value)
    {
        if (!value)
            nonsense("a message that is too short");
        return *value;
    }

    wire::Reader reader_;
};

std::string encode(const OfferedKey& key)
{
    std::string out = wire::string(key.name) + wire::number(static_cast<std::uint32_t>(key.offers.size()));
    for (const trust::Offer& offer : key.offers)
        out += wire::string(offer.algorithm) + wire::string(offer.blob);
    return out;
}

OfferedKey read_key(Fields& fields)
{
    OfferedKey key;
    key.name = fields.string();
    key.offers = fields.list([&] {
        trust::Offer offer;
        offer.algorithm = fields.string();
        offer.blob = fields.string();
        return offer;
    });
    return key;
}

} // namespace

void nonsense(std::string_view what)
{
    transport::control::nonsense(helper, what);
}

std::string encode(const Greeting& greeting)
{
    return wire::number(version) + list(greeting.key_types) + limit(greeting.limit);
}

Greeting read_greeting(std::string_view body)
{
    Fields fields(body);
    if (fields.number() != version)
        nonsense("they are of different versions");
    Greeting greeting;
    greeting.key_types = fields.strings();
    greeting.limit = fields.limit();
    fields.end();
    return greeting;
}

std::string encode(const ShownKey& shown)
{
    return wire::string(shown.blob) + wire::string(shown.ident);
}

ShownKey read_shown_key(std::string_view body)
{
    Fields fields(body);
    ShownKey shown;
    shown.blob = fields.string();
    shown.ident = fields.string();
    fields.end();
    return shown;
}

std::string encode(const Task& task)
{
    std::string out = wire::string(task.user) + wire::number(static_cast<std::uint32_t>(task.keys.size()));
    for (const OfferedKey& key : task.keys)
        out += encode(key);
    return out + list(task.skipped) + flag(task.has_password) + wire::string(task.command) +
           limit(task.login_limit) + limit(task.command_limit);
}

Task read_task(std::string_view body)
{
    Fields fields(body);
    Task task;
    task.user = fields.string();
    task.keys = fields.list([&] { return read_key(fields); });
    task.skipped = fields.strings();
    task.has_password = fields.flag();
    task.command = fields.string();
    task.login_limit = fields.limit();
    task.command_limit = fields.limit();
    fields.end();
    return task;
}

std::string encode(const SignRequest& request)
{
    return wire::number(request.key) + wire::number(request.offer) + wire::string(request.data);
}

SignRequest read_sign_request(std::string_view body)
{
    Fields fields(body);
    SignRequest request;
    request.key = fields.number();
    request.offer = fields.number();
    request.data = fields.string();
    fields.end();
    return request;
}

std::string encode(const Failure& failure)
{
    return wire::string(name_of(failure.trouble)) + flag(failure.turned_away) + wire::string(failure.text) +
           wire::string(failure.hint) + flag(failure.no_common_algorithm);
}

Failure read_failure(std::string_view body)
{
    Fields fields(body);
    const std::optional<Trouble> trouble = common::trouble_named(fields.string());
    if (!trouble)
        nonsense("an unknown kind of trouble");
    Failure failure{*trouble, fields.flag(), {}, {}, false};
    failure.text = fields.string();
    failure.hint = fields.string();
    failure.no_common_algorithm = fields.flag();
    fields.end();
    return failure;
}

std::string encode_status(std::uint32_t status)
{
    return wire::number(status);
}

std::uint32_t read_status(std::string_view body)
{
    Fields fields(body);
    const std::uint32_t status = fields.number();
    fields.end();
    if (status > 255)
        nonsense("a status that no command has");
    return status;
}

} // namespace manager::transport::ssh::control
