#include "agent/reboot.hpp"

#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"
#include "common/os/file_calls.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"

namespace agent {

using common::Error;
using common::Fields;
using common::Trouble;

namespace {

constexpr std::string_view record_format = "soapstone-reboot 1";

std::chrono::milliseconds since_boot()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(common::BootClock::now().time_since_epoch());
}

} // namespace

std::string Reboot::Record::text() const
{
    return Fields(std::string(record_format))
        .add("boot", boot)
        .add("order", order)
        .add("message", message)
        .add("due", static_cast<std::uint64_t>(due.count()))
        .add("told", told ? 1U : 0U)
        .add("cancelled", cancelled ? 1U : 0U)
        .text();
}

Reboot::Record Reboot::Record::parse(std::string_view text)
{
    const Fields fields = Fields::parse(text, record_format);
    Record record;
    record.boot = fields.get("boot");
    record.order = fields.get("order");
    record.message = fields.get("message");
    record.due = std::chrono::milliseconds(fields.number("due", INT64_MAX));
    record.told = fields.number("told", 1) == 1;
    record.cancelled = fields.number("cancelled", 1) == 1;
    return record;
}

Reboot::Reboot(const RunFolder& folder, OrderRules rules, Tools tools, Jobs& jobs, Journal& journal,
               const AgentLog& log)
    : folder_(folder), rules_(std::move(rules)), tools_(std::move(tools)), jobs_(jobs), journal_(journal),
      log_(log)
{
    try {
        const std::optional<std::string> text = common::os::read_file_if_there(folder_.reboot_record());
        if (!text)
            return;
        Record record = Record::parse(*text);
        if (record.boot == tools_.boot)
            record_ = std::move(record);
        else
            log_.info("the target has booted since it was told to");
    } catch (const Error& error) { // the order comes again, and is for this boot or is done
        log_.warning("the record of a reboot cannot be read: " + error.text());
    }
}

common::RebootOrder Reboot::checked(const std::string& order, const std::string& signature) const
{
    rules_.check_signature(order, signature);
    common::RebootOrder wanted = common::RebootOrder::parse(order);
    rules_.check_address(wanted.run, wanted.target, wanted.machine);
    return wanted;
}

RebootStatus Reboot::order(const std::string& order, const std::string& signature)
{
    const common::RebootOrder wanted = checked(order, signature);
    const std::string hash = common::tls::sha256_hex(order);
    const std::lock_guard lock(mutex_);
    if (wanted.boot != tools_.boot)
        return {RebootState::done};
    if (record_ && record_->order == hash && record_->cancelled)
        return {RebootState::cancelled};
    if (!jobs_.close("the target is about to reboot"))
        throw Error(Trouble::busy, "a job is running");
    if (!record_ || record_->cancelled)
        begin(wanted, hash);
    if (record_->order != hash)
        throw Error(Trouble::conflict, "conflict: another reboot of this target is pending");
    if (!problem_.empty())
        throw Error(Trouble::rejected, problem_);
    if (!record_->told && !wait_)
        tell_system();
    return {RebootState::pending, left()};
}

/// Writes down what is to be done, before anything is.
void Reboot::begin(const common::RebootOrder& order, const std::string& hash)
{
    const std::string what = "reboot the target in " + std::to_string(order.delay.count()) + " s";
    log_.about_to(what);
    log_.audit().tell("reboot", {{"delay", std::to_string(order.delay.count())}, {"message", order.message}});
    record_ = Record{tools_.boot, hash, order.message, since_boot() + order.delay};
    try {
        common::while_doing("storing the order to reboot on the target", [&] { store(); });
        journal_.append(notice("the agent is about to " + what));
    } catch (const Error&) { // nothing was begun
        record_.reset();
        common::os::remove_file(folder_.reboot_record());
        throw;
    }
}

void Reboot::tell_system()
{
    const std::optional<std::chrono::seconds> delay =
        common::while_doing("telling the system to reboot",
                            [&] { return tools_.schedule(left(), record_->message, system_log()); });
    if (!delay) { // until it is made nothing is told, so that another agent in this boot goes on waiting
        wait_ = true;
        return;
    }
    record_->due = since_boot() + *delay;
    record_->told = true;
    store();
}

RebootStatus Reboot::cancel()
{
    const std::lock_guard lock(mutex_);
    if (!record_ || record_->cancelled)
        return {RebootState::cancelled};
    log_.about_to("take the reboot back");
    log_.audit().tell("cancel_reboot", {});
    if (record_->told && wait_)
        throw Error(Trouble::rejected, "the target goes down already");
    if (record_->told)
        common::while_doing("taking the reboot back", [&] { tools_.cancel(system_log()); });
    wait_ = false;
    record_->cancelled = true;
    store();
    return {RebootState::cancelled};
}

void Reboot::make_when_due()
{
    const std::lock_guard lock(mutex_);
    if (!wait_ || record_->told || since_boot() < record_->due)
        return;
    log_.about_to("reboot the target");
    try {
        record_->told = true;
        store();
        tools_.restart(system_log());
    } catch (const Error& error) {
        wait_ = false;
        problem_ = "rebooting the target: " + error.text();
        log_.warning(problem_);
    }
}

void Reboot::forget()
{
    const std::lock_guard lock(mutex_);
    wait_ = false;
    common::os::remove_file(folder_.reboot_record());
}

void Reboot::store() const
{
    common::os::write_file_durably(folder_.reboot_record(), record_->text());
}

std::chrono::seconds Reboot::left() const
{
    const auto left = record_->due - since_boot();
    return std::chrono::ceil<std::chrono::seconds>(std::max(left, std::chrono::milliseconds(0)));
}

} // namespace agent
