#include "common/text.hpp"
#include "manager/bmc/redfish.hpp"
#include "manager/bmc/ribcl_way.hpp"

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;
using namespace std::chrono_literals;

constexpr auto update_limit = 30min; ///< an iLO answers when it has written the image
constexpr auto usual_limit = 120s;

/// The cookie as it is to be sent back: iLOs put spaces and line breaks around it.
std::string cookie_of(const Reply& reply)
{
    if (reply.cookies.empty())
        return {};
    const std::string& all = reply.cookies.front();
    return std::string(common::trim(std::string_view(all).substr(0, all.find(';'))));
}

Ask ribcl_post(const common::Secret& request)
{
    Ask what = post("/ribcl", std::string(request.reveal()));
    what.type = "text/xml";
    what.limit = usual_limit;
    return what;
}

class ByHttp final : public RibclWay {
public:
    explicit ByHttp(Http http) : http_(std::move(http)) {}

    std::string ask(const common::Secret& request) override { return answer(ribcl_post(request)); }
    std::string bring(const common::Secret& request, const Image& image, const Hand& hand,
                      const std::function<void(std::string_view)>& heard) override;
    std::string own_address() const override { return http_.own_address(); }
    std::string peer_address() const override { return http_.peer_address(); }

private:
    std::string answer(const Ask& what);
    std::string upload(const Image& image, const Hand& hand);

    Http http_;
};

std::string ByHttp::answer(const Ask& what)
{
    Reply reply = http_.ask(what);
    expect_ok(reply, "RIBCL");
    return std::move(reply.body);
}

/// Returns the cookie by which the iLO knows the file again.
std::string ByHttp::upload(const Image& image, const Hand& hand)
{
    Ask what = post("/cgi-bin/uploadRibclFiles", {});
    what.type.clear();
    what.form.push_back({"fileType", "", {}, {}, {}});
    what.form.push_back({"fwimgfile", {}, "application/octet-stream", image.file, image.name});
    what.progress = hand.progress;
    what.limit = update_limit;
    const Reply stored = http_.ask(what);
    expect_ok(stored, "sending " + image.name);
    std::string cookie = cookie_of(stored);
    if (cookie.empty())
        throw Error(Trouble::rejected, "the BMC did not take the file: it gave no cookie for it");
    return cookie;
}

std::string ByHttp::bring(const common::Secret& request, const Image& image, const Hand& hand,
                          const std::function<void(std::string_view)>& heard)
{
    const std::string cookie = upload(image, hand);
    hand.out_of_hand();
    Ask what = ribcl_post(request);
    what.headers.push_back("Cookie: " + cookie);
    what.heard = heard;
    what.limit = update_limit;
    return answer(what);
}

} // namespace

std::unique_ptr<RibclWay> ribcl_by_http(Http http)
{
    return std::make_unique<ByHttp>(std::move(http));
}

} // namespace manager::bmc
