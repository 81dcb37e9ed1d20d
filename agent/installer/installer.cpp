#include "agent/installer/installer.hpp"

#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

#include <cstring>

namespace agent::installer {

using common::ComponentKind;
using common::JobOrder;

namespace {

using Words = std::vector<std::string>;

Words deb(const JobOrder& order, const std::filesystem::path& payload)
{
    if (const auto apt = common::os::find_program("apt-get")) {
        Words words{*apt, "install",
                    "-y", "--no-install-recommends",
                    "-o", "DPkg::Lock::Timeout=120",
                    "-o", "APT::Sandbox::User=root",
                    "-o", "Dpkg::Options::=--force-confold"};
        if (order.allow_downgrade)
            words.emplace_back("--allow-downgrades");
        words.push_back("./" + payload.filename().string());
        return words;
    }
    if (const auto dpkg = common::os::find_program("dpkg"))
        return {*dpkg, "--force-confold", "-i", payload.string()};
    throw common::Error(common::Trouble::rejected, "there is neither apt-get nor dpkg on this machine");
}

Words rpm(const JobOrder& order, const std::filesystem::path& payload)
{
    const auto program = common::os::find_program("rpm");
    if (!program)
        throw common::Error(common::Trouble::rejected, "there is no rpm on this machine");
    Words words{*program, "-U", "-v"};
    if (order.allow_downgrade)
        words.emplace_back("--oldpackage");
    words.push_back(payload.string());
    return words;
}

Words program(const JobOrder& order, const std::filesystem::path& payload)
{
    Words words{payload.string()};
    words.insert(words.end(), order.arguments.begin(), order.arguments.end());
    return words;
}

bool says(const std::string& output, std::initializer_list<std::string_view> sentences)
{
    for (const std::string_view sentence : sentences)
        if (output.find(sentence) != std::string::npos)
            return true;
    return false;
}

std::string result_of_code(ComponentKind kind, int code, const std::string& output)
{
    if (code == 0)
        return "ok";
    if (kind == ComponentKind::program)
        return "failed";
    if (says(output, {"unmet dependencies", "dependency problems", "Failed dependencies"}))
        return "dependency";
    if (says(output, {"Could not get lock", "Unable to acquire the dpkg frontend lock",
                      "is locked by another process", "can't create transaction lock"}))
        return "busy_retry";
    if (says(output, {"packages will be DOWNGRADED", "is newer than", "which is newer than"}) &&
        says(output, {"--allow-downgrades", "already installed", "downgraded and"}))
        return "downgrade_blocked";
    return "failed";
}

std::string sentence_of(const std::string& result, int code)
{
    const std::string with_code = " (exit code " + std::to_string(code) + ").";
    if (result == "ok")
        return "Installed.";
    if (result == "dependency")
        return "A package that it depends on is missing" + with_code;
    if (result == "busy_retry")
        return "Another installer holds the package database" + with_code;
    if (result == "downgrade_blocked")
        return "A newer version is installed and going back was not allowed" + with_code;
    return "The installer failed" + with_code;
}

} // namespace

std::vector<std::string> command(const JobOrder& order, const std::filesystem::path& payload)
{
    switch (order.kind) {
    case ComponentKind::deb:
        return deb(order, payload);
    case ComponentKind::rpm:
        return rpm(order, payload);
    case ComponentKind::program:
        return program(order, payload);
    }
    throw common::Error(common::Trouble::defect, "unknown kind of component");
}

Meaning meaning(ComponentKind kind, const Raw& raw, const std::string& output)
{
    Meaning meaning{"failed", "failed", "posix", ""};
    if (kind != ComponentKind::program)
        meaning.code_map = common::name_of(kind);
    if (raw.cancelled)
        return {"cancelled", "cancelled", meaning.code_map, "Ended on request."};
    if (raw.timed_out)
        return {"timed_out", "failed", meaning.code_map, "It was not done in time and was ended."};
    if (raw.signal)
        return {"killed", "failed", meaning.code_map,
                "The installer was ended by signal " + std::to_string(*raw.signal) + "."};
    const int code = raw.code.value_or(255);
    meaning.result = result_of_code(kind, code, output);
    meaning.state = code == 0 ? "succeeded" : "failed";
    meaning.sentence = sentence_of(meaning.result, code);
    return meaning;
}

} // namespace agent::installer
