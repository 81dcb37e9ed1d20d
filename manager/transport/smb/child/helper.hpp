#pragma once

#include "common/clock.hpp"
#include "manager/transport/smb/child/greeting.hpp"
#include "manager/transport/smb/child/services.hpp"
#include "manager/transport/smb/child/share.hpp"
#include "manager/transport/smb/control/line.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace manager::transport::smb::child {

/// Does what the manager asks for, one request after the other. What was put on the target and not kept it
/// takes away when the manager goes, in the moment that it is given for that.
class Helper {
public:
    /// `manager`: the socket to it, which stays the caller's.
    explicit Helper(int manager) : line_(manager) {}
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;
    ~Helper();

    /// Returns once the manager has gone.
    void serve();

private:
    using Fields = common::Fields;

    /// The answer to a request; its data goes into `data`.
    Fields answer(const control::Message& request, std::string& data);
    Fields answer_of_files(const std::string& wish, const control::Message& request, std::string& data);
    Fields answer_of_services(const std::string& wish, const Fields& request);
    Fields log_in(const control::Message& request);
    void log_in_as_owner(const std::string& owner);
    Fields room();
    Fields hash(const std::string& path);
    Fields list(const std::string& path);
    Fields put(const control::Message& request);
    Fields make_folder(const Fields& request);
    Fields create_service(const Fields& request);
    Fields state_of(const std::string& name);
    Fields services(const std::string& prefix);

    Share& share();
    Services& manager();
    void take_away() noexcept;
    void take_away_service() noexcept;

    control::Line line_;
    control::Login login_;
    std::string target_address_;
    Greeting greeting_;
    std::uint16_t port_ = 0;
    std::unique_ptr<Share> share_;
    std::unique_ptr<Services> services_;

    // What would be left behind, should the manager go now.
    struct Made {
        std::string path;
        bool shared; ///< with others: it goes only when it is empty
    };
    std::vector<Made> made_; ///< folders, outer ones first
    std::string service_;
    bool writing_ = false; ///< a file is being put
};

} // namespace manager::transport::smb::child
