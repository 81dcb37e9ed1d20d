#pragma once

#include "common/error.hpp"
#include "common/secret.hpp"
#include "manager/transport/shell/channel.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <memory>
#include <string>
#include <string_view>

/// A far side of our own making for what talks to a shell on a target.
namespace far_side {

using namespace manager::transport::shell;
using common::Deadline;
using common::Error;
using common::Trouble;

/// What the far side says next, once at least `after` bytes have come from us. `@N` stands for the marker,
/// `PW:` for sudo's prompt, `<PW` and `PW>` for its two halves.
struct Say {
    std::string output{};
    std::string problems{};
    std::size_t after = 0;
};

/// A far side that says its lines, and then nothing more or, with `ends`, goes.
struct FarSide {
    std::deque<Say> lines{};
    bool ends = false;
    int status = 0;
    std::string command{};
    std::string sent{};
    std::string sent_before_m1{};
    int logins = 0;
    std::deque<Say> lines_of_second{}; ///< what it says once somebody logs in again
};

class FakeChannel final : public Channel {
public:
    FakeChannel(FarSide& far, std::string marker) : far_(far), marker_(std::move(marker)) {}

    Progress exchange(std::string_view offered, Deadline) override
    {
        Progress progress;
        far_.sent += offered;
        progress.sent = offered.size();
        if (!far_.lines.empty() && far_.sent.size() >= far_.lines.front().after) {
            progress.output = filled(far_.lines.front().output);
            progress.problems = filled(far_.lines.front().problems);
            if (progress.output.find(" M1\n") != std::string::npos)
                far_.sent_before_m1 = far_.sent;
            far_.lines.pop_front();
        } else if (offered.empty() && !far_.ends) {
            throw Error(Trouble::unreachable, "no answer in time");
        }
        progress.ended = far_.ends && far_.lines.empty();
        return progress;
    }

    int status(Deadline) override { return far_.status; }
    int stream() const override { return -1; }

private:
    std::string filled(std::string text) const
    {
        const auto replace = [&](std::string_view what, const std::string& by) {
            for (std::size_t at = text.find(what); at != std::string::npos;
                 at = text.find(what, at + by.size()))
                text.replace(at, what.size(), by);
        };
        replace("@N", marker_);
        replace("<PW", "PW" + marker_.substr(1, 10));
        replace("PW>", marker_.substr(11) + ':');
        replace("PW:", "PW" + marker_.substr(1) + ':');
        return text;
    }

    FarSide& far_;
    std::string marker_;
};

class FakeConnector final : public Connector {
public:
    explicit FakeConnector(FarSide& far) : far_(far) {}

    std::unique_ptr<Channel> open(const std::string& command, Deadline) override
    {
        far_.command = command;
        if (++far_.logins == 2)
            far_.lines = far_.lines_of_second;
        return std::make_unique<FakeChannel>(far_, command.substr(command.find(" @") + 1, 25));
    }

private:
    FarSide& far_;
};

inline void check_error(const Error& error, Trouble trouble, std::string_view text,
                        std::string_view hint = "")
{
    BOOST_TEST(name_of(error.trouble()) == name_of(trouble));
    BOOST_TEST(error.text().find(text) != std::string::npos, error.text() << " does not say: " << text);
    BOOST_TEST(error.hint().find(hint) != std::string::npos, error.hint() << " does not say: " << hint);
}

template <typename Step>
void check_fails(Step step, Trouble trouble, std::string_view text, std::string_view hint = "")
{
    try {
        step();
        BOOST_ERROR("no error");
    } catch (const Error& error) {
        check_error(error, trouble, text, hint);
    }
}

} // namespace far_side
