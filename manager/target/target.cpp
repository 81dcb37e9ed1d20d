#include "manager/target/target.hpp"

namespace manager::target {

std::string_view name_of(Connection connection)
{
    switch (connection) {
    case Connection::ssh:
        return "ssh";
    case Connection::local:
        return "local";
    case Connection::smb:
        return "smb";
    case Connection::bmc:
        return "bmc";
    }
    return "ssh";
}

std::string_view name_of(Become become)
{
    switch (become) {
    case Become::none:
        return "none";
    case Become::sudo:
        return "sudo";
    case Become::su:
        return "su";
    }
    return "none";
}

} // namespace manager::target
