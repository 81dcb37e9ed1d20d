#pragma once

#include "common/os/descriptor.hpp"
#include "manager/bmc/http.hpp"

#include <array>
#include <deque>
#include <exception>

namespace manager::bmc {

/// One request on a handle of libcurl that is prepared but for the request itself.
class HttpRequest {
public:
    HttpRequest(CURL* curl, const Ask& what);
    ~HttpRequest();
    HttpRequest(const HttpRequest&) = delete;
    HttpRequest& operator=(const HttpRequest&) = delete;

    Reply run(const Place& place);

private:
    /// A file on its way to the BMC.
    struct Upload {
        HttpRequest* request = nullptr;
        common::os::Descriptor file;
        std::uint64_t size = 0;
        std::uint64_t sent = 0;
    };

    void set_headers();
    void set_content();
    void set_form();
    Upload& open(const std::filesystem::path& file);
    void caught() { exception_ = std::current_exception(); }

    static std::size_t take_body(char* bytes, std::size_t one, std::size_t size, void* self);
    static std::size_t take_header(char* bytes, std::size_t one, std::size_t size, void* self);
    static std::size_t give_file(char* bytes, std::size_t one, std::size_t size, void* upload);
    static int look_around(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
    static int seek_file(void* upload, curl_off_t offset, int origin);

    CURL* curl_;
    const Ask& what_;
    Reply reply_;
    std::size_t header_bytes_ = 0;
    curl_slist* headers_ = nullptr;
    curl_mime* form_ = nullptr;
    std::deque<Upload> uploads_;
    bool told_last_ = false;
    std::exception_ptr exception_;
    std::array<char, CURL_ERROR_SIZE> words_{};
};

} // namespace manager::bmc
