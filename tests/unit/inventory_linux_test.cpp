#include "agent/inventory/inventory.hpp"
#include "agent/inventory/sections_linux.hpp"
#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <unistd.h>

namespace inventory_of = agent::inventory;
using common::Deadline;
using tests::Scratch;
using Section = wire::InventorySection;

namespace {

using namespace std::chrono_literals;

/// A made-up machine: files as a kernel shows them.
struct Machine {
    void tells(const std::string& file, const std::string& text) const
    {
        std::filesystem::create_directories((scratch.path() / file).parent_path());
        scratch.file(file, text);
    }
    const std::filesystem::path& root() const { return scratch.path(); }

    Scratch scratch;
    wire::Inventory inventory;
};

} // namespace

BOOST_AUTO_TEST_SUITE(inventory)

BOOST_AUTO_TEST_CASE(the_whole_inventory_of_this_machine_is_taken_in_moments)
{
    const auto inventory = inventory_of::take_inventory({}, {}, Deadline::in(30s));

    BOOST_TEST(inventory.operatingSystem->name != "");
    BOOST_TEST(inventory.operatingSystem->uptimeSeconds > 0);
    BOOST_TEST(inventory.processor->threads >= 1);
    BOOST_TEST(inventory.processor->cores <= inventory.processor->threads);
    BOOST_TEST(inventory.memory->totalBytes > inventory.memory->availableBytes);
    BOOST_TEST(inventory.packages.size() > 10U);
    for (const wire::FileSystem& system : inventory.fileSystems)
        BOOST_TEST(system.sizeBytes >= system.availableBytes);
}

BOOST_AUTO_TEST_CASE(sections_that_nobody_asked_for_are_absent)
{
    const auto inventory = inventory_of::take_inventory({Section::memory}, {}, Deadline::in(30s));

    BOOST_TEST(inventory.memory.has_value());
    BOOST_TEST(!inventory.operatingSystem.has_value());
    BOOST_TEST(inventory.packages.empty());
    BOOST_TEST(inventory.problems.empty());
}

BOOST_AUTO_TEST_CASE(a_part_that_cannot_be_read_is_a_problem_and_no_failure)
{
    const auto inventory =
        inventory_of::take_inventory({Section::packages, Section::os}, {}, Deadline::in(0s));

    BOOST_TEST(inventory.operatingSystem.has_value());
    BOOST_REQUIRE(inventory.problems.size() == 1U);
    BOOST_TEST(inventory.problems[0].starts_with("packages: "));
}

BOOST_AUTO_TEST_CASE(only_packages_asked_for_are_told_and_only_installed_ones)
{
    const auto inventory = inventory_of::take_inventory(
        {Section::packages}, {"dpkg", "no-such-package", "dpk*", "--help"}, Deadline::in(30s));

    BOOST_TEST(inventory.problems.empty());
    BOOST_REQUIRE(inventory.packages.size() == 1U);
    BOOST_TEST(inventory.packages[0].name == "dpkg");
    BOOST_TEST(inventory.packages[0].format == "deb");
    const auto asked =
        common::os::run({"dpkg-query", "-W", "-f", "${Version} ${Architecture}", "dpkg"}, Deadline::in(30s));
    BOOST_TEST(inventory.packages[0].version + " " + inventory.packages[0].architecture == asked.output);
}

BOOST_AUTO_TEST_CASE(names_that_are_no_package_names_ask_for_nothing)
{
    const auto inventory = inventory_of::take_inventory({Section::packages}, {"*", "-W"}, Deadline::in(30s));

    BOOST_TEST(inventory.packages.empty());
    BOOST_TEST(inventory.problems.empty());
}

BOOST_AUTO_TEST_CASE(os_release_is_read_with_its_quotes)
{
    Machine machine;
    machine.tells("usr/lib/os-release",
                  "ID=rhel\nPRETTY_NAME=\"Red \\\"Hat\\\" 9\"\nVERSION_ID='9.4'\n# x\n");
    machine.tells("etc/machine-id", "0123456789abcdef0123456789abcdef\n");

    inventory_of::add_operating_system(machine.inventory, machine.root());

    BOOST_TEST(machine.inventory.operatingSystem->id == "rhel");
    BOOST_TEST(machine.inventory.operatingSystem->name == "Red \"Hat\" 9");
    BOOST_TEST(machine.inventory.operatingSystem->version == "9.4");
    BOOST_TEST(machine.inventory.operatingSystem->machineId == "0123456789abcdef0123456789abcdef");
}

BOOST_AUTO_TEST_CASE(a_machine_id_that_is_none_is_no_machine_id)
{
    const Machine machine;
    BOOST_TEST(inventory_of::machine_id_under(machine.root()) == "");
    machine.tells("etc/machine-id", "uninitialized\n");
    BOOST_TEST(inventory_of::machine_id_under(machine.root()) == "");
    machine.tells("var/lib/dbus/machine-id", "0123456789abcdef0123456789abcdef\n");
    BOOST_TEST(inventory_of::machine_id_under(machine.root()) == "0123456789abcdef0123456789abcdef");
}

