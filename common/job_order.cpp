#include "common/job_order.hpp"

#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/text.hpp"

namespace common {

namespace {

constexpr std::string_view order_format = "soapstone-job-order 1";

} // namespace

std::string_view name_of(ComponentKind kind)
{
    switch (kind) {
    case ComponentKind::deb:
        return "deb";
    case ComponentKind::rpm:
        return "rpm";
    case ComponentKind::program:
        return "program";
    case ComponentKind::msi:
        return "msi";
    case ComponentKind::exe:
        return "exe";
    case ComponentKind::cmd:
        return "cmd";
    case ComponentKind::ps1:
        return "ps1";
    case ComponentKind::firmware:
        return "firmware";
    }
    return "program";
}

ComponentKind component_kind(std::string_view name)
{
    for (const ComponentKind kind : component_kinds)
        if (name_of(kind) == name)
            return kind;
    throw Error(Trouble::invalid, "\"" + one_line(name, 40) + "\" is no kind of component");
}

std::string JobOrder::text() const
{
    Fields fields{std::string(order_format)};
    fields.add("job", job)
        .add("run", run)
        .add("target", target)
        .add("machine", machine)
        .add("kind", name_of(kind))
        .add("name", name)
        .add("version", version)
        .add("file-name", file_name)
        .add("sha256", sha256)
        .add("size", size)
        .add("deadline", static_cast<std::uint64_t>(deadline.count()))
        .add("allow-downgrade", allow_downgrade ? 1U : 0U);
    for (const std::string& argument : arguments)
        fields.add("argument", argument);
    return fields.text();
}

JobOrder JobOrder::parse(std::string_view text)
{
    const Fields fields = Fields::parse(text, order_format);
    JobOrder order;
    order.job = fields.get("job");
    order.run = fields.get("run");
    order.target = fields.get("target");
    order.machine = fields.get("machine");
    order.kind = component_kind(fields.get("kind"));
    order.name = fields.get("name");
    order.version = fields.get("version");
    order.file_name = fields.get("file-name");
    order.sha256 = fields.get("sha256");
    order.size = fields.number("size");
    order.deadline = std::chrono::seconds(fields.number("deadline", 7 * 86'400));
    order.allow_downgrade = fields.number("allow-downgrade", 1) == 1;
    order.arguments = fields.all("argument");
    // Job id, hash and file name become parts of paths.
    if (!is_hex(order.job, 32) || !is_hex(order.sha256, 64))
        throw Error(Trouble::invalid, "the job id or hash in an order is not hexadecimal");
    const std::string_view apart =
        is_for_windows(order.kind) ? std::string_view("/\\:\0", 4) : std::string_view("/\0", 2);
    if (order.file_name.empty() || order.file_name.front() == '.' ||
        order.file_name.find_first_of(apart) != std::string::npos)
        throw Error(Trouble::invalid, "the file name in an order is not a plain name");
    return order;
}

} // namespace common
