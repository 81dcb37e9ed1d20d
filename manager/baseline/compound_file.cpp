#include "manager/baseline/compound_file.hpp"

#include "common/error.hpp"
#include "common/os/descriptor.hpp"
#include "common/text.hpp"

#include <cstdio>
#include <gsf/gsf-infile-msole.h>
#include <gsf/gsf-input-stdio.h>
#include <gsf/gsf-utils.h>
#include <unistd.h>

namespace manager::baseline {

namespace {

using File = common::Owned<std::FILE, std::fclose>;
using Input = common::Owned<GsfInput, g_object_unref>;
using Failure = common::Owned<GError, g_error_free>;

/// Keeps libgsf from writing to our terminal what it thinks of a damaged file; we say that ourselves.
class Quiet {
public:
    Quiet() : handler_(g_log_set_handler(domain, G_LOG_LEVEL_MASK, ignore, nullptr)) {}
    ~Quiet() { g_log_remove_handler(domain, handler_); }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;

private:
    static constexpr auto domain = "libgsf:msole";
    static void ignore(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}

    guint handler_;
};

[[noreturn]] void refuse(const std::string& text)
{
    throw common::Error(common::Trouble::invalid, text);
}

Input input_of(int descriptor)
{
    common::os::Descriptor copy(::dup(descriptor));
    File file(copy ? ::fdopen(copy.get(), "rb") : nullptr);
    if (!file)
        throw common::system_error("reading it");
    static_cast<void>(copy.release()); // is the file's now
    std::rewind(file.get());
    Input input(gsf_input_stdio_new_FILE("package", file.get(), FALSE));
    if (!input)
        refuse("the package cannot be read");
    static_cast<void>(file.release()); // is the input's now
    return input;
}

} // namespace

CompoundFile::CompoundFile(int descriptor)
{
    gsf_init(); // does nothing the second time
    const Quiet quiet;
    const Input input = input_of(descriptor);
    GError* error = nullptr;
    file_.reset(gsf_infile_msole_new(input.get(), &error));
    const Failure failure(error);
    if (!file_)
        refuse("the package is damaged: " +
               common::one_line(failure ? failure->message : "it is no compound file", 120));
}

std::string CompoundFile::read(const std::string& name, const char* what, std::size_t most) const
{
    const Quiet quiet;
    const Input stream(gsf_infile_child_by_name(file_.get(), name.c_str()));
    if (!stream)
        refuse(std::string("the package holds no ") + what);
    const gsf_off_t size = gsf_input_size(stream.get());
    if (size < 0 || static_cast<std::uint64_t>(size) > most)
        refuse(std::string("the package's ") + what + " is larger than " + common::bytes_text(most));
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (size > 0 &&
        gsf_input_read(stream.get(), bytes.size(), reinterpret_cast<guint8*>(bytes.data())) == nullptr)
        refuse(std::string("the package is damaged: its ") + what + " ends too early");
    return bytes;
}

} // namespace manager::baseline
