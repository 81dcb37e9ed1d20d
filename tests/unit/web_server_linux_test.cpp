#include "common/os/file.hpp"
#include "common/tls/hash.hpp"
#include "manager/serve/file_server.hpp"
#include "manager/serve/token.hpp"
#include "manager/serve/url.hpp"
#include "manager/serve/web_port.hpp"
#include "tests/unit/net_rig.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <thread>

using namespace rig;
using manager::bmc::Delivered;
using manager::bmc::ImageOffer;
using manager::serve::FileServer;

namespace {

/// The server at work, one image on offer, and a client that takes any key.
struct Scene {
    Scene()
    {
        common::os::write_file_durably(folder / "image.bin", image);
        port = server.listen("127.0.0.1", 0).port;
        offer.file = folder / "image.bin";
        offer.sha256 = common::tls::sha256_hex(image);
        offer.size = image.size();
        offer.name = "ilo5_300.bin";
    }

    Reply ask(const std::string& target, const std::string& method = "GET",
              const std::vector<std::pair<std::string, std::string>>& fields = {})
    {
        Client client(loop, Context::client_without_certificate([](const std::string&) { return true; }),
                      "127.0.0.1", port);
        Client::Exchange exchange;
        exchange.method = method;
        exchange.target = target;
        for (const auto& [name, value] : fields)
            exchange.headers.set(name, value);
        return client.exchange(exchange, Deadline::in(10s));
    }

    Reply ask_plain(const std::string& target)
    {
        Client client(loop, nullptr, "127.0.0.1", port);
        Client::Exchange exchange;
        exchange.method = "GET";
        exchange.target = target;
        return client.exchange(exchange, Deadline::in(10s));
    }

