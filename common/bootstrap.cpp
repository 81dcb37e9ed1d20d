#include "common/bootstrap.hpp"

#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/text.hpp"

#include <map>

namespace common {

namespace {

constexpr std::string_view orders_format = "soapstone-orders 1";
constexpr std::string_view ready_word = "soapstone-agent-ready";
constexpr std::size_t most_argument = 1000; // characters; MS-SCMR 3.1.4.19 takes 1024

std::vector<Endpoint> endpoints(const std::vector<std::string>& texts)
{
    std::vector<Endpoint> list;
    for (const std::string& text : texts)
        list.push_back(Endpoint::parse(text));
    return list;
}

std::uint16_t port_of(std::string_view text)
{
    if (const auto port = to_number(text, 65535))
        return static_cast<std::uint16_t>(*port);
    throw Error(Trouble::invalid, "\"" + one_line(text, 40) + "\" is not a port number");
}

} // namespace

std::string Endpoint::text() const
{
    const bool v6 = address.find(':') != std::string::npos;
    return (v6 ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

Endpoint Endpoint::parse(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
        throw Error(Trouble::invalid, "\"" + one_line(text, 80) + "\" is not address:port");
    std::string_view address = text.substr(0, colon);
    if (address.front() == '[' && address.back() == ']')
        address = address.substr(1, address.size() - 2);
    return {std::string(address), port_of(text.substr(colon + 1))};
}

std::string Orders::text() const
{
    Fields fields{std::string(orders_format)};
    fields.add("run", run)
        .add("target", target)
        .add("epoch", epoch)
        .add("nonce", nonce)
        .add("manager-pin", manager_pin)
        .add("order-key", order_key)
        .add("listen", listen_address)
        .add("first-port", first_port)
        .add("lease", static_cast<std::uint64_t>(lease.count()));
    for (const Endpoint& callback : callbacks)
        fields.add("callback", callback.text());
    for (const Endpoint& depot : depots)
        fields.add("depot", depot.text());
    fields.add("manager", manager);
    if (take_over)
        fields.add("take-over", "yes");
    if (leave_nothing)
        fields.add("leave-nothing", "yes");
    if (!let_in.empty())
        fields.add("let-in", let_in);
    if (!failpoint.empty())
        fields.add("failpoint", failpoint);
    return fields.text();
}

Orders Orders::parse(std::string_view text)
{
    const Fields fields = Fields::parse(text, orders_format);
    Orders orders;
    orders.run = fields.get("run");
    orders.target = fields.get("target");
    orders.epoch = fields.number("epoch");
    orders.nonce = fields.get("nonce");
    orders.manager_pin = fields.get("manager-pin");
    orders.order_key = fields.get("order-key");
    orders.listen_address = fields.get("listen");
    orders.first_port = static_cast<std::uint16_t>(fields.number("first-port", 65535));
    orders.lease = std::chrono::seconds(fields.number("lease", 86'400));
    orders.manager = fields.get_or("manager", "");
    orders.take_over = fields.get_or("take-over", "") == "yes";
    orders.leave_nothing = fields.get_or("leave-nothing", "") == "yes";
    orders.let_in = fields.get_or("let-in", "");
    orders.failpoint = fields.get_or("failpoint", "");
    orders.callbacks = endpoints(fields.all("callback"));
    orders.depots = endpoints(fields.all("depot"));
    if (!is_hex(orders.run, 32)) // it becomes the name of a folder
        throw Error(Trouble::invalid, "the run id in the orders is not 32 hexadecimal digits");
    return orders;
}

std::vector<std::string> to_arguments(const Orders& orders)
{
    const std::string digits = to_hex(orders.text());
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < digits.size(); at += most_argument)
        pieces.push_back(digits.substr(at, most_argument));
    return pieces;
}

Orders from_arguments(const std::vector<std::string>& pieces)
{
    const std::optional<std::string> text = from_hex(join(pieces, ""));
    if (!text)
        throw Error(Trouble::invalid, "the start arguments are no orders");
    return Orders::parse(*text);
}

std::string Ready::line() const
{
    std::vector<std::string> ports;
    for (const std::uint16_t port_taken : taken)
        ports.push_back(std::to_string(port_taken));
    std::string text(ready_word);
    const auto add = [&](std::string_view key, std::string_view value) {
        text += ' ';
        text += key;
        text += '=';
        text += value;
    };
    add("nonce", nonce);
    add("protocol", std::to_string(protocol));
    add("version", version);
    add("port", std::to_string(port));
    add("taken", join(ports, ","));
    add("address", address);
    add("fingerprint", fingerprint);
    add("boot", boot);
    add("machine", machine);
    add("pid", std::to_string(pid));
    add("start", std::to_string(start_time));
    add("folder", folder);
    add("opened", opened);
    return text;
}

Ready Ready::parse(std::string_view line)
{
    const std::vector<std::string> words = split(trim(line), ' ');
    if (words.front() != ready_word)
        throw Error(Trouble::rejected,
                    "the agent did not answer with its ready line but: " + one_line(line, 200));
    std::map<std::string, std::string, std::less<>> values;
    for (std::size_t i = 1; i < words.size(); ++i)
        if (const std::size_t equals = words[i].find('='); equals != std::string::npos)
            values[words[i].substr(0, equals)] = words[i].substr(equals + 1);
    const auto number = [&](std::string_view key) {
        const auto found = values.find(key);
        const auto value = found == values.end() ? std::nullopt : to_number(found->second);
        if (!value)
            throw Error(Trouble::rejected, "the agent's ready line has no number " + std::string(key));
        return *value;
    };
    Ready ready;
    ready.nonce = values["nonce"];
    ready.protocol = static_cast<int>(number("protocol"));
    ready.version = values["version"];
    ready.port = static_cast<std::uint16_t>(number("port"));
    for (const std::string& port : split(values["taken"], ','))
        if (!port.empty())
            ready.taken.push_back(port_of(port));
    ready.address = values["address"];
    ready.fingerprint = values["fingerprint"];
    ready.boot = values["boot"];
    ready.machine = values["machine"];
    ready.pid = number("pid");
    ready.start_time = number("start");
    ready.folder = values["folder"];
    ready.opened = values["opened"];
    return ready;
}

} // namespace common
