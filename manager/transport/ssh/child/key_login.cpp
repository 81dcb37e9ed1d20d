#include "manager/transport/ssh/child/key_login.hpp"

#include <cstdlib>
#include <cstring>
#include <exception>

namespace manager::transport::ssh::child {

namespace {

/// What the signer needs, handed through libssh2.
struct Signing {
    const Attempt& attempt;
    ManagerQuestions& manager;
    std::exception_ptr problem; ///< nothing may be thrown through libssh2's frames
};

int sign(LIBSSH2_SESSION*, unsigned char** signature, size_t* size, const unsigned char* data,
         size_t data_size, void** context)
{
    auto& signing = *static_cast<Signing*>(*context);
    try {
        const std::string bytes = signing.manager.sign(signing.attempt.key, signing.attempt.number,
                                                       {reinterpret_cast<const char*>(data), data_size});
        *signature =
            static_cast<unsigned char*>(std::malloc(bytes.size())); // libssh2 frees it by our own function
        if (*signature == nullptr)
            return -1;
        std::memcpy(*signature, bytes.data(), bytes.size());
        *size = bytes.size();
        return 0;
    } catch (...) {
        signing.problem = std::current_exception();
        return -1;
    }
}

} // namespace

int log_in_with_key(const Session& session, const std::string& user, const Attempt& attempt,
                    ManagerQuestions& manager, common::Deadline deadline)
{
    Signing signing{attempt, manager, nullptr};
    void* context = &signing;
    const int error = session.finish(deadline, [&] {
        return libssh2_userauth_publickey(session.get(), user.c_str(),
                                          reinterpret_cast<const unsigned char*>(attempt.offer.blob.data()),
                                          attempt.offer.blob.size(), sign, &context);
    });
    if (signing.problem)
        std::rethrow_exception(signing.problem);
    return error;
}

} // namespace manager::transport::ssh::child
