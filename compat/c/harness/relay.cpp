#include "relay.hpp"
#include "expect.hpp"
#include "server.hpp"
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {
int connected(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(far, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0) return far;
  close(far);
  return -1;
}

bool sendAll(int sink, const char *data, ssize_t count) {
  while (count > 0) {
    const ssize_t sent = send(sink, data, count, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    count -= sent;
  }
  return true;
}
} // namespace

Relay::Relay(int target) : target(target), port(freePort()), listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  const int yes = 1;
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  check(bind(listener, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0 && listen(listener, 100) == 0,
        "the relay cannot listen");
  std::thread([this] { accept(); }).detach();
}

// Its threads run on, without connections, until the scenario's process ends; so does the object.
Relay::~Relay() = default;

std::string Relay::address() const { return "127.0.0.1:" + std::to_string(port); }

void Relay::freeze() {
  std::lock_guard<std::mutex> guard(mutex);
  frozen = true;
}

void Relay::thaw() {
  cut();
  std::lock_guard<std::mutex> guard(mutex);
  frozen = false;
  flow.notify_all();
}

void Relay::cut() {
  std::lock_guard<std::mutex> guard(mutex);
  for (const int one : sockets) shutdown(one, SHUT_RDWR);
}

void Relay::accept() {
  int near;
  while ((near = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0) {
    count++;
    const int far = connected(target);
    if (far < 0) {
      close(near);
      continue;
    }
    auto users = std::make_shared<std::atomic<int>>(2);
    std::lock_guard<std::mutex> guard(mutex);
    sockets.insert({near, far});
    std::thread([=] { pump(near, far, users); }).detach();
    std::thread([=] { pump(far, near, users); }).detach();
  }
}

void Relay::pump(int source, int sink, std::shared_ptr<std::atomic<int>> users) {
  char part[65536];
  ssize_t got;
  while ((got = recv(source, part, sizeof part, 0)) > 0) {
    std::unique_lock<std::mutex> guard(mutex);
    flow.wait(guard, [&] { return !frozen; });
    guard.unlock();
    if (!sendAll(sink, part, got)) break;
  }
  std::lock_guard<std::mutex> guard(mutex);
  shutdown(source, SHUT_RDWR);
  shutdown(sink, SHUT_RDWR);
  if (--*users > 0) return;
  for (const int one : {source, sink}) {
    sockets.erase(one);
    close(one);
  }
}
