#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/bmc/ribcl_way.hpp"
#include "manager/bmc/tls_line.hpp"

#include <unistd.h>

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;
using namespace std::chrono_literals;
using Heard = std::function<void(std::string_view)>;

constexpr auto update_limit = 30min;
constexpr auto usual_limit = 120s;
constexpr std::size_t block = 64 << 10;          ///< bytes of an image that are sent at a time
constexpr std::size_t most_answer = 16 << 20;    ///< bytes
constexpr std::string_view the_end = "</RIBCL>"; ///< of each document

class ByTls final : public RibclWay {
public:
    ByTls(Place place, std::string pins) : place_(std::move(place)), pins_(std::move(pins)) {}

    std::string ask(const common::Secret& request) override;
    std::string bring(const common::Secret& request, const Image& image, const Hand& hand,
                      const Heard& heard) override;
    std::string own_address() const override { return own_address_; }
    std::string peer_address() const override { return peer_address_; }

private:
    TlsLine dial(std::chrono::milliseconds limit, std::function<void()> alive = {});

    Place place_;
    std::string pins_;
    std::string own_address_;
    std::string peer_address_;
};

/// The XML declaration has to come on its own, before everything else.
void send_request(TlsLine& line, std::string_view request)
{
    const std::size_t declaration = request.find('\n') + 1;
    line.send(request.substr(0, declaration));
    line.send(request.substr(declaration));
}

/// All documents up to the end of the line. Old iLOs drop it instead of ending it as one should.
std::string read_answer(TlsLine& line, const Heard& heard)
{
    std::string answer;
    try {
        for (std::string more = line.receive(); !more.empty(); more = line.receive()) {
            answer += more;
            if (answer.size() > most_answer)
                throw Error(Trouble::rejected,
                            "the BMC's answer is longer than " + common::bytes_text(most_answer));
            heard(answer);
        }
    } catch (const Error& error) {
        if (error.trouble() != Trouble::unreachable || !common::trim(answer).ends_with(the_end))
            throw;
    }
    return answer;
}

void send_image(TlsLine& line, const Image& image, const Hand& hand)
{
    const common::os::Descriptor file = common::os::open_file(image.file, common::os::Open::read);
    std::string bytes(block, '\0');
    for (std::uint64_t sent = 0; sent < image.size;) {
        const ssize_t got = ::read(file.get(), bytes.data(), bytes.size());
        if (got < 0)
            throw common::system_error("reading the image");
        if (got == 0 || static_cast<std::uint64_t>(got) > image.size - sent)
            throw Error(Trouble::rejected, image.name + " has changed meanwhile");
        if (sent + static_cast<std::uint64_t>(got) == image.size)
            hand.out_of_hand();
        line.send(std::string_view(bytes).substr(0, static_cast<std::size_t>(got)));
        sent += static_cast<std::uint64_t>(got);
        hand.progress(sent);
    }
}

TlsLine ByTls::dial(std::chrono::milliseconds limit, std::function<void()> alive)
{
    TlsLine line(place_, pins_, limit, std::move(alive));
    own_address_ = line.own_address();
    peer_address_ = line.peer_address();
    return line;
}

std::string ByTls::ask(const common::Secret& request)
{
    TlsLine line = dial(usual_limit);
    send_request(line, request.reveal());
    return read_answer(line, [](std::string_view) {});
}

std::string ByTls::bring(const common::Secret& request, const Image& image, const Hand& hand,
                         const Heard& heard)
{
    const std::string_view text = request.reveal();
    const std::size_t behind_command = text.rfind("/>") + 2;
    TlsLine line = dial(update_limit, [&] { hand.progress(0); });
    send_request(line, text.substr(0, behind_command));
    send_image(line, image, hand);
    line.send(common::trim(text.substr(behind_command)));
    return read_answer(line, heard);
}

} // namespace

std::unique_ptr<RibclWay> ribcl_by_tls(Place place, std::string pins)
{
    return std::make_unique<ByTls>(std::move(place), std::move(pins));
}

} // namespace manager::bmc
