#ifndef SOAPSTONE_CONTROL_PIPE_H
#define SOAPSTONE_CONTROL_PIPE_H

#include <stddef.h>
#include <stdint.h>

/* The service manager of one Windows target, reached through its pipe svcctl. In C, because the headers of Samba's
 * libraries are. Those libraries keep state of their own: one process, one thread, one target. */

#ifdef __cplusplus
extern "C" {
#endif

struct control_pipe;

struct control_login {
    const char* address;  /* to connect to: numeric, or a name where Kerberos or NetBIOS needs one */
    const char* name;     /* the target's name, for Kerberos; may be the address */
    uint16_t port;        /* 445 or 139, or another one */
    const char* user;     /* NULL: whoever the tickets are for */
    const char* domain;   /* NTLM domain, or Kerberos realm; "" for an account of the target itself */
    const char* password; /* NULL: Kerberos, with tickets that are there already */
    const char* tickets;  /* file of Kerberos tickets; NULL: the usual place */
    int kerberos;         /* nothing but Kerberos */
    int plain;            /* a session that is signed but not encrypted will do, as all of SMB 2.1 are */
    uint32_t seconds;     /* that each call may take */
};

/* How a call ended: both 0 when all is well. */
struct control_result {
    uint32_t status; /* NTSTATUS of the transport */
    uint32_t error;  /* Windows' own error number, from the service manager */
};

struct service_state {
    uint32_t state; /* SERVICE_STOPPED = 1, START_PENDING = 2, STOP_PENDING = 3, RUNNING = 4 */
    uint32_t pid;
    uint32_t exit_code;     /* once stopped */
    uint32_t specific_code; /* when exit_code is ERROR_SERVICE_SPECIFIC_ERROR (1066) */
};

/* Logs in and opens the service manager with the rights that follow from being an administrator. What went wrong is
 * in `result`; NULL then. */
struct control_pipe* control_pipe_open(const struct control_login* login, struct control_result* result);
void control_pipe_close(struct control_pipe* pipe);

/* Who is logged in, as user@REALM where it is Kerberos; "" when that is not known. Lives as long as the pipe. */
const char* control_pipe_owner(const struct control_pipe* pipe);

/* Own process, started on demand by nobody but us, as LocalSystem; errors are not the boot's business. */
struct control_result service_create(struct control_pipe* pipe, const char* name, const char* shown,
                                     const char* command);
struct control_result service_start(struct control_pipe* pipe, const char* name, uint32_t count,
                                    const char* const* arguments);
struct control_result service_query(struct control_pipe* pipe, const char* name, struct service_state* state);
/* What the service runs, cut after `room` bytes. */
struct control_result service_command(struct control_pipe* pipe, const char* name, char* command, size_t room);
struct control_result service_stop(struct control_pipe* pipe, const char* name);
struct control_result service_delete(struct control_pipe* pipe, const char* name);

/* Calls `tell` with the name of each service that is no driver. */
struct control_result service_each(struct control_pipe* pipe, void (*tell)(void* context, const char* name),
                                   void* context);

/* Its name, as NT_STATUS_LOGON_FAILURE or WERR_ACCESS_DENIED; never NULL. */
const char* status_name(uint32_t status);
const char* error_name(uint32_t error);

#ifdef __cplusplus
}
#endif

#endif
