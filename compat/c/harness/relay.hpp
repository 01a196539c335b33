// A network between client and server that can fail.
#pragma once
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

// Hands bytes on in both directions. Frozen, it takes bytes and keeps them; cut, it ends its connections.
class Relay {
public:
  explicit Relay(int target);
  Relay(const Relay &) = delete;
  ~Relay();
  std::string address() const;
  // How many connections there have been.
  int accepted() const { return count; }
  // From now on nothing arrives, and nothing is seen to be wrong.
  void freeze();
  // What was kept while frozen is lost with its connections; new ones work.
  void thaw();
  // Ends all connections; new ones are taken.
  void cut();

private:
  void accept();
  void pump(int source, int sink, std::shared_ptr<std::atomic<int>> users);
  const int target;
  const int port;
  int listener;
  std::mutex mutex;
  std::condition_variable flow;
  std::atomic<int> count{0};
  bool frozen = false;
  std::set<int> sockets;
};
