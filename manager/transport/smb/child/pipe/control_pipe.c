#define TEVENT_DEPRECATED /* for tevent_loop_allow_nesting() */

#include "manager/transport/smb/child/pipe/control_pipe.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* In this order: they need each other. */
#include <core/ntstatus.h>
#include <core/werror.h>
#include <talloc.h>
#include <tevent.h>
#include <param.h>
#include <credentials.h>
#include <dcerpc.h>
#include <gen_ndr/ndr_svcctl.h>

struct control_pipe {
    struct dcerpc_binding_handle* handle;
    struct policy_handle manager;
    const char* owner;
    uint32_t seconds; /* for each call */
};

enum {
    offered_services = 0x40000, /* bytes; the most that the interface takes */
    offered_config = 8192,      /* bytes; as above */
    error_more_data = 234,
    start_seconds = 50, /* for a service to come up: Windows waits 30 s itself, unless ServicesPipeTimeout says more */
    enumerated_size = 36, /* bytes of an entry: two places of names, seven numbers of its status */
};

static struct control_result of_status(NTSTATUS status)
{
    const struct control_result result = {NT_STATUS_V(status), 0};
    return result;
}

static struct control_result of_error(WERROR error)
{
    const struct control_result result = {0, W_ERROR_V(error)};
    return result;
}

/* The two answers that each call has: that of the transport, then that of the service manager. */
static struct control_result of_call(NTSTATUS status, WERROR error)
{
    return NT_STATUS_IS_OK(status) ? of_error(error) : of_status(status);
}

static bool is_ok(struct control_result result)
{
    return result.status == 0 && result.error == 0;
}

const char* status_name(uint32_t status)
{
    return nt_errstr(NT_STATUS(status));
}

const char* error_name(uint32_t error)
{
    return win_errstr(W_ERROR(error));
}

static bool set_options(struct loadparm_context* options, const struct control_login* login)
{
    char ports[32];
    char realm[300];
    snprintf(ports, sizeof ports, "smb ports=%u", (unsigned)login->port);
    snprintf(realm, sizeof realm, "realm=%s", login->kerberos ? login->domain : "");
    return lpcfg_set_option(options, "client ipc min protocol=SMB2_10") &&
           lpcfg_set_option(options, "client min protocol=SMB2_10") &&
           lpcfg_set_option(options, "client ipc signing=required") &&
           lpcfg_set_option(options, "client signing=required") &&
           lpcfg_set_option(options, login->plain ? "client smb encrypt=desired" : "client smb encrypt=required") &&
           lpcfg_set_option(options, "client NTLMv2 auth=yes") && lpcfg_set_option(options, ports) &&
           lpcfg_set_option(options, "name resolve order=host bcast") &&
           (!login->kerberos || *login->domain == '\0' || lpcfg_set_option(options, realm));
}

static bool set_identity(struct cli_credentials* who, const struct control_login* login)
{
    if (!cli_credentials_set_username(who, login->user, CRED_SPECIFIED) ||
        !cli_credentials_set_domain(who, login->domain, CRED_SPECIFIED) ||
        !cli_credentials_set_password(who, login->password, CRED_SPECIFIED))
        return false;
    return !login->kerberos || *login->domain == '\0' ||
           cli_credentials_set_realm(who, login->domain, CRED_SPECIFIED);
}

/* Tickets name their owner themselves: a user or domain beside them would be asked for a password. */
static bool set_tickets(struct cli_credentials* who, struct loadparm_context* options,
                        const struct control_login* login)
{
    const char* why = NULL;
    return cli_credentials_set_ccache(who, options, login->tickets, CRED_SPECIFIED, &why) == 0;
}

static struct cli_credentials* make_credentials(TALLOC_CTX* memory, struct loadparm_context* options,
                                                const struct control_login* login)
{
    struct cli_credentials* who = cli_credentials_init(memory);
    if (who == NULL || !cli_credentials_set_conf(who, options))
        return NULL;
    const bool known = login->password != NULL ? set_identity(who, login) : set_tickets(who, options, login);
    cli_credentials_set_kerberos_state(
        who, login->kerberos ? CRED_USE_KERBEROS_REQUIRED : CRED_USE_KERBEROS_DISABLED, CRED_SPECIFIED);
    return known ? who : NULL;
}

