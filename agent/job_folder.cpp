#include "agent/job_folder.hpp"

#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <cerrno>

namespace agent::job_folder {

using common::Error;
using common::Fields;
using common::Trouble;
using common::os::Descriptor;
using common::os::Open;

namespace {

constexpr std::string_view spec_format = "soapstone-job-spec 1";
constexpr std::string_view exit_format = "soapstone-job-exit 1";

constexpr const char* exit_name = "exit";
constexpr const char* exit_new = "exit.new";
constexpr std::size_t exit_room = 16 << 10; // bytes; a sentence and some numbers
constexpr std::size_t claim_room = 4 << 10; // bytes; a few numbers, and no file system gives less

void reserve(const std::filesystem::path& path, std::size_t room)
{
    const Descriptor file =
        common::os::open_file(path, Open::write | Open::create | Open::empty | Open::no_link);
    common::os::write_all(file.get(), std::string(room, '\0'), path.filename().string());
    common::os::sync_file(file.get(), path.filename().string());
}

/// Makes sure that the job's claim and its end can be written when the disk is full by then.
void reserve_room(const std::filesystem::path& folder)
{
    common::while_doing("making room for the job's result", [&] {
        reserve(folder / claim_room_name, claim_room);
        reserve(folder / exit_new, exit_room);
    });
}

} // namespace

std::string Spec::text() const
{
    Fields fields{std::string(spec_format)};
    fields.add("number", number)
        .add("log", log)
        .add("signature", common::to_hex(signature))
        .add("order", order);
    return fields.text();
}

Spec Spec::parse(std::string_view text)
{
    const Fields fields = Fields::parse(text, spec_format);
    Spec spec;
    spec.number = static_cast<unsigned>(fields.number("number", 1'000'000));
    spec.log = fields.get("log");
    spec.signature = common::from_hex(fields.get("signature")).value_or("");
    spec.order = fields.get("order");
    return spec;
}

std::string Exit::text() const
{
    Fields fields{std::string(exit_format)};
    add_to(fields, status);
    fields.add("dropped-bytes", dropped_bytes)
        .add("timed-out", timed_out ? 1U : 0U)
        .add("cancelled", cancelled ? 1U : 0U);
    return fields.text();
}

Exit Exit::parse(std::string_view text)
{
    const Fields fields = Fields::parse(text, exit_format);
    Exit exit;
    exit.status = status_in(fields);
    exit.dropped_bytes = fields.number("dropped-bytes");
    exit.timed_out = fields.number("timed-out", 1) == 1;
    exit.cancelled = fields.number("cancelled", 1) == 1;
    return exit;
}

void store_spec(const std::filesystem::path& folder, const Spec& spec)
{
    const std::string text = spec.text();
    if (text.size() > 64 << 10)
        throw Error(Trouble::invalid, "the order of the job is too large");
    common::os::make_folder(folder);
    reserve_room(folder);
    common::os::write_file_durably(folder / "spec", text);
    common::os::sync_folder(folder.parent_path());
}

std::optional<Spec> read_spec(const std::filesystem::path& folder)
{
    const std::optional<std::string> text = common::os::read_file_if_there(folder / "spec", 64 << 10);
    return text ? std::optional(Spec::parse(*text)) : std::nullopt;
}

void store_exit(const std::filesystem::path& folder, const Exit& exit, const Failpoints& failpoints)
{
    const std::string text = exit.text();
    const std::filesystem::path temporary = folder / exit_new;
    // Not truncated first: the room that reserve_room() took is used again.
    const Descriptor file = common::os::open_file(temporary, Open::write | Open::create | Open::no_link);
    common::os::write_all(file.get(), text, "exit record");
    if (!common::os::truncate(file.get(), text.size()) || !common::os::sync_all(file.get()))
        throw common::system_error("storing the job's result");
    failpoints.pass("shim_after_exit_record_tmp");
    // A link and no renaming: a result that is there is final.
    if (!common::os::hard_link(temporary, folder / exit_name) && errno != EEXIST)
        throw common::system_error("storing the job's result");
    common::os::remove_file(temporary);
    common::os::sync_folder(folder);
}

std::optional<Exit> read_exit(const std::filesystem::path& folder)
{
    const std::optional<std::string> text = common::os::read_file_if_there(folder / exit_name, 64 << 10);
    return text ? std::optional(Exit::parse(*text)) : std::nullopt;
}

std::optional<Exit> unfinished_exit(const std::filesystem::path& folder)
{
    try {
        const std::optional<std::string> text = common::os::read_file_if_there(folder / exit_new, 64 << 10);
        return text ? std::optional(Exit::parse(*text)) : std::nullopt;
    } catch (const Error&) { // reserved only, or cut short
        return std::nullopt;
    }
}

void ask_to_cancel(const std::filesystem::path& folder)
{
    common::os::open_file(folder / "cancel", Open::write | Open::create | Open::no_link);
}

bool is_asked_to_cancel(const std::filesystem::path& folder)
{
    std::error_code unreadable;
    return std::filesystem::exists(folder / "cancel", unreadable);
}

} // namespace agent::job_folder
