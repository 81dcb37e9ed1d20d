#include "agent/entry.hpp"
#include "agent/process_setup.hpp"
#include "common/tls/context.hpp"

int main(int count, char** arguments)
{
    agent::harden_process();
    common::tls::initialise_openssl();
    return agent::enter({arguments + (count > 0 ? 1 : 0), arguments + count});
}