static NTSTATUS connect_pipe(struct control_pipe* pipe, const struct control_login* login)
{
    struct tevent_context* events = tevent_context_init(pipe);
    struct loadparm_context* options = loadparm_init(pipe);
    if (events == NULL || options == NULL || !set_options(options, login) || !NT_STATUS_IS_OK(dcerpc_init()))
        return NT_STATUS_NO_MEMORY;
    tevent_loop_allow_nesting(events); /* asking a KDC does that, and tevent would abort */
    struct cli_credentials* who = make_credentials(pipe, options, login);
    if (who == NULL)
        return login->password == NULL ? NT_STATUS_NO_SUCH_LOGON_SESSION : NT_STATUS_NO_MEMORY;
    /* Neither has characters that mean something here: the manager has looked. */
    const char* binding = talloc_asprintf(pipe, "ncacn_np:%s[\\pipe\\svcctl,smb2,target_hostname=%s]",
                                          login->address, login->name);
    struct dcerpc_pipe* connection = NULL;
    NTSTATUS status =
        dcerpc_pipe_connect(pipe, &connection, binding, &ndr_table_svcctl, who, events, options);
    if (NT_STATUS_IS_OK(status)) {
        pipe->handle = connection->binding_handle;
        pipe->owner = cli_credentials_get_principal(who, pipe);
        pipe->seconds = login->seconds;
        dcerpc_binding_handle_set_timeout(pipe->handle, pipe->seconds);
    }
    return status;
}

static NTSTATUS call(struct control_pipe* pipe, uint32_t number, TALLOC_CTX* memory, void* request)
{
    return dcerpc_binding_handle_call(pipe->handle, NULL, &ndr_table_svcctl, number, memory, request);
}

static struct control_result open_manager(struct control_pipe* pipe)
{
    struct svcctl_OpenSCManagerW request = {0};
    request.in.access_mask = SC_RIGHT_MGR_CONNECT | SC_RIGHT_MGR_CREATE_SERVICE | SC_RIGHT_MGR_ENUMERATE_SERVICE;
    request.out.handle = &pipe->manager;
    TALLOC_CTX* memory = talloc_new(pipe);
    const NTSTATUS status = call(pipe, NDR_SVCCTL_OPENSCMANAGERW, memory, &request);
    talloc_free(memory);
    return of_call(status, request.out.result);
}

struct control_pipe* control_pipe_open(const struct control_login* login, struct control_result* result)
{
    struct control_pipe* pipe = talloc_zero(NULL, struct control_pipe);
    if (pipe == NULL) {
        *result = of_status(NT_STATUS_NO_MEMORY);
        return NULL;
    }
    *result = of_status(connect_pipe(pipe, login));
    if (is_ok(*result))
        *result = open_manager(pipe);
    if (is_ok(*result))
        return pipe;
    control_pipe_close(pipe);
    return NULL;
}

void control_pipe_close(struct control_pipe* pipe)
{
    talloc_free(pipe);
}

const char* control_pipe_owner(const struct control_pipe* pipe)
{
    return pipe->owner != NULL ? pipe->owner : "";
}

static void close_service(struct control_pipe* pipe, TALLOC_CTX* memory, struct policy_handle* service)
{
    struct svcctl_CloseServiceHandle request = {0};
    request.in.handle = service;
    request.out.handle = service;
    (void)call(pipe, NDR_SVCCTL_CLOSESERVICEHANDLE, memory, &request);
}

static struct control_result open_service(struct control_pipe* pipe, TALLOC_CTX* memory, const char* name,
                                          uint32_t rights, struct policy_handle* service)
{
    struct svcctl_OpenServiceW request = {0};
    request.in.scmanager_handle = &pipe->manager;
    request.in.ServiceName = name;
    request.in.access_mask = rights;
    request.out.handle = service;
    const NTSTATUS status = call(pipe, NDR_SVCCTL_OPENSERVICEW, memory, &request);
    return of_call(status, request.out.result);
}

typedef struct control_result (*step)(struct control_pipe* pipe, TALLOC_CTX* memory,
                                      struct policy_handle* service, void* context);

/* Opens the service, does `what` with it and closes it again: an entry that is marked for deletion goes when the last
 * handle does. */
static struct control_result with_service(struct control_pipe* pipe, const char* name, uint32_t rights, step what,
                                          void* context)
{
    TALLOC_CTX* memory = talloc_new(pipe);
    struct policy_handle service = {0};
    struct control_result result = open_service(pipe, memory, name, rights, &service);
    if (is_ok(result)) {
        result = what(pipe, memory, &service, context);
        close_service(pipe, memory, &service);
    }
    talloc_free(memory);
    return result;
}

