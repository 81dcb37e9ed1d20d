// Feeds the readers of firmware packages with damaged ones.
// usage: fuzz_firmware CORPUS FORMAT N [SEED]    N damaged inputs, made from the files in CORPUS/FORMAT
//        fuzz_firmware CORPUS FORMAT FILE        this one
//        fuzz_firmware --make CORPUS             writes the corpus
//        fuzz_firmware --list                    names the formats

#include "common/os/file.hpp"
#include "common/text.hpp"
#include "tests/fuzz/formats.hpp"
#include "tests/fuzz/mutation.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sanitizer/common_interface_defs.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

constexpr unsigned longest = 20; ///< seconds for one input

std::string current; ///< the input that is being tried; the sanitizers' callback has no other way to it
std::string finding; ///< where it goes then

void keep_finding()
{
    std::ofstream(finding, std::ios::binary) << current;
    std::cerr << "the input is in " << finding << '\n';
}

void took_too_long(int)
{
    ::write(2, "one input took too long\n", 24);
    std::abort(); // which a sanitizer takes for a crash
}

std::vector<std::string> files_in(const fs::path& folder)
{
    std::vector<fs::path> paths;
    if (fs::exists(folder))
        for (const fs::directory_entry& entry : fs::directory_iterator(folder))
            paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end()); // the same seed does the same everywhere
    std::vector<std::string> files;
    for (const fs::path& path : paths)
        files.push_back(common::os::read_file(path));
    return files;
}

fs::path descriptions_of(const fs::path& corpus, const fuzz::Format& format)
{
    return corpus / (std::string(format.name) + ".description");
}

void write_all(const fs::path& folder, const std::vector<std::string>& inputs)
{
    fs::create_directories(folder);
    for (std::size_t i = 0; i < inputs.size(); ++i)
        std::ofstream(folder / std::to_string(i + 1), std::ios::binary) << inputs[i];
}

int make_corpus(const fs::path& corpus)
{
    for (const fuzz::Format& format : fuzz::formats()) {
        write_all(corpus / format.name, format.packages());
        if (format.descriptions != nullptr)
            write_all(descriptions_of(corpus, format), format.descriptions());
    }
    return 0;
}

int list()
{
    for (const fuzz::Format& format : fuzz::formats())
        std::cout << format.name << '\n';
    return 0;
}

/// Counts in `read` what could be read. False when a promise was broken.
bool try_one(const fuzz::Format& format, std::uint64_t& read)
{
    ::alarm(longest);
    try {
        read += fuzz::try_one(format, current) ? 1 : 0;
    } catch (const std::exception& error) {
        std::cerr << format.name << ": " << error.what() << '\n';
        keep_finding();
        return false;
    }
    ::alarm(0);
    return true;
}

int run(const fuzz::Format& format, const fs::path& corpus, std::uint64_t count, std::uint64_t seed)
{
    const std::vector<std::string> packages = files_in(corpus / format.name);
    const std::vector<std::string> descriptions = files_in(descriptions_of(corpus, format));
    if (packages.empty()) {
        std::cerr << "no corpus in " << (corpus / format.name).string() << '\n';
        return 2;
    }
    const auto start = std::chrono::steady_clock::now();
    fuzz::Mutator mutator(seed);
    std::uint64_t read = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const bool inside = format.wrap != nullptr && !descriptions.empty() && mutator.below(2) == 0;
        current = mutator.mutated(inside ? descriptions : packages);
        if (inside)
            current = format.wrap(current);
        if (format.mend != nullptr && mutator.below(4) != 0)
            format.mend(current);
        if (!try_one(format, read))
            return 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << format.name << ": " << count << " inputs with seed " << seed << " in "
              << static_cast<long>(took.count()) << " s, no finding; " << read << " could be read\n";
    return 0;
}

} // namespace

int main(int count, char** words)
{
    const std::vector<std::string> arguments(words + 1, words + count);
    if (arguments.size() == 1 && arguments[0] == "--list")
        return list();
    if (arguments.size() == 2 && arguments[0] == "--make")
        return make_corpus(arguments[1]);
    if (arguments.size() < 3) {
        std::cerr << "usage: fuzz_firmware CORPUS FORMAT N|FILE [SEED] | --make CORPUS | --list\n";
        return 2;
    }
    const auto& all = fuzz::formats();
    const auto format = std::find_if(all.begin(), all.end(),
                                     [&](const fuzz::Format& one) { return one.name == arguments[1]; });
    if (format == all.end()) {
        std::cerr << "there is no format " << arguments[1] << '\n';
        return 2;
    }
    finding = "finding-" + arguments[1];
    ::__sanitizer_set_death_callback(keep_finding);
    std::signal(SIGALRM, took_too_long);
    if (const auto number = common::to_number(arguments[2]))
        return run(*format, arguments[0], *number,
                   arguments.size() > 3 ? common::to_number(arguments[3]).value_or(1) : 1);
    current = common::os::read_file(arguments[2]);
    std::uint64_t read = 0;
    return try_one(*format, read) ? 0 : 1;
}
