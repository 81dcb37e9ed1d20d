// The web server alone, for tests that are its clients. It prints its port, then answers commands, one a
// line:
//   offer FILE NAME plain|tls any|ADDRESS,... SECONDS BYTES   -> the path of the image
//   seen N                                                    -> what was fetched of the N-th offer, from 0
//   revoke N                                                  -> "revoked"
//   logs FOLDER any|ADDRESS,... SECONDS BYTES [NAME=FILE]...  -> the path of the logs
//   taken N                                                   -> "NAME SIZE whole|part" of each log, joined
//   by ";"
// What the server tells goes to standard error. It ends with its input.
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"
#include "manager/serve/file_server.hpp"

#include <iostream>
#include <map>
#include <sstream>
#include <vector>

namespace {

using manager::bmc::Delivered;
using manager::bmc::ImageOffer;
using manager::serve::FileServer;

std::vector<std::string> sources(const std::string& word)
{
    return word == "any" ? std::vector<std::string>{} : common::split(word, ',');
}

void say(const std::string& sentence)
{
    std::cerr << sentence << std::endl;
}

class Host {
public:
    explicit Host(FileServer& server) : server_(server) {}

    std::string obey(const std::string& line)
    {
        std::istringstream words(line);
        std::string command;
        words >> command;
        if (command == "offer")
            return offer(words);
        if (command == "logs")
            return open_logs(words);
        std::size_t index = 0;
        words >> index;
        if (command == "seen")
            return seen(offers_.at(index)->delivered());
        if (command == "taken")
            return taken(*logs_.at(index));
        if (command == "revoke")
            offers_.at(index).reset();
        return command == "revoke" ? "revoked" : "what?";
    }

private:
    std::string offer(std::istringstream& words)
    {
        ImageOffer image;
        std::string file, how, from;
        std::int64_t life = 0;
        words >> file >> image.name >> how >> from >> life >> image.most_bytes;
        image.tell = say;
        image.file = file;
        image.plain = how == "plain";
        image.sources = sources(from);
        image.life = std::chrono::seconds(life);
        image.size = std::filesystem::file_size(file);
        image.sha256 = hash_of(file);
        offers_.push_back(server_.offer(image));
        return offers_.back()->path();
    }

    /// Once for each file: there may be many offers of a large one.
    const std::string& hash_of(const std::string& file)
    {
        std::string& hash = hashes_[file];
        if (hash.empty())
            hash = common::tls::sha256_of_file(common::os::open_file(file, common::os::Open::read).get());
        return hash;
    }

    std::string open_logs(std::istringstream& words)
    {
        manager::link::LogOffer offer;
        std::string folder, from;
        std::int64_t life = 0;
        words >> folder >> from >> life >> offer.most_bytes;
        offer.folder = folder;
        offer.sources = sources(from);
        offer.life = std::chrono::seconds(life);
        offer.tell = say;
        for (std::string given; words >> given;)
            offer.given[given.substr(0, given.find('='))] = given.substr(given.find('=') + 1);
        logs_.push_back(server_.open_logs(std::move(offer)));
        return logs_.back()->path();
    }

    static std::string seen(const Delivered& delivered)
    {
        const std::string hash = !delivered.hash_right   ? "unknown"
                                 : *delivered.hash_right ? "right"
                                                         : "wrong";
        std::ostringstream text;
        text << delivered.bytes << ' ' << delivered.furthest << ' ' << delivered.gets << ' '
             << delivered.whole << ' ' << hash << ' ' << (delivered.plain ? "plain" : "tls");
        return text.str();
    }

    static std::string taken(const manager::link::OpenLogs& logs)
    {
        std::vector<std::string> parts;
        for (const manager::link::TakenLog& log : logs.taken())
            parts.push_back(log.name + " " + std::to_string(log.size) + (log.complete ? " whole" : " part"));
        return common::join(parts, ";");
    }

    FileServer& server_;
    std::map<std::string, std::string> hashes_;
    std::vector<std::unique_ptr<manager::bmc::OfferedImage>> offers_;
    std::vector<std::unique_ptr<manager::link::OpenLogs>> logs_;
};

} // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        common::net::Loop loop(2, 4);
        FileServer server(loop, {"", {}});
        std::optional<std::uint16_t> port;
        if (words.size() > 1)
            port = static_cast<std::uint16_t>(std::stoul(words[1]));
        const common::net::Bound bound = server.listen(words.empty() ? "" : words[0], port);
        std::cout << "port " << bound.port << std::endl;
        Host host(server);
        for (std::string line; std::getline(std::cin, line);) {
            try {
                std::cout << host.obey(line) << std::endl;
            } catch (const std::exception& error) {
                std::cout << "error " << error.what() << std::endl;
            }
        }
    } catch (const common::Error& error) {
        std::cout << "error " << error.text() << " | " << error.hint() << std::endl;
        return 1;
    }
    return 0;
}
