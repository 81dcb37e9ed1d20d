#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agent {

/// How a job stands, in the words of the contract.
struct JobView {
    std::string id;
    std::string component;
    std::string state = "accepted";
    std::string result; ///< empty until final
    std::optional<int> exit_code;
    std::optional<int> signal;
    std::string code_map;
    std::string text;
    std::int64_t started = 0; ///< milliseconds since 1970; 0 = not yet
    std::int64_t ended = 0;
    std::string log;
    std::uint64_t output_bytes = 0;

    bool final() const { return state != "accepted" && state != "running"; }
};

/// One entry of the journal.
struct Event {
    std::uint64_t seq = 0; ///< given by the journal
    std::int64_t time = 0; ///< milliseconds since 1970; given by the journal
    std::string kind;      ///< job, output or notice
    std::optional<JobView> job;
    std::string job_id; ///< with output
    std::string text;
    std::uint64_t dropped = 0;

    std::string record() const;
    static Event parse(std::string_view record);
};

} // namespace agent
