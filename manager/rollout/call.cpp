#include "manager/rollout/call.hpp"

namespace manager::rollout {

namespace {

void make(Driver& driver, const Call& call, const Tell& tell, CallResult& result)
{
    switch (call.work) {
    case Work::scout:
        return driver.scout(tell);
    case Work::copy:
        return driver.copy(tell);
    case Work::start:
        return driver.start(tell);
    case Work::inventory:
        result.facts = driver.inventory(call.packages);
        return;
    case Work::submit:
        result.report = driver.submit(call.job, call.component.value(), call.limit, call.allow_downgrade);
        result.silent = driver.is_silent();
        return;
    case Work::poll:
        result.events = driver.poll(call.since);
        result.silent = driver.is_silent();
        return;
    case Work::cancel:
        result.report = driver.cancel(call.job, false);
        return;
    case Work::kill:
        result.report = driver.cancel(call.job, true);
        return;
    case Work::reboot:
        result.reboot = driver.reboot(call.reboot);
        return;
    case Work::cancel_reboot:
        result.reboot = driver.cancel_reboot();
        return;
    case Work::reconnect:
        result.boot = driver.reconnect(tell);
        return;
    case Work::collect:
        result.log = driver.collect(call.folder);
        return;
    case Work::remove:
        result.removal = driver.remove();
        return;
    }
}

} // namespace

CallResult carry_out(Driver& driver, const Call& call, const Tell& tell)
{
    CallResult result;
    result.work = call.work;
    try {
        make(driver, call, tell, result);
    } catch (const common::Error& error) {
        result.error = error;
    } catch (const std::exception& error) {
        result.error = common::Error(common::Trouble::defect, error.what());
    } catch (...) {
        result.error = common::Error(common::Trouble::defect, "an exception of unknown kind left the driver");
    }
    return result;
}

} // namespace manager::rollout
