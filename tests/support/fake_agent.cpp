// Behaves like the agent for whoever starts it: reads its orders up to the line "end", detaches, listens,
// removes its own program file, and answers with one ready line. For tests of transports; static, so that it
// runs anywhere.
//
// The target's name in the orders chooses what goes wrong: "fails" ends with an error, "mute" says nothing,
// "confused" answers to somebody else's orders, "deaf" does not end when it is asked to.

#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

std::string read_orders()
{
    std::string orders;
    for (char c = 0; ::read(0, &c, 1) == 1;) {
        orders += c;
        if (orders.size() >= 5 && orders.compare(orders.size() - 5, 5, "\nend\n") == 0)
            return orders;
    }
    std::fputs("the orders are cut short\n", stderr);
    std::exit(2);
}

std::string field(const std::string& orders, const std::string& key)
{
    const std::size_t at = orders.find('\n' + key + ' ');
    if (at == std::string::npos)
        return {};
    const std::size_t from = at + key.size() + 2;
    return orders.substr(from, orders.find('\n', from) - from);
}

/// A listening socket and its port.
int listen_anywhere(int& port)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket, 5) != 0)
        std::exit(4);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    return socket;
}

std::string first_line(const char* path)
{
    char text[512] = "";
    if (std::FILE* file = std::fopen(path, "r")) {
        if (std::fgets(text, sizeof text, file) == nullptr)
            text[0] = '\0';
        std::fclose(file);
    }
    text[std::strcspn(text, "\n")] = '\0';
    return text;
}

std::string start_time()
{
    std::string line = first_line("/proc/self/stat");
    line = line.substr(line.rfind(')') + 2);
    for (int skip = 3; skip < 22; ++skip)
        line = line.substr(line.find(' ') + 1);
    return line.substr(0, line.find(' '));
}

void leave_traces(const std::string& folder)
{
    ::mkdir("/var/lib/soapstone", 0700);
    ::mkdir(folder.c_str(), 0700);
    ::mkdir((folder + "/logs").c_str(), 0700);
    ::mkdir((folder + "/work").c_str(), 0700);
    if (std::FILE* journal = std::fopen((folder + "/journal").c_str(), "w"))
        std::fclose(journal);
    if (std::FILE* record = std::fopen((folder + "/agent.pid").c_str(), "w")) {
        std::fprintf(record, "soapstone-agent-pid 1\npid %d\nstart %s\nboot %s\nend\n", ::getpid(),
                     start_time().c_str(), first_line("/proc/sys/kernel/random/boot_id").c_str());
        std::fclose(record);
    }
}

/// Becomes a process of its own; the first process ends once `ready` is closed by the new one.
void detach()
{
    int up[2];
    if (::pipe(up) != 0)
        std::exit(5);
    if (::fork() != 0) {
        char byte = 0;
        ::close(up[1]);
        std::exit(::read(up[0], &byte, 1) == 1 ? 0 : 6);
    }
    ::setsid();
    if (::fork() != 0)
        ::_exit(0);
    ::close(up[0]);
    ::dup2(up[1], 9);
}

} // namespace

int main()
{
    const std::string orders = read_orders();
    const std::string target = field(orders, "target");
    if (target == "fails") {
        std::fputs("no port is free\n", stderr);
        return 3;
    }
    detach();
    if (target == "deaf")
        ::signal(SIGTERM, SIG_IGN);
    int port = 0;
    listen_anywhere(port);
    char program[4096] = "";
    if (::readlink("/proc/self/exe", program, sizeof program - 1) > 0)
        ::unlink(program);
    const std::string folder = "/var/lib/soapstone/" + field(orders, "run");
    leave_traces(folder);
    if (target != "mute")
        std::printf("soapstone-agent-ready nonce=%s protocol=1 version=0 port=%d taken= address=%s "
                    "fingerprint=f boot=b "
                    "machine=m pid=%d start=%s folder=%s\n",
                    target == "confused" ? "0" : field(orders, "nonce").c_str(), port,
                    field(orders, "listen").c_str(), ::getpid(), start_time().c_str(), folder.c_str());
    std::fflush(stdout);
    const int null = ::open("/dev/null", O_RDWR);
    for (int stream = 0; stream <= 2; ++stream)
        ::dup2(null, stream);
    if (::write(9, "", 1) == 1)
        ::close(9);
    ::alarm(120); // its lease
    for (;;)
        ::pause();
}
