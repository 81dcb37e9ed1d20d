#pragma once

#include "common/os/windows.hpp"

#include <mutex>
#include <thread>

namespace agent {

/// What the service control manager knows of this service, and what it wants of it: that it stops (see
/// ask_to_stop()). While the service starts or stops, a thread says again and again that it is getting on.
/// Any thread.
class ServiceStatus {
public:
    /// Begins in the state "start pending". Throws Error.
    explicit ServiceStatus(const wchar_t* service);

    void tell_running();

    /// `problem` 0: it ended well. The last word.
    void tell_stopped(DWORD problem);

private:
    static DWORD WINAPI control(DWORD what, DWORD, void*, void* self);
    void enter(DWORD state, DWORD problem = 0);
    void tell(); ///< with mutex_ held
    void tick(const std::stop_token& stop);

    std::mutex mutex_;
    SERVICE_STATUS status_{};
    SERVICE_STATUS_HANDLE handle_ = nullptr; ///< nobody closes it
    std::jthread ticker_;                    ///< ends before what it uses
};

} // namespace agent