BOOST_AUTO_TEST_CASE(sockets_cores_and_threads_are_told_apart)
{
    Machine machine;
    machine.tells("proc/cpuinfo",
                  "processor : 0\nmodel name : Fast One\nprocessor : 1\nmodel name : Fast One\n");
    for (int cpu = 0; cpu < 8; ++cpu) { // two sockets of two cores with two threads
        const std::string place = "sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
        machine.tells(place + "physical_package_id", std::to_string(cpu / 4) + "\n");
        machine.tells(place + "thread_siblings_list",
                      std::to_string(cpu / 2 * 2) + "-" + std::to_string(cpu / 2 * 2 + 1) + "\n");
    }
    machine.tells("sys/devices/system/cpu/cpufreq/topology/thread_siblings_list", "9\n");

    inventory_of::add_processor(machine.inventory, machine.root());

    BOOST_TEST(machine.inventory.processor->model == "Fast One");
    BOOST_TEST(machine.inventory.processor->sockets == 2);
    BOOST_TEST(machine.inventory.processor->cores == 4);
    BOOST_TEST(machine.inventory.processor->threads == 8);
}

BOOST_AUTO_TEST_CASE(a_processor_without_topology_is_counted_from_cpuinfo)
{
    Machine machine;
    machine.tells("proc/cpuinfo",
                  "processor : 0\nCPU implementer : 0x41\nCPU part : 0xd0c\n\nprocessor : 1\n");

    inventory_of::add_processor(machine.inventory, machine.root());

    BOOST_TEST(machine.inventory.processor->model == "implementer 0x41 part 0xd0c");
    BOOST_TEST(machine.inventory.processor->threads == 2);
}

BOOST_AUTO_TEST_CASE(memory_is_told_in_bytes_also_by_old_kernels)
{
    Machine machine;
    machine.tells("proc/meminfo",
                  "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 10 kB\nCached: 200 kB\nSwapTotal: 5 kB\n");

    inventory_of::add_memory(machine.inventory, machine.root());

    BOOST_TEST(machine.inventory.memory->totalBytes == 1'024'000);
    BOOST_TEST(machine.inventory.memory->availableBytes == 310 * 1024);
    BOOST_TEST(machine.inventory.memory->swapBytes == 5 * 1024);
}

BOOST_AUTO_TEST_CASE(only_real_disks_are_disks)
{
    Machine machine;
    for (const char* name : {"loop0", "ram0", "zram0", "dm-0", "md127", "sr0"})
        machine.tells(std::string("sys/block/") + name + "/size", "2048\n");
    machine.tells("sys/block/sda/size", "2048\n");
    machine.tells("sys/block/sda/device/model", "BIG DISK   \n");
    machine.tells("sys/block/sda/device/vpd_pg80", std::string("\0\x80\0\x08", 4) + "  SER123");
    machine.tells("sys/block/sda/queue/rotational", "1\n");
    machine.tells("sys/block/sdb/size", "0\n"); // a card reader without a card
    machine.tells("sys/block/nvme0n1/size", "4096\n");
    machine.tells("sys/block/nvme0c0n1/size", "4096\n");
    machine.tells("sys/block/nvme0c0n1/hidden", "1\n");

    inventory_of::add_disks(machine.inventory, machine.root());

    BOOST_REQUIRE(machine.inventory.disks.size() == 2U);
    BOOST_TEST(machine.inventory.disks[0].name == "nvme0n1");
    BOOST_TEST(machine.inventory.disks[1].sizeBytes == 1'048'576);
    BOOST_TEST(*machine.inventory.disks[1].model == "BIG DISK");
    BOOST_TEST(*machine.inventory.disks[1].serial == "SER123");
    BOOST_TEST(machine.inventory.disks[1].rotational);
}

BOOST_AUTO_TEST_CASE(network_file_systems_are_never_asked)
{
    Machine machine;
    machine.tells("proc/self/mounts",
                  "server:/x / nfs4 rw 0 0\nproc / proc rw 0 0\n/dev/sda1 / ext4 rw 0 0\n"
                  "/dev/sda1 /tmp ext4 rw 0 0\n/dev/sdb1 /no\\040where ext4 rw 0 0\nshort\n");

    inventory_of::add_file_systems(machine.inventory, machine.root());

    BOOST_REQUIRE(machine.inventory.fileSystems.size() == 1U);
    BOOST_TEST(machine.inventory.fileSystems[0].device == "/dev/sda1");
    BOOST_REQUIRE(machine.inventory.problems.size() == 1U);
    BOOST_TEST(machine.inventory.problems[0].starts_with("file systems: looking at /no where: "));
}

BOOST_AUTO_TEST_CASE(firmware_that_tells_nothing_is_a_clear_sentence)
{
    Machine machine;
    BOOST_CHECK_THROW(inventory_of::add_hardware(machine.inventory, machine.root()), common::Error);
    machine.tells("sys/class/dmi/id/sys_vendor", "ACME\x01\xFF Corp\n");
    machine.tells("sys/class/dmi/id/product_name", "Server 9\n");

    inventory_of::add_hardware(machine.inventory, machine.root());

    BOOST_TEST(*machine.inventory.hardware->vendor == "ACME\xEF\xBF\xBD\xEF\xBF\xBD Corp");
    BOOST_TEST(*machine.inventory.hardware->product == "Server 9");
    BOOST_TEST(!machine.inventory.hardware->serial.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