    tests::Scratch scratch;
    std::filesystem::path folder = scratch.path();
    const std::string image = pattern(700'000);
    Loop loop{2, 2};
    FileServer server{loop, {}};
    std::uint16_t port = 0;
    ImageOffer offer;
};

} // namespace

BOOST_AUTO_TEST_SUITE(web_server)

BOOST_AUTO_TEST_CASE(the_ports_are_six_in_an_order_that_differs)
{
    std::set<std::vector<std::uint16_t>> orders;
    for (int i = 0; i < 50; ++i) {
        std::vector<std::uint16_t> ports = manager::serve::web_ports_in_random_order();
        orders.insert(ports);
        std::sort(ports.begin(), ports.end());
        const std::vector<std::uint16_t> all{63000, 63001, 63002, 63003, 63004, 63005};
        BOOST_TEST(ports == all, boost::test_tools::per_element());
    }
    BOOST_TEST(orders.size() > 10u);
}

BOOST_AUTO_TEST_CASE(tokens_are_long_all_different_and_fit_into_a_url)
{
    std::set<std::string> tokens;
    for (int i = 0; i < 1'000; ++i) {
        const std::string token = manager::serve::new_token();
        BOOST_TEST(token.size() == 32u); // 192 bits
        BOOST_TEST(manager::serve::url_escaped(token) == token);
        tokens.insert(token);
    }
    BOOST_TEST(tokens.size() == 1'000u);
}

BOOST_AUTO_TEST_CASE(urls_are_taken_apart_without_surprises)
{
    using namespace manager::serve;
    BOOST_TEST(url_escaped("a b/%ü") == "a%20b%2F%25%C3%BC");
    BOOST_TEST(url_unescaped("a%20b%2f").value_or("?") == "a b/");
    for (const char* bad : {"%", "%4", "%zz", "a%2"})
        BOOST_TEST(!url_unescaped(bad));
    BOOST_TEST(path_segments("/a/%2e%2e/c")->at(1) == "..");
    BOOST_TEST(query_value("a=1&page=7", "page").value_or("?") == "7");
    BOOST_TEST(!query_value("apage=7", "page"));
    BOOST_TEST(plain_address("::ffff:10.0.0.1") == "10.0.0.1");
    BOOST_TEST(plain_address("2001:DB8:0:0::1") == "2001:db8::1");
    BOOST_TEST(plain_address("fe80::1%eth0") == "fe80::1");
    BOOST_TEST(plain_address("10.0.0") == "");
    BOOST_TEST(url_host("2001:db8::1") == "[2001:db8::1]");
}

BOOST_AUTO_TEST_CASE(an_offered_image_is_fetched_whole_and_what_was_fetched_is_known)
{
    Scene scene;
    const auto offered = scene.server.offer(scene.offer);
    BOOST_TEST(offered->path().starts_with("/fw/"));
    BOOST_TEST(offered->path().ends_with("/ilo5_300.bin"));
    const Reply reply = scene.ask(offered->path());
    BOOST_TEST(reply.status == 200);
    BOOST_TEST((reply.body == scene.image));
    BOOST_TEST(reply.headers.find("ETag").value_or("") == "\"" + scene.offer.sha256 + "\"");
    BOOST_TEST(reply.headers.find("Accept-Ranges").value_or("") == "bytes");
    BOOST_TEST(reply.headers.find("Last-Modified").has_value());
    const Delivered delivered = offered->delivered();
    BOOST_TEST(delivered.bytes == scene.image.size());
    BOOST_TEST(delivered.furthest == scene.image.size());
    BOOST_TEST(delivered.gets == 1u);
    BOOST_TEST(delivered.whole == 1u);
    BOOST_TEST(delivered.hash_right.value_or(false));
}

BOOST_AUTO_TEST_CASE(ranges_go_on_where_a_transfer_broke_off)
{
    Scene scene;
    const auto offered = scene.server.offer(scene.offer);
    const auto ranged = [&](const std::string& range, const std::string& condition = "") {
        std::vector<std::pair<std::string, std::string>> fields{{"Range", range}};
        if (!condition.empty())
            fields.emplace_back("If-Range", condition);
        return scene.ask(offered->path(), "GET", fields);
    };
    BOOST_TEST(ranged("bytes=10-19").body == scene.image.substr(10, 10));
    BOOST_TEST(ranged("bytes=10-19").headers.find("Content-Range").value_or("") == "bytes 10-19/700000");
    BOOST_TEST((ranged("bytes=699000-").body == scene.image.substr(699'000)));
    BOOST_TEST((ranged("bytes=-100").body == scene.image.substr(699'900)));
    BOOST_TEST(ranged("bytes=700000-").status == 416);
    BOOST_TEST(ranged("bytes=0-1,5-6").status == 200); // several at once: all of it
    BOOST_TEST(ranged("bytes=0-1", "\"" + scene.offer.sha256 + "\"").status == 206);
    BOOST_TEST(ranged("bytes=0-1", "\"other\"").status == 200);
    const std::string date = scene.ask(offered->path(), "HEAD").headers.find("Last-Modified").value_or("");
    BOOST_TEST(ranged("bytes=0-1", date).status == 206);
}

BOOST_AUTO_TEST_CASE(whatever_does_not_fit_an_offer_gets_the_same_answer)
{
    Scene scene;
    scene.offer.sources = {"10.9.9.9"};
    const auto foreign = scene.server.offer(scene.offer);
    scene.offer.sources = {"127.0.0.1"};
    const auto mine = scene.server.offer(scene.offer);
    scene.offer.life = 0s;
    const auto expired = scene.server.offer(scene.offer);
    std::string revoked;
    {
        scene.offer.life = 60s;
        revoked = scene.server.offer(scene.offer)->path();
    }
    const std::string unknown = "/fw/" + manager::serve::new_token() + "/ilo5_300.bin";
    const std::string wrong_name = mine->path() + "x";
    for (const std::string& path :
         {foreign->path(), expired->path(), revoked, unknown, wrong_name, std::string("/fw/"),
          std::string("/fw"), std::string("/"), mine->path().substr(0, mine->path().rfind('/'))}) {
        const Reply reply = scene.ask(path);
        BOOST_TEST_CONTEXT(path)
        {
            BOOST_TEST(reply.status == 404);
            BOOST_TEST(reply.body == "not found\n");
            BOOST_TEST(reply.headers.all().size() == 3u); // date, length, type
        }
    }
    BOOST_TEST(scene.ask(mine->path()).status == 200);
    BOOST_TEST(foreign->delivered().gets == 0u);
}

BOOST_AUTO_TEST_CASE(escapes_in_a_name_and_a_whole_url_as_target_are_understood)
{
    Scene scene;
    scene.offer.name = "A43 v1.20.signed.flash";
    const auto offered = scene.server.offer(scene.offer);
    BOOST_TEST(offered->path().ends_with("/A43%20v1.20.signed.flash"));
    BOOST_TEST(scene.ask(offered->path()).status == 200);
    std::string escaped = offered->path();
    escaped.replace(escaped.size() - 5, 5, "%66lash");
    BOOST_TEST(scene.ask(escaped).status == 200);
    BOOST_TEST(scene.ask("https://anything.example:1234" + offered->path()).status == 200);
    BOOST_TEST(scene.ask(offered->path(), "POST").status == 405);
}

BOOST_AUTO_TEST_CASE(plain_http_gets_only_what_was_offered_so)
{
    Scene scene;
    const auto secure = scene.server.offer(scene.offer);
    scene.offer.plain = true;
    const auto plain = scene.server.offer(scene.offer);
    BOOST_TEST(scene.ask_plain(secure->path()).status == 404);
    BOOST_TEST((scene.ask_plain(plain->path()).body == scene.image));
    BOOST_TEST(plain->delivered().plain);
    BOOST_TEST(scene.ask_plain("/").status == 403);
    BOOST_TEST(scene.ask_plain("/log/x/y").status == 403);
    BOOST_TEST(scene.ask(plain->path()).status == 200);
}

BOOST_AUTO_TEST_CASE(an_offer_gives_no_more_bytes_than_it_may)
{
    Scene scene;
    scene.offer.most_bytes = 1'000'000;
    const auto offered = scene.server.offer(scene.offer);
    BOOST_TEST(scene.ask(offered->path()).status == 200);
    BOOST_CHECK_THROW(scene.ask(offered->path()), Error); // breaks off in the middle
    BOOST_TEST(scene.ask(offered->path()).status == 404);
    BOOST_TEST(offered->delivered().whole == 1u);
}

BOOST_AUTO_TEST_CASE(a_file_that_changed_since_is_not_given_whole)
{
    Scene scene;
    const auto offered = scene.server.offer(scene.offer);
    std::string other = scene.image;
    other[5] = static_cast<char>(other[5] ^ 1);
    const common::os::Descriptor file = common::os::open_file(scene.offer.file, common::os::Open::write);
    BOOST_REQUIRE(common::os::write_at(file.get(), other, 0));
    BOOST_CHECK_THROW(scene.ask(offered->path()), Error);
    BOOST_TEST(!offered->delivered().hash_right.value_or(true));
    BOOST_TEST(offered->delivered().whole == 0u);
}

BOOST_AUTO_TEST_CASE(offers_of_one_file_share_a_look_until_it_changes)
{
    Scene scene;
    const auto first = scene.server.offer(scene.offer);
    BOOST_TEST(scene.ask(first->path()).status == 200);
    const auto second = scene.server.offer(scene.offer);
    BOOST_TEST(second->delivered().hash_right.value_or(false)); // of the first one's delivery
    BOOST_TEST(second->delivered().whole == 0u);
    BOOST_TEST(scene.ask(second->path()).status == 200);

    std::string other = scene.image;
    other[5] = static_cast<char>(other[5] ^ 1);
    common::os::write_file_durably(scene.offer.file, other); // a new file of the old name
    BOOST_TEST(scene.ask(second->path()).status == 200);     // which was opened before
    BOOST_CHECK_THROW(scene.server.offer(scene.offer), Error);
}

BOOST_AUTO_TEST_CASE(a_part_of_a_file_that_changed_since_is_not_given_to_its_end)
{
    Scene scene;
    const auto offered = scene.server.offer(scene.offer);
    BOOST_TEST(scene.ask(offered->path()).status == 200);
    std::this_thread::sleep_for(std::chrono::milliseconds(20)); // the file system's clock
    const common::os::Descriptor file = common::os::open_file(scene.offer.file, common::os::Open::write);
    BOOST_REQUIRE(common::os::write_at(file.get(), "other", scene.image.size() - 5));
    BOOST_CHECK_THROW(scene.ask(offered->path()), Error);
    BOOST_CHECK_THROW(scene.ask(offered->path(), "GET", {{"Range", "bytes=100-"}}), Error);
    BOOST_TEST(offered->delivered().whole == 1u);
}

BOOST_AUTO_TEST_CASE(an_offer_that_makes_no_sense_is_refused)
{
    Scene scene;
    const auto refused = [&](auto change) {
        ImageOffer offer = scene.offer;
        change(offer);
        BOOST_CHECK_THROW(scene.server.offer(offer), Error);
    };
    refused([](ImageOffer& offer) { offer.name = "../x"; });
    refused([](ImageOffer& offer) { offer.name = ""; });
    refused([](ImageOffer& offer) { offer.sources = {"bmc.example"}; });
    refused([](ImageOffer& offer) { offer.sha256 = std::string(64, '0'); });
    refused([](ImageOffer& offer) { ++offer.size; });
    refused([](ImageOffer& offer) { offer.file = "/nowhere"; });
}

BOOST_AUTO_TEST_CASE(a_target_puts_its_logs_and_gets_them_back)
{
    Scene scene;
    common::os::write_file_durably(scene.folder / "manager.log", "of the manager\n");
    common::os::write_file_durably(scene.folder / "agent.log", pattern(300'000));
    common::os::make_private_folder(scene.folder / "taken");
    manager::link::LogOffer offer;
    offer.folder = scene.folder / "taken";
    offer.most_bytes = 400'000;
    offer.given["manager.log"] = scene.folder / "manager.log";
    const auto logs = scene.server.open_logs(offer);
    Client client(scene.loop, Context::client_without_certificate([](const std::string&) { return true; }),
                  "127.0.0.1", scene.port);
    client.push(logs->path() + "agent.log", scene.folder / "agent.log", 10s);
    BOOST_REQUIRE(logs->taken().size() == 1u);
    BOOST_TEST(logs->taken()[0].name == "agent.log");
    BOOST_TEST(logs->taken()[0].complete);
    BOOST_TEST((content(logs->taken()[0].file) == pattern(300'000)));
    client.push(logs->path() + "..%2F..%2Fetc", scene.folder / "manager.log", 10s); // a name, and no path
    BOOST_TEST(logs->taken()[1].file.parent_path() == offer.folder);
    BOOST_CHECK_THROW(client.push(logs->path() + "again.log", scene.folder / "agent.log", 10s), Error);
    BOOST_TEST(scene.ask(logs->path() + "manager.log").body == "of the manager\n");
    BOOST_TEST((scene.ask(logs->path() + "agent.log").body == pattern(300'000)));
    BOOST_TEST(scene.ask(logs->path()).status == 404);
    BOOST_TEST(scene.ask("/log/x/agent.log").status == 404);
}

BOOST_AUTO_TEST_CASE(a_log_may_come_anew_while_a_dead_connection_still_holds_it_but_no_other_one)
{
    const tests::Scratch scratch;
    manager::serve::LogDesk desk;
    manager::link::LogOffer offer;
    offer.folder = scratch.path();
    const auto logs = desk.open(offer);
    const auto take = [&](const std::string& name) {
        common::net::Request request;
        request.method = "PUT";
        request.path = logs->path() + name;
        return desk.take(request);
    };
    const auto is_taken = [](const auto& answer) {
        return std::holds_alternative<common::net::StoreFile>(answer);
    };
    {
        const auto dead = take("1.log");
        BOOST_TEST(is_taken(dead));
        BOOST_TEST(is_taken(take("1.log")));
        BOOST_TEST(!is_taken(take("2.log")));
    }
    BOOST_TEST(is_taken(take("2.log")));
}

BOOST_AUTO_TEST_SUITE_END()
