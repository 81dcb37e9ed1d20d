#include "common/os/file.hpp"
#include "common/os/windows.hpp"

#include <aclapi.h>
#include <memory>
#include <sddl.h>

namespace common::os {

namespace {

/// Everything for SYSTEM and the administrators, nothing for others, whatever the folder above says (P); what
/// is made within gets the same (OI, CI).
constexpr const wchar_t* private_rights = L"O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

/// For who is no administrator: the same, with himself. Only an administrator may give something to the
/// administrators.
constexpr const wchar_t* own_rights = L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)";

constexpr DWORD rights_to_write = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES |
                                  FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_WRITE |
                                  GENERIC_ALL;

bool make(const std::filesystem::path& path, const wchar_t* rights)
{
    PSECURITY_DESCRIPTOR made = nullptr;
    if (!::ConvertStringSecurityDescriptorToSecurityDescriptorW(rights, SDDL_REVISION_1, &made, nullptr))
        return false;
    const std::unique_ptr<void, FreeLocal> descriptor(made);
    SECURITY_ATTRIBUTES attributes{sizeof attributes, descriptor.get(), FALSE};
    return ::CreateDirectoryW(path.c_str(), &attributes);
}

bool is(PSID sid, WELL_KNOWN_SID_TYPE type)
{
    return ::IsWellKnownSid(sid, type);
}

/// The user that this process runs as.
std::vector<char> this_user()
{
    HANDLE opened = nullptr;
    if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &opened))
        throw windows_error("looking at our own rights");
    const Handle token(opened);
    std::vector<char> user(sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE);
    DWORD size = 0;
    if (!::GetTokenInformation(token.get(), TokenUser, user.data(), static_cast<DWORD>(user.size()), &size))
        throw windows_error("looking at our own rights");
    return user;
}

/// SYSTEM, the administrators, or who runs this.
bool is_one_of_us(PSID sid)
{
    const std::vector<char> user = this_user();
    return is(sid, WinLocalSystemSid) || is(sid, WinBuiltinAdministratorsSid) ||
           is(sid, WinCreatorOwnerSid) || is(sid, WinCreatorOwnerRightsSid) ||
           ::EqualSid(sid, reinterpret_cast<const TOKEN_USER*>(user.data())->User.Sid);
}

/// True when nobody else may write. Without a list of rights, everybody may.
bool only_we_write(PACL list)
{
    for (DWORD i = 0; list != nullptr && i < list->AceCount; ++i) {
        void* entry = nullptr;
        if (!::GetAce(list, i, &entry))
            return false;
        const auto* header = static_cast<const ACE_HEADER*>(entry);
        if (header->AceType == ACCESS_DENIED_ACE_TYPE)
            continue;
        auto* allowed = static_cast<ACCESS_ALLOWED_ACE*>(entry);
        if (header->AceType != ACCESS_ALLOWED_ACE_TYPE ||
            ((allowed->Mask & rights_to_write) != 0 && !is_one_of_us(&allowed->SidStart)))
            return false;
    }
    return list != nullptr;
}

} // namespace

void sync_folder(const std::filesystem::path& folder)
{
    // NTFS keeps names in a log, which it writes now and then, and now when a folder is flushed. A file
    // system that knows no such flush has no better way.
    const Handle handle(::CreateFileW(folder.c_str(), GENERIC_READ | GENERIC_WRITE,
                                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                      OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
    if (handle)
        ::FlushFileBuffers(handle.get());
}

void make_folder(const std::filesystem::path& path)
{
    if (make(path, private_rights) || ::GetLastError() == ERROR_ALREADY_EXISTS)
        return;
    if (::GetLastError() == ERROR_INVALID_OWNER &&
        (make(path, own_rights) || ::GetLastError() == ERROR_ALREADY_EXISTS))
        return;
    throw windows_error("creating " + path.string());
}

void check_private_folder(const std::filesystem::path& path)
{
    const DWORD attributes = ::GetFileAttributesW(path.c_str());
    if (attributes == INVALID_FILE_ATTRIBUTES)
        throw windows_error("looking at " + path.string());
    PSID owner = nullptr;
    PACL list = nullptr;
    PSECURITY_DESCRIPTOR found = nullptr;
    const DWORD error = ::GetNamedSecurityInfoW(path.c_str(), SE_FILE_OBJECT,
                                                OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                                &owner, nullptr, &list, nullptr, &found);
    if (error != ERROR_SUCCESS)
        throw windows_error("looking at the rights of " + path.string(), error);
    const std::unique_ptr<void, FreeLocal> descriptor(found);
    const bool is_folder =
        (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0;
    if (!is_folder || !is_one_of_us(owner) || !only_we_write(list))
        throw Error(
            Trouble::rejected,
            path.string() + " is not a folder that only SYSTEM and the administrators can write",
            "remove it, or make Administrators its owner and take from all others the right to write there");
}

} // namespace common::os
