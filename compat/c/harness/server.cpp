#include "server.hpp"
#include "expect.hpp"
#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <random>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
const char base[] = "tickTime=500\nminSessionTimeout=1000\nmaxSessionTimeout=60000\nmaxClientCnxns=0\n"
                    "clientPortAddress=127.0.0.1\nadmin.enableServer=false\n4lw.commands.whitelist=*\n"
                    "extendedTypesEnabled=true\n";

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}
} // namespace

int freePort() {
  std::random_device random;
  for (int attempt = 0; attempt < 200; attempt++) {
    const int port = 12000 + random() % 18000, yes = 1;
    const sockaddr_in address = loopback(port);
    const int probe = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const bool free = bind(probe, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    close(probe);
    if (free) return port;
  }
  throw Unmet("no free port");
}

std::string fourLetterWord(int port, const std::string &word) {
  const sockaddr_in address = loopback(port);
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{5, 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::string answer;
  if (connect(connection, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0 &&
      send(connection, word.data(), word.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(word.size())) {
    char part[65536];
    ssize_t count;
    while ((count = recv(connection, part, sizeof part, 0)) > 0) answer.append(part, count);
  }
  close(connection);
  return answer;
}

std::string newFolder(const std::string &prefix) {
  std::string folder = std::string(getenv("SUITE_FOLDER")) + "/" + prefix + "XXXXXX";
  check(mkdtemp(&folder[0]) != nullptr, "cannot make " + folder);
  return folder;
}

Server::Server(const std::string &lines, const std::string &words, bool secure)
    : port(freePort()), securePort(secure ? freePort() : 0), folder(newFolder("server-")), words(words) {
  std::ofstream file(folder + "/zoo.cfg");
  file << base << "dataDir=" << folder << "/data\nclientPort=" << port << "\n" << lines;
  if (secure) file << "secureClientPort=" << securePort << "\nsecureClientPortAddress=127.0.0.1\n";
}

Server::~Server() { kill(); }

std::string Server::address() const { return "127.0.0.1:" + std::to_string(port); }

void Server::launch() {
  // Between fork and exec only what a process with threads may do: everything is made before.
  const std::string config = folder + "/zoo.cfg", log = folder + "/log";
  const char *launcher = getenv("ZK_LAUNCH"), *already = getenv("ZK_PROPS");
  const std::string all = "ZK_PROPS=" + std::string(already ? already : "") + " " + words;
  std::vector<char *> environment;
  for (char **entry = environ; *entry; entry++)
    if (std::string(*entry).rfind("ZK_PROPS=", 0) != 0) environment.push_back(*entry);
  environment.push_back(const_cast<char *>(all.c_str()));
  environment.push_back(nullptr);
  const pid_t parent = getpid();
  process = fork();
  if (process != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644), in = open("/dev/null", O_RDONLY);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  for (int other = 3; other < 1024; other++) close(other);
  char *const arguments[] = {const_cast<char *>(launcher), const_cast<char *>(config.c_str()), nullptr};
  execve(launcher, arguments, environment.data());
  _exit(127);
}

void Server::start() {
  launch();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (std::chrono::steady_clock::now() < end && waitpid(process, nullptr, WNOHANG) == 0) {
    if (fourLetterWord(port, "srvr").find("\nMode: ") != std::string::npos) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  kill();
  throw Unmet("the server did not start, see " + folder + "/log");
}

void Server::kill() {
  if (process <= 0) return;
  ::kill(process, SIGKILL);
  waitpid(process, nullptr, 0);
  process = -1;
}

std::string fixture(const std::string &name) { return std::string(getenv("SUITE_FIXTURES")) + "/" + name; }

std::string contents(const std::string &file) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

Server *securedServer() {
  const std::string jaas = newFolder("jaas-") + "/jaas.conf";
  std::ofstream(jaas) << "Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_bob=\"secret\" user_ann=\"word\"; };\n";
  std::string password = contents(fixture("password.txt"));
  password.erase(password.find_last_not_of("\n") + 1);
  const std::string lines = "serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory\n"
                            "ssl.keyStore.location=" + fixture("server.jks") + "\nssl.keyStore.password=" + password +
                            "\nssl.trustStore.location=" + fixture("trust.jks") + "\nssl.trustStore.password=" + password +
                            "\nauthProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider\n"
                            "authProvider.2=org.apache.zookeeper.server.auth.X509AuthenticationProvider\n";
  return new Server(lines, "-Djava.security.auth.login.config=" + jaas, true);
}
