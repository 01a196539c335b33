#include "scenario.hpp"

Context::Context(const std::string &name, Server *server) : root("/" + name), server(server) {
  for (char &letter : root)
    if (letter == '.') letter = '-';
}

Client &Context::clientAt(const std::string &address, const Options &options) {
  clients.push_back(std::make_unique<Client>(address, options));
  Client &client = *clients.back();
  client.connected();
  return client;
}

Client &Context::client(const Options &options) { return clientAt(server->address(), options); }

Client &Context::rooted(const Options &options) {
  Client &made = client(options);
  const int rc = made.create(root).rc;
  check(rc == ZOK || rc == ZNODEEXISTS, "the root of the scenario");
  return made;
}

Server &Context::ownServer(const std::string &lines, const std::string &words) {
  servers.push_back(std::make_unique<Server>(lines, words));
  servers.back()->start();
  return *servers.back();
}

Relay &Context::relay(int port) {
  relays.push_back(std::make_unique<Relay>(port));
  return *relays.back();
}

Events &Context::events() {
  std::lock_guard<std::mutex> guard(mutex);
  collected.push_back(std::make_unique<Events>());
  return *collected.back();
}

std::future<void> Context::spawn(std::function<void()> run) { return std::async(std::launch::async, std::move(run)); }

void Context::close() {
  for (auto &relay : relays) relay->thaw();
  for (auto &client : clients) client->close();
  for (auto &server : servers) server->kill();
}

void finish(std::vector<std::future<void>> &jobs) {
  for (auto &job : jobs) {
    check(job.wait_for(2 * patience) == std::future_status::ready, "a thread does not end");
    job.get();
  }
  jobs.clear();
}

std::vector<Scenario> &scenarios() {
  static std::vector<Scenario> all;
  return all;
}

Register::Register(const std::string &name, Needs needs, std::function<void(Context &)> run) {
  scenarios().push_back({name, needs, std::move(run), ""});
}

Register::Register(const std::string &name, const std::string &skip) {
  scenarios().push_back({name, Needs::own, nullptr, skip});
}
