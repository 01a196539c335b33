// Transactions: all or nothing, with a result for each operation.
#include "scenario.hpp"

namespace {
Register read("multi.read", "the C client 3.8.2 has no read in its transactions");

// The operations of one transaction, with the strings that they point to.
class Transaction {
public:
  Transaction &create(const std::string &path, const std::string &data = "", int mode = 0, const ACL_vector *acl = &ZOO_OPEN_ACL_UNSAFE) {
    buffers.emplace_back(200, 0);
    return add([&](zoo_op_t &op, const char *p, const std::string &d) { zoo_create_op_init(&op, p, d.data(), d.size(), acl, mode, &buffers.back()[0], 200); }, path, data);
  }
  Transaction &erase(const std::string &path, int version = -1) {
    return add([&](zoo_op_t &op, const char *p, const std::string &) { zoo_delete_op_init(&op, p, version); }, path, "");
  }
  Transaction &set(const std::string &path, const std::string &data, int version = -1) {
    stats.emplace_back();
    return add([&](zoo_op_t &op, const char *p, const std::string &d) { zoo_set_op_init(&op, p, d.data(), d.size(), version, &stats.back()); }, path, data);
  }
  Transaction &expect(const std::string &path, int version) {
    return add([&](zoo_op_t &op, const char *p, const std::string &) { zoo_check_op_init(&op, p, version); }, path, "");
  }
  int commit(Client &client) {
    results.assign(operations.size(), {});
    return zoo_multi(client.handle, operations.size(), operations.data(), results.data());
  }
  std::vector<int> errors() const {
    std::vector<int> all;
    for (const zoo_op_result_t &result : results) all.push_back(result.err);
    return all;
  }
  std::deque<std::string> buffers;
  std::deque<Stat> stats;

private:
  template <class Fill> Transaction &add(Fill fill, const std::string &path, const std::string &data) {
    strings.push_back(path);
    const char *kept = strings.back().c_str();
    strings.push_back(data);
    operations.emplace_back();
    fill(operations.back(), kept, strings.back());
    return *this;
  }
  std::deque<std::string> strings;
  std::vector<zoo_op_t> operations;
  std::vector<zoo_op_result_t> results;
};

Register success("multi.success", Needs::common, [](Context &t) {
  Client &client = t.rooted(), &other = t.client();
  const std::string path = t.root + "/node";
  Transaction all;
  all.create(path, "one").expect(path, 0).set(path, "two", 0).expect(path, 1).create(path + "/e-", "", ZOO_EPHEMERAL_SEQUENTIAL);
  all.create(path + "/s-", "", ZOO_PERSISTENT_SEQUENTIAL).erase(path + "/s-0000000001");
  same(all.commit(client), ZOK, "commit");
  same(all.errors(), std::vector<int>(7, ZOK), "results");
  same(std::string(all.buffers[1].c_str()), path + "/e-0000000000", "the path of a sequential node");
  same(client.get(path).text, "two", "the data");
  const Stat child = client.exists(path + "/e-0000000000").stat;
  check(child.czxid == all.stats[0].mzxid && child.ephemeralOwner == client.id(), "one zxid for all, and the owner");
  Events &events = t.events();
  other.get(path, &events);
  other.children(path, &events);
  Transaction end;
  same(end.erase(path + "/e-0000000000").erase(path).commit(client), ZOK, "deletions");
  same(std::vector<int>{events.next("event").type, events.next("event").type}, std::vector<int>{ZOO_CHILD_EVENT, ZOO_DELETED_EVENT}, "events in the order of the operations");
});

// A transaction with a write before and after; the operation in the middle must fail with the error.
void fails(Client &client, const std::string &root, int error, const std::function<void(Transaction &)> &add, int at = 0) {
  const auto before = numbers(client.exists(root).stat);
  Transaction all;
  all.create(root + "/never", "", ZOO_EPHEMERAL);
  add(all);
  all.set(root, "never");
  const std::string what = zerror(error);
  same(all.commit(client), error, "commit, " + what);
  std::vector<int> wanted(all.errors().size(), ZRUNTIMEINCONSISTENCY);
  for (int n = 0; n <= at; n++) wanted[n] = ZOK;
  wanted[at + 1] = error;
  same(all.errors(), wanted, "results, " + what);
  same(numbers(client.exists(root).stat), before, "the root after " + what);
  same(client.exists(root + "/never").rc, ZNONODE, "the first operation after " + what);
}

Register failures("multi.failures", Needs::common, [](Context &t) {
  // The library sends what zoo_add_auth says only when it would send a ping.
  Options brief;
  brief.timeoutMs = 3000;
  Client &client = t.rooted(), &owner = t.client(brief);
  const std::string secret = t.root + "/private", full = t.root + "/full", ephemeral = t.root + "/ephemeral", missing = t.root + "/missing";
  owner.addAuth("digest", "ann:secret");
  same(owner.create(secret, "", 0, &ZOO_CREATOR_ALL_ACL).rc, ZOK, "a node of another");
  client.create(full);
  client.create(full + "/child");
  client.create(ephemeral, "", ZOO_EPHEMERAL);
  auto fail = [&](int error, const std::function<void(Transaction &)> &add, int at = 0) { fails(client, t.root, error, add, at); };
  fail(ZNONODE, [&](Transaction &tx) { tx.erase(missing); });
  fail(ZNONODE, [&](Transaction &tx) { tx.set(missing, ""); });
  fail(ZNONODE, [&](Transaction &tx) { tx.expect(missing, 0); });
  fail(ZNONODE, [&](Transaction &tx) { tx.create(missing + "/child"); });
  fail(ZBADVERSION, [&](Transaction &tx) { tx.expect(full, 7); });
  fail(ZBADVERSION, [&](Transaction &tx) { tx.set(full, "", 7); });
  fail(ZBADVERSION, [&](Transaction &tx) { tx.erase(full + "/child", 7); });
  fail(ZNODEEXISTS, [&](Transaction &tx) { tx.create(full); });
  fail(ZNODEEXISTS, [&](Transaction &tx) { tx.create(missing).create(missing); }, 1);
  fail(ZNOTEMPTY, [&](Transaction &tx) { tx.erase(full); });
  fail(ZNOTEMPTY, [&](Transaction &tx) { tx.set(full, "").expect(full, 1).erase(full); }, 2);
  fail(ZNOCHILDRENFOREPHEMERALS, [&](Transaction &tx) { tx.create(ephemeral + "/child"); });
  fail(ZNOAUTH, [&](Transaction &tx) { tx.set(secret, ""); });
  fail(ZNOAUTH, [&](Transaction &tx) { tx.expect(full, 0).create(secret + "/child"); }, 1);
  fail(ZNOAUTH, [&](Transaction &tx) { tx.expect(secret, 0).erase(missing); });
  const Acl nonsense({{ZOO_PERM_ALL, "nonsense", "x"}});
  fail(ZINVALIDACL, [&](Transaction &tx) { tx.create(missing, "", 0, nonsense.get()); });
  // A path that is not allowed is not tried: the library refuses it by itself, and then frees what it has not taken.
  same(client.get(full).stat.version, 0, "a version that no failed transaction raised");
  same(client.exists(full + "/child").rc, ZOK, "a child that no failed transaction deleted");
  same(client.create(full + "/s-", "", ZOO_PERSISTENT_SEQUENTIAL).text, full + "/s-0000000001", "the next number");
});
} // namespace
