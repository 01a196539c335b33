// What the library does around requests: asynchronous calls, chroot, server lists, contexts.
#include "scenario.hpp"

namespace {
// The names of the completions in the order in which they ran, with their codes.
struct Log {
  std::mutex mutex;
  std::vector<std::string> lines;
  Signal done;
  void add(const std::string &name, int rc) {
    std::lock_guard<std::mutex> guard(mutex);
    lines.push_back(name + " " + std::to_string(rc));
  }
};

struct Call {
  Log *log;
  std::string name;
};

Call *call(Log &log, const std::string &name) { return new Call{&log, name}; }

void finished(int rc, const void *data) {
  const std::unique_ptr<const Call> call(static_cast<const Call *>(data));
  call->log->add(call->name, rc);
}

Register asynchronous("client.async", Needs::common, [](Context &t) {
  Client &client = t.rooted();
  const std::string node = t.root + "/node", no = t.root + "/no";
  const char *path = node.c_str();
  zhandle_t *zh = client.handle;
  Log log;
  // Sent without waiting: answers come in the order of the requests, reads see the writes before them.
  const auto onVoid = finished;
  const auto onString = [](int rc, const char *, const void *data) { finished(rc, data); };
  const auto onStringStat = [](int rc, const char *, const Stat *, const void *data) { finished(rc, data); };
  const auto onStat = [](int rc, const Stat *, const void *data) { finished(rc, data); };
  const auto onData = [](int rc, const char *value, int length, const Stat *, const void *data) {
    finished(rc == ZOK && std::string(value, length) != "1" ? ZRUNTIMEINCONSISTENCY : rc, data);
  };
  const auto onStrings = [](int rc, const String_vector *names, const void *data) { finished(rc == ZOK ? names->count : rc, data); };
  const auto onStringsStat = [](int rc, const String_vector *names, const Stat *stat, const void *data) {
    finished(rc == ZOK && names->count != stat->numChildren ? ZRUNTIMEINCONSISTENCY : rc, data);
  };
  const auto onAcl = [](int rc, ACL_vector *acl, Stat *, const void *data) { finished(rc == ZOK ? acl->count : rc, data); };
  zoo_acreate(zh, path, "0", 1, &ZOO_OPEN_ACL_UNSAFE, 0, onString, call(log, "create"));
  zoo_acreate2(zh, (node + "/c").c_str(), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, onStringStat, call(log, "create2"));
  zoo_aset(zh, path, "1", 1, -1, onStat, call(log, "set"));
  zoo_aget(zh, path, 0, onData, call(log, "get"));
  zoo_aexists(zh, no.c_str(), 0, onStat, call(log, "exists"));
  zoo_aget_children(zh, path, 0, onStrings, call(log, "children"));
  zoo_aget_children2(zh, path, 0, onStringsStat, call(log, "children2"));
  zoo_aget_acl(zh, path, onAcl, call(log, "acl"));
  zoo_aset_acl(zh, path, -1, &ZOO_OPEN_ACL_UNSAFE, onVoid, call(log, "set acl"));
  zoo_aset(zh, path, "x", 1, 9, onStat, call(log, "set"));
  zoo_adelete(zh, path, -1, onVoid, call(log, "delete"));
  zoo_adelete(zh, (node + "/c").c_str(), -1, onVoid, call(log, "delete"));
  zoo_op_t operations[2];
  zoo_op_result_t results[2];
  zoo_check_op_init(&operations[0], path, 1);
  zoo_delete_op_init(&operations[1], path, -1);
  zoo_amulti(zh, 2, operations, results, onVoid, call(log, "multi"));
  zoo_aget(zh, path, 0, onData, call(log, "get"));
  zoo_async(zh, path, [](int, const char *, const void *data) { static_cast<Log *>(const_cast<void *>(data))->done.set(); }, &log);
  log.done.wait("the last answer");
  same(log.lines, std::vector<std::string>{"create 0", "create2 0", "set 0", "get 0", "exists -101", "children 1", "children2 0", "acl 1", "set acl 0",
                                           "set -103", "delete -111", "delete 0", "multi 0", "get -101"}, "the answers");
});

Register pipelined("client.pipelined", Needs::common, [](Context &t) {
  Client &client = t.rooted();
  struct Count {
    std::atomic<int> answers{0}, errors{0};
    Signal done;
  } count;
  const int all = 5000;
  for (int n = 0; n < all; n++)
    zoo_acreate(client.handle, (t.root + "/n-").c_str(), "x", 1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT_SEQUENTIAL, [](int rc, const char *path, const void *data) {
      Count *count = static_cast<Count *>(const_cast<void *>(data));
      // Each answer is that of its request: the numbers come in order.
      const int number = count->answers++;
      if (rc != ZOK || std::stoi(std::string(path).substr(std::string(path).size() - 10)) != number) count->errors++;
      if (number == all - 1) count->done.set();
    }, &count);
  count.done.wait("the last answer");
  same(count.errors.load(), 0, "answers that are wrong");
  same(client.children(t.root).stat.numChildren, all, "nodes");
});

Register chroot("client.chroot", Needs::common, [](Context &t) {
  Client &outer = t.rooted(), &inner = t.clientAt(t.server->address() + t.root);
  Events &events = t.events();
  same(inner.create("/a", "x").text, "/a", "a path within the chroot");
  same(inner.create("/a/s-", "", ZOO_PERSISTENT_SEQUENTIAL).text, "/a/s-0000000000", "a sequential one");
  same(outer.get(t.root + "/a").text, "x", "the same node from outside");
  inner.get("/a", &events);
  inner.children("/", &events);
  outer.set(t.root + "/a", "y");
  same(events.next("event"), Event{ZOO_CHANGED_EVENT, 0, "/a"}, "the path of an event");
  outer.create(t.root + "/b");
  same(events.next("event"), Event{ZOO_CHILD_EVENT, 0, "/"}, "the path of an event of the chroot itself");
  same(inner.children("/").names, std::vector<std::string>{"a", "b"}, "children of the chroot");
});

Register servers("client.servers", Needs::common, [](Context &t) {
  // Addresses where nobody listens are passed over; a new list counts from the next lost connection on, for the same session.
  const std::string nobody = "127.0.0.1:" + std::to_string(freePort());
  Relay &first = t.relay(t.server->port), &second = t.relay(t.server->port);
  Client &client = t.clientAt(nobody + "," + first.address() + "," + nobody);
  const int64_t id = client.id();
  auto isAt = [&](Relay &relay) { return zoo_get_current_server(client.handle) == relay.address() && zoo_state(client.handle) == ZOO_CONNECTED_STATE; };
  check(isAt(first), "the server that it found");
  same(zoo_set_servers(client.handle, second.address().c_str()), ZOK, "zoo_set_servers");
  first.cut();
  eventually([&] { return isAt(second); }, "the server of the new list");
  same(client.id(), id, "the session");
  same(client.exists("/").rc, ZOK, "a call there");
});
} // namespace
