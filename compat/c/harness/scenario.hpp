// Scenarios by name, and what they work with.
#pragma once
#include "client.hpp"
#include "relay.hpp"
#include "server.hpp"
#include <functional>
#include <future>
#include <memory>

// Which common server a scenario needs to run; those with their own make them.
enum class Needs { common, secured, own };

// One scenario's view of the world. What it hands out stays until the scenario's process ends.
class Context {
public:
  Context(const std::string &name, Server *server);
  // The scenario's own node; clients that rooted() makes create it.
  std::string root;
  // The common server.
  Server *server;

  Client &client(const Options &options = {});
  Client &clientAt(const std::string &address, const Options &options = {});
  // A client, and the root exists.
  Client &rooted(const Options &options = {});
  Server &ownServer(const std::string &lines = "", const std::string &words = "");
  // A network to a port that can fail.
  Relay &relay(int port);
  // Also from the threads of a scenario.
  Events &events();
  // Runs something beside the scenario.
  std::future<void> spawn(std::function<void()> run);
  // Ends all clients in order, as a user would.
  void close();

private:
  std::mutex mutex;
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::unique_ptr<Events>> collected;
  std::vector<std::unique_ptr<Server>> servers;
  std::vector<std::unique_ptr<Relay>> relays;
};

// Waits for what spawn began, and throws what it threw.
void finish(std::vector<std::future<void>> &jobs);

struct Scenario {
  std::string name;
  Needs needs;
  std::function<void(Context &)> run;
  // Why the library cannot do it; empty for those that run.
  std::string skip;
};

std::vector<Scenario> &scenarios();

// Registers a scenario when the program starts.
struct Register {
  Register(const std::string &name, Needs needs, std::function<void(Context &)> run);
  Register(const std::string &name, const std::string &skip);
};
