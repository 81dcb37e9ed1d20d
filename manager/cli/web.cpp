#include "manager/cli/command.hpp"
#include "manager/cli/option_values.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/cli/signals.hpp"
#include "manager/cli/web_desk.hpp"
#include "manager/store/sqlite_store.hpp"

#include <condition_variable>
#include <mutex>
#include <ostream>

namespace manager::cli {

namespace {

/// Lines for who sits there, from any thread, and the wish to end.
class Desk {
public:
    explicit Desk(std::ostream& err) : err_(err) {}

    void say(const std::string& text)
    {
        const std::lock_guard lock(mutex_);
        err_ << text << std::endl;
    }

    void end()
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
        changed_.notify_all();
    }

    void wait_for_end()
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return over_; });
    }

private:
    std::ostream& err_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool over_ = false;
};

class WebCommand final : public Command {
public:
    std::string_view name() const override { return "web"; }
    std::string_view summary() const override
    {
        return "Show runs, their reports and logs in a browser, until Ctrl-C.";
    }

    void declare(po::options_description& options, po::positional_options_description&) override
    {
        auto option = options.add_options();
        option("listen", po::value(&web_.listen)->value_name("ADDRESS"),
               "address to listen on (default: all)");
        option("advertise", po::value(&web_.advertise)->value_name("ADDRESS"),
               "name or address for the link, by which browsers reach this machine");
        option("web-port", number("web-port", &web_.port, 0, 65'535),
               "of the web server (default: 80, else one of 63000-63005)");
        output_.declare_data(options);
    }

    ExitCode run(Workplace& workplace) override
    {
        Desk desk(workplace.err);
        const Signals signals([&desk](int) { desk.end(); }); // before any other thread there is
        web_.data = output_.kept_data();
        web_.view = true;
        web_.say = [&desk](const std::string& text) { desk.say(text); };
        const store::SqliteStore store(web_.data);
        common::net::Loop loop(1, 2);
        WebDesk web(loop, web_, store);
        desk.say("open this once to sign in: " + web.new_login_url());
        desk.say("the certificate is new each time; SHA-256 of its key: " + web.fingerprint());
        desk.say("Ctrl-C ends it");
        desk.wait_for_end();
        return ExitCode::ok;
    }

private:
    WebOptions web_;
    OutputOptions output_;
};

} // namespace

CommandHandle make_web()
{
    return std::make_unique<WebCommand>();
}

} // namespace manager::cli
