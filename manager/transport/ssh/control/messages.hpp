#pragma once

#include "common/error.hpp"
#include "manager/trust/user_key.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the manager and its SSH child say to each other before and after the child carries bytes. The child
/// reads what a target sends and may have been taken over by it: the manager believes nothing of what it says
/// but that it was said.
///
/// The talk: greet -> host_key -> log_in -> (sign -> signature | ask_password -> password)* -> started ->
/// output_ended -> ended. Instead of each word of its own the child may say failed, which is its last.
namespace manager::transport::ssh::control {

/// Told to the child first, so that programs of two builds do not misunderstand each other.
constexpr std::uint32_t version = 1;

constexpr std::string_view helper = "soapstone-ssh"; ///< the child's program

enum class Word : std::uint8_t {
    greet = 1,    ///< manager: Greeting
    log_in,       ///< manager: Task; it has found the host key good
    signature,    ///< manager: the bytes
    password,     ///< manager: the login's password
    host_key,     ///< child: ShownKey
    sign,         ///< child: SignRequest
    ask_password, ///< child: it is about to show the password
    started,      ///< child: the command runs; from now on the child's streams are the command's
    output_ended, ///< child: the command's output and errors are at their end, rather than the line
    ended,        ///< child: the command's status as a number, 0..255
    failed,       ///< child: Failure
};

struct Greeting {
    std::vector<std::string> key_types; ///< of host keys, to be asked for first
    std::chrono::milliseconds limit{};  ///< for the key exchange
};

struct ShownKey {
    std::string blob;  ///< the raw public key that the server has proved to own
    std::string ident; ///< what the server calls itself, as one harmless line
};

/// A key to log in with, of which the child never has the private half.
struct OfferedKey {
    std::string name; ///< for messages
    std::vector<trust::Offer> offers;
};

struct Task {
    std::string user;
    std::vector<OfferedKey> keys;
    std::vector<std::string> skipped; ///< why other keys are not among them, for messages
    bool has_password = false;        ///< it can be asked for
    std::string command;
    std::chrono::milliseconds login_limit{};   ///< for the login
    std::chrono::milliseconds command_limit{}; ///< for login and the start of the command together
};

struct SignRequest {
    std::uint32_t key = 0;   ///< which of Task::keys
    std::uint32_t offer = 0; ///< which of its offers
    std::string data;
};

struct Failure {
    common::Trouble trouble = common::Trouble::unreachable;
    bool turned_away = false; ///< see TurnedAway
    std::string text;
    std::string hint;
    bool no_common_algorithm = false; ///< see NoCommonAlgorithm
};

/// The server and libssh2 have no algorithm in common; another implementation of SSH may have.
class NoCommonAlgorithm : public common::Error {
public:
    using common::Error::Error;
};

/// The server closed the connection before it said a word: too many connections at once, or we are penalised.
class TurnedAway : public common::Error {
public:
    using common::Error::Error;
};

std::string encode(const Greeting& greeting);
std::string encode(const ShownKey& shown);
std::string encode(const Task& task);
std::string encode(const SignRequest& request);
std::string encode(const Failure& failure);
std::string encode_status(std::uint32_t status);

/// These throw `defect` for a body that is not exactly what it should be.
Greeting read_greeting(std::string_view body);
ShownKey read_shown_key(std::string_view body);
Task read_task(std::string_view body);
SignRequest read_sign_request(std::string_view body);
Failure read_failure(std::string_view body);
std::uint32_t read_status(std::string_view body);

/// Throws the `defect` that stands for a word that nobody can make sense of.
[[noreturn]] void nonsense(std::string_view what);

} // namespace manager::transport::ssh::control
