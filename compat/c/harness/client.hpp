// The C library's calls with C++ strings: the same names, answers as they come, no retries.
#pragma once
#include "expect.hpp"
#include <cstring>
#include <memory>
#include <zookeeper/zookeeper.h>

struct Event {
  int type;
  int state;
  std::string path;
  bool operator==(const Event &other) const { return type == other.type && path == other.path; }
};

inline std::ostream &operator<<(std::ostream &out, const Event &event) {
  return out << "event " << event.type << " on " << event.path;
}

using Events = Arrivals<Event>;

// What a call answers beside its code.
struct Answer {
  int rc = 0;
  std::string text;
  std::vector<std::string> names;
  Stat stat{};
};

// All fields of a Stat, to compare two.
inline std::vector<int64_t> numbers(const Stat &stat) {
  return {stat.czxid, stat.mzxid, stat.ctime, stat.mtime, stat.version, stat.cversion, stat.aversion,
          stat.ephemeralOwner, stat.dataLength, stat.numChildren, stat.pzxid};
}

struct AclEntry {
  int perms;
  std::string scheme, id;
  bool operator==(const AclEntry &other) const { return perms == other.perms && scheme == other.scheme && id == other.id; }
};

inline std::ostream &operator<<(std::ostream &out, const AclEntry &entry) {
  return out << entry.scheme << ":" << entry.id << ":" << entry.perms;
}

// An ACL_vector that keeps its strings.
class Acl {
public:
  Acl(std::vector<AclEntry> entries) : entries(std::move(entries)) {
    for (AclEntry &entry : this->entries)
      list.push_back({entry.perms, {const_cast<char *>(entry.scheme.c_str()), const_cast<char *>(entry.id.c_str())}});
    vector = {static_cast<int>(list.size()), list.data()};
  }
  Acl(const Acl &) = delete;
  const ACL_vector *get() const { return &vector; }

private:
  std::vector<AclEntry> entries;
  std::vector<ACL> list;
  ACL_vector vector;
};

// How a client connects.
struct Options {
  int timeoutMs = 20000;
  clientid_t id{};
  // CA, certificate and key, as zookeeper_init_ssl takes them; empty for none.
  std::string certificates;
  std::string saslUser, saslPassword;
};

class Client {
public:
  // Begins to connect.
  Client(const std::string &address, const Options &options = {});
  Client(const Client &) = delete;
  ~Client();
  // Waits until it is connected.
  void connected();
  int close();

  Answer create(const std::string &path, const std::string &data = "", int mode = ZOO_PERSISTENT, const ACL_vector *acl = &ZOO_OPEN_ACL_UNSAFE, int64_t ttl = -1);
  int erase(const std::string &path, int version = -1);
  Answer exists(const std::string &path, Events *events = nullptr);
  Answer get(const std::string &path, Events *events = nullptr);
  Answer set(const std::string &path, const std::string &data, int version = -1);
  Answer children(const std::string &path, Events *events = nullptr);
  int getAcl(const std::string &path, std::vector<AclEntry> &entries);
  int setAcl(const std::string &path, const ACL_vector *acl, int version = -1);
  int addAuth(const std::string &scheme, const std::string &credentials);
  Answer sync(const std::string &path);
  // Everything below and the node itself.
  void eraseTree(const std::string &path);
  int64_t id() const { return zoo_client_id(handle)->client_id; }

  zhandle_t *handle = nullptr;
  // The session's own events; the path is empty.
  Events session;

private:
  std::string passwordFile;
};

// Hands an event to the Events that are its context, a change of the connection's state excepted.
void onEvent(zhandle_t *, int type, int state, const char *path, void *context);
