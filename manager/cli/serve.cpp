#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/canceller.hpp"
#include "manager/cli/command.hpp"
#include "manager/cli/descriptors.hpp"
#include "manager/cli/how_options.hpp"
#include "manager/cli/output_options.hpp"
#include "manager/cli/ports_file.hpp"
#include "manager/cli/run_host.hpp"
#include "manager/cli/service_manager.hpp"
#include "manager/cli/signals.hpp"
#include "manager/store/run_lock.hpp"
#include "manager/trust/private_file.hpp"

namespace manager::cli {

namespace {

/// One process serves a data folder.
store::RunLock lock_serving(const std::filesystem::path& data)
{
    try {
        return store::RunLock::take(data / "serve");
    } catch (const common::Error& error) {
        if (error.trouble() != common::Trouble::busy)
            throw;
        throw common::Error(common::Trouble::busy, data.string() + " is served already",
                            "'soapstone status' tells by whom");
    }
}

Canceller::Words words()
{
    Canceller::Words words;
    words.at_once =
        "leaving at once; agents remove themselves. The next 'soapstone serve' goes on with the runs";
    return words;
}

std::string ports_text(const std::vector<serve::PortInUse>& ports)
{
    std::vector<std::string> texts;
    for (const serve::PortInUse& port : ports)
        texts.push_back(port.purpose + " " + std::to_string(port.port));
    return common::join(texts, ", ");
}

class ServeCommand final : public Command {
public:
    std::string_view name() const override { return "serve"; }
    std::string_view summary() const override
    {
        return "Be a manager that stays: take runs from other commands, until Ctrl-C.";
    }

    void declare(po::options_description& options, po::positional_options_description&) override
    {
        how_.declare_ports(options);
        how_.declare_web(options);
        output_.declare_data(options);
        auto option = options.add_options();
        option("key-file", po::value(&key_file_)->value_name("FILE"),
               "what seals the API's key on the disk: a file of mode 0600 with at least 16 bytes");
        option("ask-key", po::bool_switch(&ask_key_), "ask for it instead");
    }

    ExitCode run(Workplace& workplace) override
    {
        raise_most_descriptors(); // each caller of the API keeps a connection
        Canceller canceller(words());
        const Signals signals([&](int number) { canceller.signal(number); }); // before any other thread
        const ProgressHandle progress = make_plain_progress(workplace.err, false);
        canceller.speak_through(progress.get());
        const auto say = [&progress](const std::string& text) {
            progress->say(common::one_line(text, 2'000));
        };
        const std::filesystem::path data = output_.data();
        const store::RunLock lock = lock_serving(data);
        store::SqliteStore store(data);
        Station station({data, how_.places(), {}, strongbox(data, workplace), say}, store);
        station.cabinet().forget_abandoned_uploads();
        open_all(station, say);
        RunHost host(station, store, data, say);
        const Attached attached(canceller, [&host] {
            tell_service_manager("STOPPING=1");
            host.cancel();
        });
        const PortsFile ports(data, station.ports());
        say("certificate for programs that call the API" +
            std::string(key_file_.empty() && !ask_key_ ? ", until the next start: " : ": ") +
            (data / "serve" / "certificate.pem").string());
        say("serving " + data.string() + ": " + ports_text(station.ports()));
        if (const std::string link = station.new_login_url(); !link.empty())
            say("logs and reports: " + link);
        tell_service_manager("READY=1");
        host.go_on();
        host.wait_for_end();
        say("all runs have ended");
        return ExitCode::ok;
    }

private:
    static void open_all(Station& station, const RunHost::Say& say)
    {
        station.open_agent_ports();
        try {
            station.images();
        } catch (const common::Error& error) {
            say("BMCs can fetch nothing from here, images are sent: " + error.text());
        }
        for (const std::string& notice : station.notices())
            say(notice);
    }

    /// Null when there is no key, so that nothing secret is to be kept.
    std::shared_ptr<const trust::Strongbox> strongbox(const std::filesystem::path& data,
                                                      Workplace& workplace) const
    {
        if (ask_key_ && !key_file_.empty())
            throw common::Error(common::Trouble::invalid, "--ask-key and --key-file exclude each other");
        if (!ask_key_ && key_file_.empty())
            return nullptr;
        const common::Secret key =
            ask_key_ ? workplace.ask("Key for what is sealed: ") : trust::read_password_file(key_file_);
        return std::make_shared<const trust::Strongbox>(trust::Strongbox::open(data / "serve", key));
    }

    HowOptions how_;
    OutputOptions output_;
    std::string key_file_;
    bool ask_key_ = false;
};

} // namespace

CommandHandle make_serve()
{
    return std::make_unique<ServeCommand>();
}

} // namespace manager::cli
