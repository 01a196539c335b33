// Nodes: what they hold, how they are named, counted and limited.
#include "scenario.hpp"
#include <algorithm>
#include <ctime>
#include <set>

namespace {
// jute.maxbuffer of a server that is not told otherwise: the largest frame it takes.
constexpr size_t frameBytesMax = 0xfffff;

Register crud("znodes.crud", Needs::common, [](Context &t) {
  Client &client = t.rooted();
  const std::string path = t.root + "/näme €";
  same(client.exists(path).rc, ZNONODE, "exists before");
  same(client.create(path, "one").text, path, "create");
  same(client.create(path).rc, ZNODEEXISTS, "create it again");
  same(client.get(path).text, "one", "get");
  same(client.set(path, "two").stat.version, 1, "set");
  same(client.set(path, "", 1).stat.version, 2, "set with a version");
  same(client.set(path, "x", 1).rc, ZBADVERSION, "set with an old version");
  same(client.get(path).text, "", "empty data");
  char buffer[10];
  int length = sizeof buffer;
  same(zoo_create(client.handle, (path + "/null").c_str(), nullptr, -1, &ZOO_OPEN_ACL_UNSAFE, 0, nullptr, 0), ZOK, "null data");
  same(zoo_get(client.handle, (path + "/null").c_str(), 0, buffer, &length, nullptr), ZOK, "get of null data");
  same(length, -1, "the length of null data");
  same(client.children(path).names, std::vector<std::string>{"null"}, "children");
  same(client.erase(path), ZNOTEMPTY, "delete with a child");
  same(client.erase(path + "/null", 3), ZBADVERSION, "delete with a wrong version");
  same(client.erase(path + "/null", 0), ZOK, "delete with a version");
  same(client.erase(path), ZOK, "delete");
  std::vector<AclEntry> entries;
  same(std::vector<int>{client.get(path).rc, client.children(path).rc, client.erase(path), client.set(path, "").rc,
                         client.getAcl(path, entries), client.create(path + "/x").rc},
        std::vector<int>(6, ZNONODE), "calls on what is not there");
});

Register createModes("znodes.create-modes", Needs::common, [](Context &t) {
  Client &client = t.rooted();
  for (const int mode : {ZOO_PERSISTENT, ZOO_EPHEMERAL, ZOO_PERSISTENT_SEQUENTIAL, ZOO_EPHEMERAL_SEQUENTIAL}) {
    const bool ephemeral = mode == ZOO_EPHEMERAL || mode == ZOO_EPHEMERAL_SEQUENTIAL;
    const bool sequential = mode == ZOO_PERSISTENT_SEQUENTIAL || mode == ZOO_EPHEMERAL_SEQUENTIAL;
    const std::string what = "mode " + shown(mode), path = t.root + "/m" + shown(mode) + "-";
    const Answer made = client.create(path, "x", mode);
    same(made.rc, ZOK, what);
    same(made.text.substr(0, path.size()), path, what + ": path");
    same(made.text.size() - path.size(), sequential ? 10u : 0u, what + ": length of the suffix");
    const Stat stat = client.exists(made.text).stat;
    same(numbers(made.stat), numbers(stat), what + ": stat of the answer and of the node");
    same(stat.ephemeralOwner, ephemeral ? client.id() : 0, what + ": owner");
    same(client.create(made.text + "/child").rc, ephemeral ? ZNOCHILDRENFOREPHEMERALS : ZOK, what + ": a child");
  }
  same(client.create(t.root + "/x", "", 99).rc, ZBADARGUMENTS, "a mode that does not exist");
});

Register ttlContainer("znodes.ttl-container", Needs::common, [](Context &t) {
  Client &client = t.rooted(), &other = t.client();
  Events &gone = t.events();
  const std::string timed = t.root + "/ttl", box = t.root + "/container";
  same(client.create(timed, "", ZOO_PERSISTENT_WITH_TTL, &ZOO_OPEN_ACL_UNSAFE, 600).rc, ZOK, "a TTL node");
  same(client.create(timed + "-", "", ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, &ZOO_OPEN_ACL_UNSAFE, 60000).text, timed + "-0000000001", "a sequential one");
  same(client.create(t.root + "/bad", "", ZOO_PERSISTENT_WITH_TTL, &ZOO_OPEN_ACL_UNSAFE, 0).rc, ZBADARGUMENTS, "a TTL of 0");
  same(client.create(box, "", ZOO_CONTAINER).rc, ZOK, "a container");
  same(client.exists(timed).stat.ephemeralOwner, 0, "no owner is shown");
  other.exists(timed, &gone);
  same(gone.next("end of the TTL node"), Event{ZOO_DELETED_EVENT, 0, timed}, "the event of its end");
  same(client.exists(box).rc, ZOK, "a container that never had a child stays");
  same(client.create(box + "/child").rc, ZOK, "a child");
  other.exists(box, &gone);
  same(client.erase(box + "/child"), ZOK, "its deletion");
  same(gone.next("end of the container"), Event{ZOO_DELETED_EVENT, 0, box}, "the event of its end");
  same(client.children(t.root).names, std::vector<std::string>{"ttl-0000000001"}, "what is left");
});

Register ttlRefreshed("znodes.ttl-refreshed", Needs::common, [](Context &t) {
  // A node that is written outlives one that is not, though its TTL is shorter.
  Client &client = t.rooted();
  Events &gone = t.events();
  const std::string written = t.root + "/written", left = t.root + "/left";
  client.create(written, "", ZOO_PERSISTENT_WITH_TTL, &ZOO_OPEN_ACL_UNSAFE, 1300);
  client.create(left, "", ZOO_PERSISTENT_WITH_TTL, &ZOO_OPEN_ACL_UNSAFE, 2000);
  client.exists(left, &gone);
  const auto end = std::chrono::steady_clock::now() + patience;
  while (gone.waiting() == 0) {
    same(client.set(written, "x").rc, ZOK, "a write");
    check(std::chrono::steady_clock::now() < end, "the node that is not written does not end");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  client.exists(written, &gone);
  gone.next("end of the first");
  same(gone.next("end of the second"), Event{ZOO_DELETED_EVENT, 0, written}, "the event of its end");
});

Register sequence("znodes.sequence", Needs::common, [](Context &t) {
  Client &client = t.rooted();
  auto number = [&](const std::string &prefix) { return client.create(t.root + "/" + prefix, "", ZOO_PERSISTENT_SEQUENTIAL).text; };
  same(number("a-"), t.root + "/a-0000000000", "the first");
  same(number("b-"), t.root + "/b-0000000001", "prefixes share the parent's counter");
  client.erase(t.root + "/a-0000000000");
  same(number("a-"), t.root + "/a-0000000002", "after a deletion");
  same(number(""), t.root + "/0000000003", "without a prefix");
  same(client.create(t.root + "/all").rc, ZOK, "a parent");
  std::vector<std::future<void>> jobs;
  std::vector<std::vector<std::string>> made(6);
  for (auto &mine : made) {
    Client &one = t.client();
    jobs.push_back(t.spawn([&] {
      for (int n = 0; n < 50; n++) mine.push_back(one.create(t.root + "/all/n-", "", ZOO_PERSISTENT_SEQUENTIAL).text);
    }));
  }
  finish(jobs);
  std::set<std::string> all;
  for (auto &mine : made) {
    check(std::is_sorted(mine.begin(), mine.end()), "each client's numbers go up");
    all.insert(mine.begin(), mine.end());
  }
  same(all.size(), 300u, "different numbers");
  same(*all.rbegin(), t.root + "/all/n-0000000299", "the last");
});

Register stat("znodes.stat", Needs::common, [](Context &t) {
  Client &client = t.rooted();
  const std::string path = t.root + "/node";
  const Stat born = client.create(path, "12345").stat;
  check(born.czxid == born.mzxid && born.pzxid == born.czxid, "zxids of a new node");
  same(std::vector<int>{born.version, born.cversion, born.aversion, born.dataLength, born.numChildren}, std::vector<int>{0, 0, 0, 5, 0}, "numbers of a new node");
  check(std::abs(born.ctime / 1000 - time(nullptr)) < 60 && born.ctime == born.mtime, "times of a new node");
  const Stat written = client.set(path, "").stat;
  check(written.mzxid > born.mzxid && written.czxid == born.czxid && written.pzxid == born.pzxid, "zxids after set");
  same(std::vector<int>{written.version, written.dataLength}, std::vector<int>{1, 0}, "numbers after set");
  const Stat child = client.create(path + "/child").stat, parent = client.exists(path).stat;
  check(parent.pzxid == child.czxid && parent.mzxid == written.mzxid, "zxids of the parent of a new child");
  same(std::vector<int>{parent.cversion, parent.numChildren, parent.version}, std::vector<int>{1, 1, 1}, "numbers of a parent");
  client.erase(path + "/child");
  const Stat after = client.exists(path).stat;
  check(after.pzxid > parent.pzxid && after.cversion == 2 && after.numChildren == 0, "a parent after the deletion");
  client.setAcl(path, &ZOO_OPEN_ACL_UNSAFE);
  same(client.exists(path).stat.aversion, 1, "aversion");
});

Register badPaths("znodes.bad-paths", Needs::common, [](Context &t) {
  Client &client = t.rooted();
  // The library refuses some by itself; what it lets through the server has to refuse.
  for (const char *path : {"", "relative", "//", "/a/", "/a//b", "/.", "/a/..", "/a/./b"})
    same(client.create(path).rc, ZBADARGUMENTS, std::string("create ") + path);
  for (const char *part : {"\x01", "a\x1f", "\x7f", "\xc2\x85", "\xef\xa3\xbf", "\xef\xbf\xb0"})
    same(client.create(t.root + "/" + part).rc, ZBADARGUMENTS, "a character that is not allowed");
  for (const char *part : {" ", "a b", "...", ".a", "a.", "..a", "中文", "\xef\xbf\xaf"})
    same(client.create(t.root + "/" + part).rc, ZOK, std::string("create ") + part);
  same(client.create("/").rc, ZNODEEXISTS, "create /");
  same(client.erase("/"), ZBADARGUMENTS, "delete /");
  same(client.erase("/zookeeper"), ZBADARGUMENTS, "delete /zookeeper");
});

Register bigData("znodes.big-data", Needs::common, [](Context &t) {
  Client &client = t.rooted();
  const std::string path = t.root + "/big";
  client.create(path);
  // xid, opcode, the two lengths and the version stand beside path and data in the frame of a set.
  std::string data(frameBytesMax - 20 - path.size(), 0);
  for (size_t n = 0; n < data.size(); n++) data[n] = n * 31 + n / 256;
  same(client.set(path, data).rc, ZOK, "the largest data");
  check(client.get(path).text == data, "it comes back as it was");
  const int64_t id = client.id();
  same(client.set(path, data + "x").rc, ZCONNECTIONLOSS, "a byte more");
  client.connected();
  same(client.exists(path).stat.version, 1, "what was too large is not written");
  same(client.id(), id, "the session lives on");
});

Register manyChildren("znodes.many-children", Needs::common, [](Context &t) {
  Client &client = t.rooted();
  const int count = 24000, width = 1000;
  std::vector<std::string> names, paths;
  for (int n = 0; n < count; n++) {
    char name[80];
    snprintf(name, sizeof name, "a-name-that-makes-the-answer-longer-than-a-megabyte-%05d", n);
    names.push_back(name);
    paths.push_back(t.root + "/" + name);
  }
  auto inBatches = [&](const std::function<void(zoo_op_t &, int)> &fill) {
    for (int at = 0; at < count; at += width) {
      std::vector<zoo_op_t> operations(width);
      std::vector<zoo_op_result_t> results(width);
      for (int n = 0; n < width; n++) fill(operations[n], at + n);
      same(zoo_multi(client.handle, width, operations.data(), results.data()), ZOK, "a thousand operations");
    }
  };
  inBatches([&](zoo_op_t &op, int n) { zoo_create_op_init(&op, paths[n].c_str(), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, nullptr, 0); });
  const Answer answer = client.children(t.root);
  check(answer.names == names, "the names that were made: " + shown(answer.names.size()));
  same(answer.stat.numChildren, count, "their number");
  inBatches([&](zoo_op_t &op, int n) { zoo_delete_op_init(&op, paths[n].c_str(), -1); });
  const Stat stat = client.exists(t.root).stat;
  same(std::vector<int>{stat.numChildren, stat.cversion}, std::vector<int>{0, 2 * count}, "after their deletion");
});
} // namespace