struct control_result service_create(struct control_pipe* pipe, const char* name, const char* shown,
                                     const char* command)
{
    TALLOC_CTX* memory = talloc_new(pipe);
    struct policy_handle service = {0};
    struct svcctl_CreateServiceW request = {0};
    request.in.scmanager_handle = &pipe->manager;
    request.in.ServiceName = name;
    request.in.DisplayName = shown;
    request.in.desired_access = SERVICE_ALL_ACCESS;
    request.in.type = SERVICE_TYPE_WIN32_OWN_PROCESS;
    request.in.start_type = SVCCTL_DEMAND_START;
    request.in.error_control = SVCCTL_SVC_ERROR_IGNORE;
    request.in.binary_path = command;
    request.out.handle = &service;
    const NTSTATUS status = call(pipe, NDR_SVCCTL_CREATESERVICEW, memory, &request);
    const struct control_result result = of_call(status, request.out.result);
    if (is_ok(result))
        close_service(pipe, memory, &service);
    talloc_free(memory);
    return result;
}

struct texts {
    uint32_t count;
    const char* const* texts;
};

static struct control_result start(struct control_pipe* pipe, TALLOC_CTX* memory, struct policy_handle* service,
                                   void* context)
{
    const struct texts* arguments = context;
    struct svcctl_StartServiceW request = {0};
    request.in.handle = service;
    request.in.NumArgs = arguments->count;
    request.in.Arguments = talloc_zero_array(memory, struct svcctl_ArgumentString, arguments->count);
    for (uint32_t i = 0; i < arguments->count; ++i)
        request.in.Arguments[i].string = arguments->texts[i];
    const NTSTATUS status = call(pipe, NDR_SVCCTL_STARTSERVICEW, memory, &request);
    return of_call(status, request.out.result);
}

struct control_result service_start(struct control_pipe* pipe, const char* name, uint32_t count,
                                    const char* const* arguments)
{
    struct texts given = {count, arguments};
    dcerpc_binding_handle_set_timeout(pipe->handle, start_seconds);
    const struct control_result result = with_service(pipe, name, SC_RIGHT_SVC_START, start, &given);
    dcerpc_binding_handle_set_timeout(pipe->handle, pipe->seconds);
    return result;
}

static struct control_result query(struct control_pipe* pipe, TALLOC_CTX* memory, struct policy_handle* service,
                                   void* context)
{
    struct service_state* state = context;
    struct SERVICE_STATUS_PROCESS found = {0};
    uint8_t buffer[sizeof found] = {0};
    uint32_t needed = 0;
    struct svcctl_QueryServiceStatusEx request = {0};
    request.in.handle = service;
    request.in.info_level = SVC_STATUS_PROCESS_INFO;
    request.in.offered = sizeof buffer;
    request.out.buffer = buffer;
    request.out.needed = &needed;
    const NTSTATUS status = call(pipe, NDR_SVCCTL_QUERYSERVICESTATUSEX, memory, &request);
    const struct control_result result = of_call(status, request.out.result);
    if (!is_ok(result))
        return result;
    const DATA_BLOB bytes = {buffer, sizeof buffer};
    if (ndr_pull_struct_blob(&bytes, memory, &found, (ndr_pull_flags_fn_t)ndr_pull_SERVICE_STATUS_PROCESS) !=
        NDR_ERR_SUCCESS)
        return of_status(NT_STATUS_INVALID_NETWORK_RESPONSE);
    state->state = found.status.state;
    state->pid = found.process_id;
    state->exit_code = W_ERROR_V(found.status.win32_exit_code);
    state->specific_code = found.status.service_exit_code;
    return result;
}

struct control_result service_query(struct control_pipe* pipe, const char* name, struct service_state* state)
{
    return with_service(pipe, name, SC_RIGHT_SVC_QUERY_STATUS, query, state);
}

struct text_room {
    char* text;
    size_t room;
};

