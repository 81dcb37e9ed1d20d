#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/bmc/json.hpp"
#include "manager/bmc/log_words.hpp"
#include "manager/bmc/profile.hpp"
#include "manager/bmc/redfish.hpp"
#include "manager/bmc/redfish_bmc.hpp"
#include "manager/bmc/ribcl_words.hpp"
#include "manager/bmc/task_words.hpp"
#include "manager/bmc/update_note.hpp"

#include <boost/test/unit_test.hpp>

using namespace manager::bmc;
using namespace std::chrono_literals;

namespace {

Reply reply(long status, const std::string& body, std::map<std::string, std::string> headers = {})
{
    Reply made;
    made.status = status;
    made.body = body;
    made.headers = std::move(headers);
    return made;
}

Look task(const std::string& text)
{
    return read_task(Json::parse(text));
}

} // namespace

BOOST_AUTO_TEST_SUITE(bmc_words)

BOOST_AUTO_TEST_CASE(only_known_words_end_a_task)
{
    BOOST_TEST((stage_of("Completed", 100u) == Stage::ended));
    BOOST_TEST((stage_of("Exception", {}) == Stage::failed));
    BOOST_TEST((stage_of("Killed", {}) == Stage::failed));
    BOOST_TEST((stage_of("Cancelled", {}) == Stage::failed));
    BOOST_TEST((stage_of("Scheduled", {}) == Stage::waits_for_host));
    for (const char* word :
         {"New", "Starting", "Running", "Pending", "Suspended", "Downloading", "Downloaded", "", "Odd"})
        BOOST_TEST((stage_of(word, 100u) == Stage::working), word);
}

BOOST_AUTO_TEST_CASE(dell_asks_for_a_reboot_by_user_intervention_at_the_end)
{
    BOOST_TEST((stage_of("UserIntervention", 40u) == Stage::working));
    BOOST_TEST((stage_of("UserIntervention", 100u) == Stage::waits_for_host));
}

BOOST_AUTO_TEST_CASE(a_task_that_is_completed_and_critical_has_failed)
{
    BOOST_TEST((task(R"({"TaskState":"Completed","TaskStatus":"Critical"})").stage == Stage::failed));
    BOOST_TEST((task(R"({"TaskState":"Completed","TaskStatus":"OK"})").stage == Stage::ended));
}

BOOST_AUTO_TEST_CASE(a_task_tells_why_and_that_it_wants_a_reset)
{
    const Look look = task(R"({"TaskState":"Completed","PercentComplete":100,"Messages":[
        {"MessageId":"Base.1.8.ResetRequired","Message":"A reset\u001b[31m is required."}]})");
    BOOST_TEST(look.needs_reset);
    BOOST_TEST(look.percent.value() == 100u);
    BOOST_TEST(look.text == "A reset?[31m is required. (ResetRequired)");
}

BOOST_AUTO_TEST_CASE(numbers_where_text_is_due_are_no_text)
{
    const Look look = task(R"({"TaskState":7,"PercentComplete":"much","Messages":{"a":1},"TaskStatus":[]})");
    BOOST_TEST((look.stage == Stage::working));
    BOOST_TEST(!look.percent);
}

BOOST_AUTO_TEST_CASE(the_place_of_a_task_is_found_wherever_a_vendor_writes_it)
{
    const TaskPlace standard = task_place(reply(
        202,
        R"({"@odata.id":"/redfish/v1/TaskService/Tasks/3","@odata.type":"#Task.v1_4_3.Task","TaskState":"New"})",
        {{"location", "/redfish/v1/TaskService/TaskMonitors/3"}}));
    BOOST_TEST(standard.task == "/redfish/v1/TaskService/Tasks/3");
    BOOST_TEST(standard.monitor == "/redfish/v1/TaskService/TaskMonitors/3");

    const TaskPlace dell = task_place(
        reply(202, "", {{"location", "https://other.example/redfish/v1/TaskService/Tasks/JID_7"}}));
    BOOST_TEST(dell.task == "/redfish/v1/TaskService/Tasks/JID_7");

    const TaskPlace old =
        task_place(reply(202, "", {{"location", "/redfish/v1/TaskService/Tasks/0/Monitor"}}));
    BOOST_TEST(old.task == "");
    BOOST_TEST(old.monitor == "/redfish/v1/TaskService/Tasks/0/Monitor");

    const TaskPlace supermicro = task_place(reply(202, R"({"Accepted":{"@Message.ExtendedInfo":[
        {"MessageArgs":["/redfish/v1/TaskService/Tasks/5"]}]}})"));
    BOOST_TEST(supermicro.task == "/redfish/v1/TaskService/Tasks/5");

    BOOST_TEST(!task_place(reply(204, "")).is_known());
    BOOST_TEST(!task_place(reply(202, "", {{"location", "file:///etc/passwd"}})).is_known());
}

