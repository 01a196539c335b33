// Runs the scenarios whose names contain one of the given words, or all, each in a process of its own: one that crashes or
// hangs is a failure like any other.
#include "scenario.hpp"
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_CYRUS_SASL_H
#include <sasl/sasl.h>
#endif

namespace {
constexpr int limitMs = 75000;

std::string attempt(const Scenario &scenario, Server *server) {
  std::string why;
  Context *context = new Context(scenario.name, server);
  try {
    scenario.run(*context);
  } catch (const std::exception &error) {
    why = error.what();
  }
  // After a failure its threads may still be at work: the process ends as it is.
  if (why.empty()) context->close();
  return why;
}

// Why the scenario failed; empty if it did not.
std::string attemptApart(const Scenario &scenario, Server *server) {
  int channel[2];
  check(pipe(channel) == 0, "no pipe");
  fflush(stdout);
  const pid_t parent = getpid(), child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    const std::string why = attempt(scenario, server);
    const bool written = why.empty() || write(channel[1], why.data(), why.size()) > 0;
    _exit(why.empty() && written ? 0 : 1);
  }
  close(channel[1]);
  pollfd ready{channel[0], POLLIN, 0};
  std::string why = "no end within 75 s";
  if (poll(&ready, 1, limitMs) > 0) {
    char text[4096];
    const ssize_t count = read(channel[0], text, sizeof text);
    why.assign(text, count > 0 ? count : 0);
  } else {
    kill(child, SIGKILL);
  }
  close(channel[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (why.empty() && WIFSIGNALED(status)) why = "ended by signal " + std::to_string(WTERMSIG(status));
  if (why.empty() && status != 0) why = "ended with code " + std::to_string(WEXITSTATUS(status));
  return why;
}

bool selected(const std::string &name, int count, char **words) {
  return count == 0 || std::any_of(words, words + count, [&](const char *word) { return name.find(word) != std::string::npos; });
}

Server *started(std::unique_ptr<Server> &server, Server *(*make)()) {
  if (!server) {
    server.reset(make());
    server->start();
  }
  return server.get();
}
} // namespace

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  zoo_set_debug_level(static_cast<ZooLogLevel>(atoi(getenv("SUITE_DEBUG") ? getenv("SUITE_DEBUG") : "0")));
#ifdef HAVE_CYRUS_SASL_H
  sasl_client_init(nullptr);
#endif
  std::unique_ptr<Server> common, secured;
  auto all = scenarios();
  std::sort(all.begin(), all.end(), [](const Scenario &a, const Scenario &b) { return a.name < b.name; });
  int passed = 0, failed = 0;
  for (const Scenario &scenario : all) {
    if (!selected(scenario.name, count - 1, arguments + 1)) continue;
    if (!scenario.run) {
      printf("skip %s: %s\n", scenario.name.c_str(), scenario.skip.c_str());
      continue;
    }
    const auto start = std::chrono::steady_clock::now();
    std::string why;
    try {
      Server *server = nullptr;
      if (scenario.needs == Needs::common)
        server = started(common, [] { return new Server("", "-Dznode.container.checkIntervalMs=300"); });
      if (scenario.needs == Needs::secured) server = started(secured, securedServer);
      why = attemptApart(scenario, server);
    } catch (const std::exception &error) {
      why = error.what();
    }
    const long ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    std::replace(why.begin(), why.end(), '\n', ' ');
    if (why.empty()) printf("ok %s %ld\n", scenario.name.c_str(), ms);
    else printf("FAIL %s %ld: %s\n", scenario.name.c_str(), ms, why.c_str());
    (why.empty() ? passed : failed)++;
    fflush(stdout);
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed > 0 || passed == 0;
}