static struct control_result command(struct control_pipe* pipe, TALLOC_CTX* memory, struct policy_handle* service,
                                     void* context)
{
    const struct text_room* into = context;
    struct QUERY_SERVICE_CONFIG config = {0};
    uint32_t needed = 0;
    struct svcctl_QueryServiceConfigW request = {0};
    request.in.handle = service;
    request.in.offered = offered_config;
    request.out.query = &config;
    request.out.needed = &needed;
    const NTSTATUS status = call(pipe, NDR_SVCCTL_QUERYSERVICECONFIGW, memory, &request);
    const struct control_result result = of_call(status, request.out.result);
    if (is_ok(result))
        snprintf(into->text, into->room, "%s", config.executablepath != NULL ? config.executablepath : "");
    return result;
}

struct control_result service_command(struct control_pipe* pipe, const char* name, char* text, size_t room)
{
    struct text_room into = {text, room};
    return with_service(pipe, name, SC_RIGHT_SVC_QUERY_CONFIG, command, &into);
}

static struct control_result stop(struct control_pipe* pipe, TALLOC_CTX* memory, struct policy_handle* service,
                                  void* context)
{
    (void)context;
    struct SERVICE_STATUS state = {0};
    struct svcctl_ControlService request = {0};
    request.in.handle = service;
    request.in.control = SVCCTL_CONTROL_STOP;
    request.out.service_status = &state;
    const NTSTATUS status = call(pipe, NDR_SVCCTL_CONTROLSERVICE, memory, &request);
    return of_call(status, request.out.result);
}

struct control_result service_stop(struct control_pipe* pipe, const char* name)
{
    return with_service(pipe, name, SC_RIGHT_SVC_STOP, stop, NULL);
}

static struct control_result delete(struct control_pipe* pipe, TALLOC_CTX* memory, struct policy_handle* service,
                                    void* context)
{
    (void)context;
    struct svcctl_DeleteService request = {0};
    request.in.handle = service;
    const NTSTATUS status = call(pipe, NDR_SVCCTL_DELETESERVICE, memory, &request);
    return of_call(status, request.out.result);
}

struct control_result service_delete(struct control_pipe* pipe, const char* name)
{
    return with_service(pipe, name, SEC_STD_DELETE, delete, NULL);
}

static uint32_t number_at(const uint8_t* bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* The name of an entry, its characters beyond ASCII as '?': none of ours has any. False when it is not whole. */
static bool name_of_entry(const uint8_t* buffer, size_t size, size_t entry, char* name, size_t room)
{
    size_t at = number_at(buffer + entry);
    for (size_t length = 0; length < room && at + 2 <= size; ++length, at += 2) {
        const unsigned character = buffer[at] | (unsigned)buffer[at + 1] << 8;
        name[length] = character < 0x80 ? (char)character : '?';
        if (character == 0)
            return true;
    }
    return false;
}

static void tell_entries(const uint8_t* buffer, size_t size, uint32_t count,
                         void (*tell)(void* context, const char* name), void* context)
{
    char name[257]; /* the longest that Windows takes */
    for (size_t i = 0; i < count && (i + 1) * enumerated_size <= size; ++i)
        if (name_of_entry(buffer, size, i * enumerated_size, name, sizeof name))
            tell(context, name);
}

struct control_result service_each(struct control_pipe* pipe, void (*tell)(void* context, const char* name),
                                   void* context)
{
    struct control_result result = {0, error_more_data};
    uint32_t resume = 0;
    while (result.status == 0 && result.error == error_more_data) {
        TALLOC_CTX* memory = talloc_new(pipe);
        uint8_t* buffer = talloc_zero_array(memory, uint8_t, offered_services);
        uint32_t needed = 0;
        uint32_t count = 0;
        const uint32_t before = resume;
        struct svcctl_EnumServicesStatusW request = {0};
        request.in.handle = &pipe->manager;
        request.in.type = SERVICE_TYPE_WIN32;
        request.in.state = SERVICE_STATE_ALL;
        request.in.offered = offered_services;
        request.in.resume_handle = &resume;
        request.out.service = buffer;
        request.out.needed = &needed;
        request.out.services_returned = &count;
        request.out.resume_handle = &resume;
        const NTSTATUS status = call(pipe, NDR_SVCCTL_ENUMSERVICESSTATUSW, memory, &request);
        result = of_call(status, request.out.result);
        if (result.status == 0 && (result.error == 0 || result.error == error_more_data))
            tell_entries(buffer, offered_services, count, tell, context);
        talloc_free(memory);
        if (result.error == error_more_data && resume <= before)
            break; /* a server that does not go on would have us ask for ever */
    }
    return result;
}
