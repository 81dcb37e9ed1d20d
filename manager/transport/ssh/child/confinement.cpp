#include "manager/transport/ssh/child/confinement.hpp"

#include "common/error.hpp"
#include "common/owned.hpp"

#include <cerrno>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace manager::transport::ssh::child {

namespace {

constexpr rlim_t most_memory = 256 << 20; // bytes of address space; a session needs some 30 MB of it
constexpr rlim_t most_descriptors = 8;    // poll() wants room for what it is given

using Filter = common::Owned<void, seccomp_release>;

void checked(int result, const char* doing)
{
    if (result < 0)
        throw common::system_error(doing, -result);
}

void allow(const Filter& filter, int call)
{
    checked(seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0), "writing the list of system calls");
}

void allow_if(const Filter& filter, int call, const scmp_arg_cmp& condition)
{
    checked(seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call, 1, &condition),
            "writing the list of system calls");
}

void refuse(const Filter& filter, int call)
{
    checked(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), call, 0),
            "writing the list of system calls");
}

void allow_calls(const Filter& filter)
{
    for (const int call : {SCMP_SYS(read),         SCMP_SYS(write),
                           SCMP_SYS(writev),       SCMP_SYS(recvfrom),
                           SCMP_SYS(sendto),       SCMP_SYS(poll),
                           SCMP_SYS(ppoll),        SCMP_SYS(shutdown),
                           SCMP_SYS(close),        SCMP_SYS(brk),
                           SCMP_SYS(munmap),       SCMP_SYS(mremap),
                           SCMP_SYS(madvise),      SCMP_SYS(futex),
                           SCMP_SYS(getrandom),    SCMP_SYS(clock_gettime),
                           SCMP_SYS(gettimeofday), SCMP_SYS(time),
                           SCMP_SYS(getpid),       SCMP_SYS(rt_sigprocmask),
                           SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
                           SCMP_SYS(exit),         SCMP_SYS(exit_group)})
        allow(filter, call);
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)})
        allow_if(filter, call, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    for (const int command : {F_GETFL, F_SETFL}) // libssh2 makes its socket non-blocking itself
        allow_if(filter, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
    // What libraries try when something is missing, and can do without.
    for (const int call : {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(newfstatat), SCMP_SYS(fstat),
                           SCMP_SYS(stat), SCMP_SYS(access), SCMP_SYS(readlink), SCMP_SYS(ioctl)})
        refuse(filter, call);
}

void limit(decltype(RLIMIT_AS) what, rlim_t most)
{
    const rlimit both{most, most};
    if (::setrlimit(what, &both) != 0)
        throw common::system_error("limiting the process that speaks SSH");
}

} // namespace

void confine()
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, most_descriptors);
    limit(RLIMIT_AS, most_memory);
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        throw common::system_error("giving up privileges");
    const Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
    if (!filter)
        throw common::Error(common::Trouble::defect, "libseccomp does not start");
    allow_calls(filter);
    checked(seccomp_load(filter.get()), "limiting the system calls of the process that speaks SSH");
}

} // namespace manager::transport::ssh::child
