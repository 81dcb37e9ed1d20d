#pragma once

#include "common/clock.hpp"
#include "manager/transport/process/child.hpp"
#include "manager/transport/smb/control/line.hpp"

#include <string_view>

namespace manager::transport::smb {

/// The program soapstone-smb at work for one target: Samba's libraries serve one target per process. Going,
/// it gives the program a moment to take away what was not kept. One thread at a time.
class HelperProcess {
public:
    /// Starts it. Throws `invalid`, naming the places, when there is none.
    HelperProcess();

    /// Asks and returns the answer. Throws what the answer says went wrong, and `unreachable` when none comes
    /// before `deadline`: then the helper is of no more use.
    control::Message ask(const common::Fields& request, std::string_view data, common::Deadline deadline);
    control::Message ask(const common::Fields& request, common::Deadline deadline)
    {
        return ask(request, {}, deadline);
    }

private:
    process::Child child_;
    control::Line line_;
};

/// A request for `what` (see control::ask), to be completed.
common::Fields wish(const char* what);

} // namespace manager::transport::smb
