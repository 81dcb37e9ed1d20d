#include "manager/bmc/http_request.hpp"

#include "common/lower_case.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;

constexpr std::size_t most_body = 16 << 20;    ///< bytes
constexpr std::size_t most_headers = 64 << 10; ///< bytes of all of them together

/// Their text may be a token.
void free_headers(curl_slist* list)
{
    for (curl_slist* entry = list; entry != nullptr; entry = entry->next)
        std::memset(entry->data, 0, std::strlen(entry->data));
    curl_slist_free_all(list);
}

void append(curl_slist*& list, const std::string& header)
{
    if (header.find_first_of("\r\n") != std::string::npos)
        throw Error(Trouble::rejected, "a header of two lines");
    curl_slist* longer = curl_slist_append(list, header.c_str());
    if (longer == nullptr)
        throw Error(Trouble::defect, "libcurl takes no header");
    list = longer;
}

} // namespace

HttpRequest::HttpRequest(CURL* curl, const Ask& what) : curl_(curl), what_(what)
{
    try {
        set_headers();
        set_content();
    } catch (...) {
        curl_mime_free(form_);
        free_headers(headers_);
        throw;
    }
    set(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(what_.limit.count(), 1)));
    if (what_.progress) {
        set(curl_, CURLOPT_NOPROGRESS, 0L);
        set(curl_, CURLOPT_XFERINFOFUNCTION, &HttpRequest::look_around);
        set(curl_, CURLOPT_XFERINFODATA, static_cast<void*>(this));
    }
    set(curl_, CURLOPT_ERRORBUFFER, words_.data());
    set(curl_, CURLOPT_WRITEFUNCTION, &HttpRequest::take_body);
    set(curl_, CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(curl_, CURLOPT_HEADERFUNCTION, &HttpRequest::take_header);
    set(curl_, CURLOPT_HEADERDATA, static_cast<void*>(this));
}

HttpRequest::~HttpRequest()
{
    // The handle outlives us, and must not look at what was ours.
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, nullptr);
    curl_easy_setopt(curl_, CURLOPT_MIMEPOST, nullptr);
    curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, nullptr);
    curl_mime_free(form_);
    free_headers(headers_);
}

void HttpRequest::set_headers()
{
    append(headers_, "Expect:");
    append(headers_, "Accept: application/json, */*;q=0.5");
    append(headers_, "User-Agent: soapstone");
    if (what_.form.empty()) // with one curl writes its own; without, it would take that of a browser's form
        append(headers_, "Content-Type:" + (what_.type.empty() ? "" : ' ' + what_.type));
    for (const std::string& header : what_.headers)
        append(headers_, header);
}

/// What changes something goes over a connection of its own: over one that was kept, and is found dead,
/// libcurl would send it a second time.
void HttpRequest::set_content()
{
    if (what_.method == "GET") {
        set(curl_, CURLOPT_HTTPGET, 1L);
    } else if (!what_.form.empty()) {
        set_form();
    } else if (!what_.upload.empty()) {
        Upload& upload = open(what_.upload);
        set(curl_, CURLOPT_POST, 1L);
        set(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(upload.size));
        set(curl_, CURLOPT_READFUNCTION, &HttpRequest::give_file);
        set(curl_, CURLOPT_READDATA, static_cast<void*>(&upload));
        set(curl_, CURLOPT_SEEKFUNCTION, &HttpRequest::seek_file);
        set(curl_, CURLOPT_SEEKDATA, static_cast<void*>(&upload));
    } else {
        set(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(what_.body.size()));
        set(curl_, CURLOPT_POSTFIELDS, what_.body.data());
    }
    set(curl_, CURLOPT_HTTPHEADER, headers_);
    if (what_.method == "GET")
        return;
    set(curl_, CURLOPT_CUSTOMREQUEST, what_.method.c_str());
    set(curl_, CURLOPT_FRESH_CONNECT, 1L);
}