BOOST_AUTO_TEST_CASE(retry_after_is_a_number_or_a_date_within_limits)
{
    const auto now = std::chrono::system_clock::from_time_t(784'111'777); // Sun, 06 Nov 1994 08:49:37 GMT
    const auto after = [&](const std::string& text) {
        return retry_after(reply(202, "", {{"retry-after", text}}), now);
    };
    BOOST_TEST(after("7").value().count() == 7);
    BOOST_TEST(after("0").value().count() == 1);
    BOOST_TEST(after("86400").value().count() == 60);
    BOOST_TEST(after("Sun, 06 Nov 1994 08:49:57 GMT").value().count() == 20);
    BOOST_TEST(after("Sun, 06 Nov 1994 08:49:00 GMT").value().count() == 1);
    BOOST_TEST(!after("soon"));
    BOOST_TEST(!retry_after(reply(202, ""), now));
}

BOOST_AUTO_TEST_CASE(no_link_leads_away_from_the_bmc)
{
    BOOST_TEST(path_of("/redfish/v1/") == "/redfish/v1/");
    BOOST_TEST(path_of("https://10.0.0.9/redfish/v1/Tasks/1") == "/redfish/v1/Tasks/1");
    for (const char* uri : {"file:///etc/passwd", "//evil.example/x", "redfish/v1", "",
                            "https://evil.example", "/a b", "/a\r\nHost: x", "gopher://x/y"})
        BOOST_TEST(path_of(uri) == "", uri);
}

