#include "manager/baseline/rpm.hpp"

#include "common/error.hpp"
#include "common/owned.hpp"
#include "common/text.hpp"

#include <cstdlib>
#include <rpm/header.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmts.h>
#include <rpm/rpmver.h>
#include <type_traits>
#include <unistd.h>

namespace manager::baseline {

namespace {

using Transaction = common::Owned<std::remove_pointer_t<rpmts>, rpmtsFree>;
using PackageHeader = common::Owned<std::remove_pointer_t<Header>, headerFree>;
using File = common::Owned<std::remove_pointer_t<FD_t>, Fclose>;
using Version = common::Owned<std::remove_pointer_t<rpmver>, rpmverFree>;
using Text = common::Owned<char, std::free>;

/// Keeps librpm from writing to our terminal; remembers the last thing that it wanted to say.
class Messages {
public:
    Messages() { rpmlogSetCallback(&Messages::keep, this); }
    ~Messages() { rpmlogSetCallback(nullptr, nullptr); }
    Messages(const Messages&) = delete;
    Messages& operator=(const Messages&) = delete;

    const std::string& last() const { return last_; }

private:
    static int keep(rpmlogRec record, rpmlogCallbackData self)
    {
        if (rpmlogRecPriority(record) <= RPMLOG_ERR)
            static_cast<Messages*>(self)->last_ = common::trim(rpmlogRecMessage(record));
        return 0; // nothing is printed
    }

    std::string last_;
};

[[noreturn]] void refuse(const std::string& text)
{
    throw common::Error(common::Trouble::invalid, text);
}

PackageHeader read_header(int descriptor)
{
    const File file(::fdDup(descriptor)); // Fclose() closes the copy
    if (!file)
        refuse("the package cannot be opened");
    const Transaction transaction(rpmtsCreate());
    // The digest of the header is checked. The payload is not read: the agent checks the hash of the whole
    // file.
    rpmtsSetVSFlags(transaction.get(), RPMVSF_MASK_NOSIGNATURES | RPMVSF_MASK_NOPAYLOAD | RPMVSF_NEEDPAYLOAD);
    const Messages messages;
    Header header = nullptr;
    const rpmRC result = rpmReadPackageFile(transaction.get(), file.get(), nullptr, &header);
    PackageHeader owned(header);
    const bool usable = result == RPMRC_OK || result == RPMRC_NOTTRUSTED || result == RPMRC_NOKEY;
    if (!usable || !owned)
        refuse("the package is damaged" +
               (messages.last().empty() ? std::string() : ": " + common::one_line(messages.last(), 160)));
    return owned;
}

std::string text_of(Header header, rpmTagVal tag)
{
    const Text text(headerGetAsString(header, tag));
    return text ? text.get() : "";
}

} // namespace

PackageFacts read_rpm(int descriptor)
{
    if (::lseek(descriptor, 0, SEEK_SET) != 0)
        throw common::system_error("going to the start of the package");
    const PackageHeader header = read_header(descriptor);
    if (headerIsSource(header.get()))
        refuse("this is a source package, which cannot be installed");
    return checked_facts({text_of(header.get(), RPMTAG_NAME), text_of(header.get(), RPMTAG_EVR),
                          text_of(header.get(), RPMTAG_ARCH)});
}

int compare_rpm_versions(const std::string& left, const std::string& right)
{
    const Version older(rpmverParse(left.c_str()));
    const Version newer(rpmverParse(right.c_str()));
    if (!older || !newer)
        return left.compare(right); // not versions at all: some order, always the same
    return rpmverCmp(older.get(), newer.get());
}

} // namespace manager::baseline