void HttpRequest::set_form()
{
    form_ = curl_mime_init(curl_);
    for (const Part& part : what_.form) {
        curl_mimepart* entry = curl_mime_addpart(form_);
        curl_mime_name(entry, part.name.c_str());
        if (!part.type.empty())
            curl_mime_type(entry, part.type.c_str());
        if (!part.file_name.empty())
            curl_mime_filename(entry, part.file_name.c_str());
        if (part.file.empty()) {
            curl_mime_data(entry, part.text.data(), part.text.size());
            continue;
        }
        Upload& upload = open(part.file);
        curl_mime_data_cb(entry, static_cast<curl_off_t>(upload.size), &HttpRequest::give_file,
                          &HttpRequest::seek_file, nullptr, &upload);
    }
    set(curl_, CURLOPT_MIMEPOST, form_);
}

HttpRequest::Upload& HttpRequest::open(const std::filesystem::path& file)
{
    Upload& upload = uploads_.emplace_back();
    upload.request = this;
    upload.file = common::os::open_file(file, common::os::Open::read);
    struct stat facts {};
    if (::fstat(upload.file.get(), &facts) != 0)
        throw common::system_error("looking at " + file.string());
    upload.size = static_cast<std::uint64_t>(facts.st_size);
    return upload;
}

std::size_t HttpRequest::give_file(char* bytes, std::size_t one, std::size_t size, void* data)
{
    Upload& upload = *static_cast<Upload*>(data);
    HttpRequest& self = *upload.request;
    try {
        const ssize_t got = ::pread(upload.file.get(), bytes, one * size, static_cast<off_t>(upload.sent));
        if (got < 0)
            throw common::system_error("reading the image");
        upload.sent += static_cast<std::uint64_t>(got);
        const bool last = upload.sent >= upload.size && &upload == &self.uploads_.back();
        if (last && !std::exchange(self.told_last_, true) && self.what_.last_bytes)
            self.what_.last_bytes();
        std::uint64_t all = 0;
        for (const Upload& file : self.uploads_)
            all += file.sent;
        if (self.what_.progress)
            self.what_.progress(all);
        return static_cast<std::size_t>(got);
    } catch (...) {
        self.caught();
        return CURL_READFUNC_ABORT;
    }
}

/// Called at least once a second: also while nothing moves it can be ended.
int HttpRequest::look_around(void* data, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
{
    HttpRequest& self = *static_cast<HttpRequest*>(data);
    try {
        self.what_.progress(0);
        return 0;
    } catch (...) {
        self.caught();
        return 1;
    }
}

int HttpRequest::seek_file(void* data, curl_off_t offset, int origin)
{
    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    static_cast<Upload*>(data)->sent = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
}

std::size_t HttpRequest::take_body(char* bytes, std::size_t one, std::size_t size, void* data)
{
    HttpRequest& self = *static_cast<HttpRequest*>(data);
    try {
        if (self.reply_.body.size() + one * size > most_body)
            throw Error(Trouble::rejected,
                        "the BMC's answer is longer than " + common::bytes_text(most_body));
        self.reply_.body.append(bytes, one * size);
        if (self.what_.heard)
            self.what_.heard(self.reply_.body);
        return one * size;
    } catch (...) {
        self.caught();
        return 0;
    }
}

std::size_t HttpRequest::take_header(char* bytes, std::size_t one, std::size_t size, void* data)
{
    HttpRequest& self = *static_cast<HttpRequest*>(data);
    try {
        const std::string_view line(bytes, one * size);
        self.header_bytes_ += line.size();
        if (self.header_bytes_ > most_headers)
            throw Error(Trouble::rejected, "the head of the BMC's answer is too long");
        if (line.starts_with("HTTP/")) { // also after "100 Continue"
            self.reply_.headers.clear();
            self.reply_.cookies.clear();
        }
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos)
            return line.size();
        const std::string name = common::lower_case(line.substr(0, colon));
        const std::string value(common::trim(line.substr(colon + 1)));
        if (name == "set-cookie")
            self.reply_.cookies.push_back(value);
        else
            self.reply_.headers[name] = value;
        return line.size();
    } catch (...) {
        self.caught();
        return 0;
    }
}

Reply HttpRequest::run(const Place& place)
{
    const CURLcode code = curl_easy_perform(curl_);
    if (exception_)
        std::rethrow_exception(exception_);
    if (code != CURLE_OK)
        fail(code, words_.data(), place);
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &reply_.status);
    return std::move(reply_);
}

} // namespace manager::bmc