BOOST_AUTO_TEST_CASE(json_deeper_than_64_levels_is_refused)
{
    const auto nested = [](std::size_t levels) {
        return std::string(levels, '[') + std::string(levels, ']');
    };
    BOOST_TEST(!json_or_null(nested(60)).is_null());
    BOOST_TEST(json_or_null(nested(80)).is_null());
    BOOST_TEST(json_or_null(nested(100'000)).is_null());
    BOOST_CHECK_THROW(parse_json("{"), common::Error);
}

BOOST_AUTO_TEST_CASE(a_json_string_keeps_what_it_holds)
{
    const std::string odd = "pa\"ss\\w\x01ord\n\xc3\xa9";
    BOOST_TEST(Json::parse(json_string(odd)).get<std::string>() == odd);
}

BOOST_AUTO_TEST_CASE(the_vendor_decides_how_a_bmc_is_pushed_to)
{
    const auto profile = [](const std::string& vendor) {
        Service service;
        service.vendor = vendor;
        return profile_of(service);
    };
    BOOST_TEST((profile("HPE").push == PushWay::form));
    BOOST_TEST((profile("Dell").push == PushWay::staged));
    BOOST_TEST((profile("Lenovo").push == PushWay::targets));
    BOOST_TEST(profile("Supermicro").two_steps);
    BOOST_TEST((profile("").push == PushWay::octets));
    BOOST_TEST((profile("Contoso").push == PushWay::octets));
}

BOOST_AUTO_TEST_CASE(an_update_service_says_what_it_takes)
{
    const UpdateService service = read_update_service(Json::parse(R"({
        "@odata.id": "/u", "HttpPushUri": "/u/push", "MultipartHttpPushUri": "https://10.0.0.9/u/form",
        "MaxImageSizeBytes": 1000, "FirmwareInventory": {"@odata.id": "/u/inventory"},
        "Actions": {"#UpdateService.SimpleUpdate": {"target": "/u/simple",
                    "TransferProtocol@Redfish.AllowableValues": ["TFTP"]}}})"));
    BOOST_TEST(service.push == "/u/push");
    BOOST_TEST(service.multipart == "/u/form");
    BOOST_TEST(service.simple_update == "/u/simple");
    BOOST_TEST(service.protocols.size() == 1u);
    BOOST_TEST(service.most_bytes.value() == 1000u);
    BOOST_TEST(service.inventory == "/u/inventory");
    BOOST_TEST(!service.has_apply_time);
}

BOOST_AUTO_TEST_CASE(a_refusal_tells_its_reason)
{
    BOOST_TEST(refusal_of(reply(400, R"({"error":{"@Message.ExtendedInfo":[
        {"MessageId":"Base.1.8.PropertyUnknown","Message":"Odd."}]}})")) ==
               "Odd. (PropertyUnknown), HTTP status 400");
    BOOST_TEST(refusal_of(reply(500, "<html>")) == "HTTP status 500");
}

BOOST_AUTO_TEST_CASE(an_entry_of_a_log_may_lack_anything)
{
    BOOST_TEST(
        log_line(Json::parse(R"({"Created":"2031-05-04T09:14:07Z","Severity":"OK","Message":"Flashed\n<b>",
        "Oem":{"Hpe":{"EventNumber":7,"Class":2,"Count":3}}})")) ==
        "2031-05-04T09:14:07Z OK Flashed?<b> [event 7, class 2, 3 times]");
    BOOST_TEST(log_line(Json::object()) == "");
    BOOST_TEST(log_lines({Json::parse(R"({"Created":"2","Message":"b"})"),
                          Json::parse(R"({"Created":"1","Message":"a"})"), Json()})
                   .front() == "1 a");
    BOOST_TEST(log_name("../etc/passwd") == "___etc_passwd");
    BOOST_TEST(log_name("//") == "log");
}

BOOST_AUTO_TEST_CASE(ribcl_is_read_tag_by_tag_however_odd_it_is)
{
    const RibclAnswer answer =
        read_ribcl("<?xml version=\"1.0\"?>\r\n<RIBCL VERSION=\"2.23\">\r\n<RESPONSE\r\n"
                   "STATUS=\"0x0000\"\r\nMESSAGE='No error'\r\n/>\r\n</RIBCL>\r\n"
                   "<?xml version=\"1.0\"?><RIBCL VERSION=\"2.23\"/><RESPONSE STATUS=\"0x005F\" "
                   "MESSAGE='Login &lt;failed&gt;.'/></RIBCL><BROKEN a='1");
    BOOST_TEST(answer.status == 0x5fu);
    BOOST_TEST(answer.message == "Login <failed>.");
    BOOST_TEST(answer.tags.back().name == "BROKEN");
    BOOST_TEST(answer.tags.back().value("A") == "1");
}

BOOST_AUTO_TEST_CASE(progress_is_read_while_the_answer_is_not_whole)
{
    BOOST_TEST(
        newest_inform("<RIBCL><INFORM>10% done</INFORM><INFORM> 40%\x1b[2J done\r\n</INFORM><INFORM>5") ==
        common::one_line("40%\x1b[2J done"));
    BOOST_TEST(newest_inform("<INFORM>10").empty());
    BOOST_TEST(newest_inform("</INFORM>10").empty());
    BOOST_TEST(newest_inform("").empty());
}

BOOST_AUTO_TEST_CASE(an_answer_by_ribcl_is_told_from_others)
{
    BOOST_TEST(is_ribcl("<?xml version=\"1.0\"?>\r\n<RIBCL VERSION=\"2.22\">"));
    BOOST_TEST(is_ribcl(empty_ribcl_request));
    for (const char* other : {"", "HTTP/1.1 400 Bad Request\r\n\r\n<html>", "<html><RIBCL>", "<"})
        BOOST_TEST(!is_ribcl(other), other);
}

BOOST_AUTO_TEST_CASE(a_flood_of_tags_ends)
{
    std::string flood;
    for (int i = 0; i < 100'000; ++i)
        flood += "<a b>";
    BOOST_TEST(ribcl_tags(flood).size() == 20'000u);
    BOOST_TEST(ribcl_tags(std::string(1'000'000, '<')).empty());
}

BOOST_AUTO_TEST_CASE(a_ribcl_request_keeps_what_a_password_holds)
{
    const auto tags = ribcl_tags(ribcl_request("ad\"min", "<&'\">", "RIB_INFO", "read", "<GET_FW_VERSION/>"));
    BOOST_TEST(tags.at(1).value("USER_LOGIN") == "ad\"min");
    BOOST_TEST(tags.at(1).value("PASSWORD") == "<&'\">");
    BOOST_TEST(tags.at(3).name == "GET_FW_VERSION");
}

BOOST_AUTO_TEST_CASE(an_ilo_describes_itself_without_a_login)
{
    const auto facts =
        read_xmldata("<RIMP><HSI><SBSN>CZ1</SBSN><SPN>DL380p</SPN><cUUID>1-2</cUUID></HSI>"
                     "<MP><PN>Integrated Lights-Out 4 (iLO 4)</PN><FWRI>2.82</FWRI></MP></RIMP>");
    BOOST_TEST(facts.value().kind == "Integrated Lights-Out 4 (iLO 4)");
    BOOST_TEST(facts.value().version == "2.82");
    BOOST_TEST(facts.value().uuid == "1-2");
    BOOST_TEST(!read_xmldata("<html>"));
}

BOOST_AUTO_TEST_CASE(the_note_of_an_update_survives)
{
    UpdateNote note;
    note.job = "job-1";
    note.state = UpdateState::applying;
    note.method = Method::pull;
    note.place = {"/t/1", "/m/1"};
    note.out_of_hand = true;
    note.before = "1.0";
    note.end = UpdateEnd::unconfirmed;
    const UpdateNote read = update_note_from_json(to_json(note)).value();
    BOOST_TEST(read.job == "job-1");
    BOOST_TEST((read.state == UpdateState::applying));
    BOOST_TEST((read.method == Method::pull));
    BOOST_TEST(read.place.task == "/t/1");
    BOOST_TEST(read.out_of_hand);
    BOOST_TEST((read.end == UpdateEnd::unconfirmed));
    BOOST_TEST(!update_note_from_json("{}"));
    BOOST_TEST(!update_note_from_json("not even that"));
}

BOOST_AUTO_TEST_SUITE_END()
