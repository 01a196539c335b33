// What people use it for, with contention: a lock, a configuration, a leader; and many clients at once.
#include "scenario.hpp"
#include <algorithm>
#include <atomic>

namespace {
// The lock of ZooKeeper's recipes: the lowest number holds, the others watch the one before them.
class Lock {
public:
  Lock(Context &t, Client &client, const std::string &path) : t(t), client(client), path(path) {}

  // Waits for the lock; the number of its node, which no later holder falls behind.
  int64_t acquire() {
    const std::string made = client.create(path + "/n-", "", ZOO_EPHEMERAL_SEQUENTIAL).text;
    mine = made.substr(path.size() + 1);
    for (;;) {
      const std::vector<std::string> names = client.children(path).names;
      const auto at = std::find(names.begin(), names.end(), mine);
      check(at != names.end(), "the node of a contender is there");
      if (at == names.begin()) return std::stoll(mine.substr(2));
      Events &gone = t.events();
      if (client.exists(path + "/" + *(at - 1), &gone).rc == ZOK) gone.next("end of the one before");
    }
  }

  int release() { return client.erase(path + "/" + mine); }
  std::string mine;

private:
  Context &t;
  Client &client;
  const std::string path;
};

Options withTimeout(int ms) {
  Options options;
  options.timeoutMs = ms;
  return options;
}

Register many("clients.many", Needs::common, [](Context &t) {
  // 60 sessions with reads, writes, ephemerals and transactions; nothing may be lost or doubled.
  Client &setup = t.rooted();
  const int clients = 60, rounds = 6, counters = 6;
  setup.create(t.root + "/owners");
  setup.create(t.root + "/logs");
  for (int n = 0; n < counters; n++) setup.create(t.root + "/counter" + std::to_string(n), "0");
  std::vector<Client *> all;
  std::vector<std::future<void>> jobs;
  for (int n = 0; n < clients; n++) all.push_back(&t.client());
  for (int n = 0; n < clients; n++)
    jobs.push_back(t.spawn([&, n] {
      Client &client = *all[n];
      client.create(t.root + "/owners/c" + std::to_string(n), "", ZOO_EPHEMERAL);
      const std::string counter = t.root + "/counter" + std::to_string(n % counters), logs = t.root + "/logs";
      for (int round = 0; round < rounds; round++) {
        const std::string entry = client.create(logs + "/c" + std::to_string(n) + "-", std::to_string(round), ZOO_PERSISTENT_SEQUENTIAL).text;
        for (int rc = ZBADVERSION; rc == ZBADVERSION;) {
          const Answer now = client.get(counter);
          const std::string next = std::to_string(std::stoi(now.text) + 1);
          zoo_op_t operations[2];
          zoo_op_result_t results[2];
          zoo_check_op_init(&operations[0], logs.c_str(), 0);
          zoo_set_op_init(&operations[1], counter.c_str(), next.data(), next.size(), now.stat.version, nullptr);
          rc = zoo_multi(client.handle, 2, operations, results);
          check(rc == ZOK || rc == ZBADVERSION, "a lost race is a bad version");
        }
        same(client.get(entry).text, std::to_string(round), "what this client wrote");
      }
    }));
  finish(jobs);
  for (int n = 0; n < counters; n++)
    same(setup.get(t.root + "/counter" + std::to_string(n)).text, std::to_string(clients * rounds / counters), "a counter that ten clients raised");
  same(setup.children(t.root + "/owners").names.size(), size_t(clients), "owners");
  std::vector<int> numbers;
  for (const std::string &name : setup.children(t.root + "/logs").names) numbers.push_back(std::stoi(name.substr(name.size() - 10)));
  std::sort(numbers.begin(), numbers.end());
  for (int n = 0; n < clients * rounds; n++) same(numbers.at(n), n, "a sequence number");
  for (Client *client : all) client->close();
  same(setup.children(t.root + "/owners").names.size(), 0u, "owners after the last has left");
});

Register lock("use.lock", Needs::common, [](Context &t) {
  // Every holder writes with the number of its lock node, which must never go back; one holder's session dies.
  Client &setup = t.rooted();
  const std::string path = t.root + "/lock", counter = t.root + "/counter";
  const int workers = 8, rounds = 6;
  setup.create(path);
  setup.create(counter, "0 -1");
  Relay &relay = t.relay(t.server->port);
  Client &victim = t.clientAt(relay.address(), withTimeout(2000));
  Lock held(t, victim, path);
  same(held.acquire(), 0, "the first holder");
  std::atomic<int> inside{0};
  std::vector<std::future<void>> jobs;
  std::vector<Client *> all;
  for (int n = 0; n < workers; n++) all.push_back(&t.client());
  for (int n = 0; n < workers; n++)
    jobs.push_back(t.spawn([&, n] {
      Client &client = *all[n];
      for (int round = 0; round < rounds; round++) {
        Lock mutex(t, client, path);
        const int64_t fence = mutex.acquire();
        same(++inside, 1, "holders at one time");
        const Answer now = client.get(counter);
        long value, last;
        sscanf(now.text.c_str(), "%ld %ld", &value, &last);
        check(fence > last, "the fence goes back from " + shown(last) + " to " + shown(fence));
        same(client.set(counter, std::to_string(value + 1) + " " + std::to_string(fence), now.stat.version).rc, ZOK, "a write under the lock");
        inside--;
        same(mutex.release(), ZOK, "release");
      }
    }));
  eventually([&] { return setup.children(path).stat.numChildren == workers + 1; }, "all wait behind the first");
  relay.freeze();
  finish(jobs);
  same(setup.get(counter).text.substr(0, 3), std::to_string(workers * rounds) + " ", "rounds under the lock");
  same(setup.children(path).stat.numChildren, 0, "contenders at the end");
});

Register config("use.config", Needs::common, [](Context &t) {
  // One writer; every reader sees versions in order, none older than one before, and the last.
  Client &writer = t.rooted();
  const std::string path = t.root + "/config";
  const int readers = 12, changes = 150;
  writer.create(path, "0");
  std::vector<Client *> all;
  std::vector<std::future<void>> jobs;
  std::atomic<int> ready{0};
  for (int n = 0; n < readers; n++) all.push_back(&t.client());
  for (int n = 0; n < readers; n++) {
    Events &events = t.events();
    jobs.push_back(t.spawn([&, n] {
      int last = -1;
      int64_t zxid = 0;
      while (last < changes) {
        const Answer now = all[n]->get(path, &events);
        same(now.text, std::to_string(now.stat.version), "data and version belong together");
        check(now.stat.version > last && now.stat.mzxid > zxid, "a reader goes back from " + shown(last) + " to " + shown(now.stat.version));
        if (last < 0) ready++;
        last = now.stat.version;
        zxid = now.stat.mzxid;
        if (last < changes) events.next("change of the configuration");
      }
    }));
  }
  eventually([&] { return ready == readers; }, "all readers have begun");
  for (int n = 1; n <= changes; n++) same(writer.set(path, std::to_string(n), n - 1).rc, ZOK, "a change");
  finish(jobs);
  for (int n = 0; n < 20; n++) {
    const int version = writer.set(path, "w").stat.version;
    for (Client *reader : all) {
      reader->sync(path);
      check(reader->get(path).stat.version >= version, "a read after sync is older than the write before it");
    }
  }
});

Register leader("use.leader", Needs::common, [](Context &t) {
  // Candidates in a row; leaders leave by losing their network, by closing, by resigning.
  Client &setup = t.rooted();
  const std::string path = t.root + "/election";
  setup.create(path);
  const int candidates = 6;
  std::vector<Relay *> relays;
  std::vector<Client *> clients;
  std::vector<Lock> places;
  Arrivals<int> terms;
  std::vector<std::future<void>> jobs;
  for (int n = 0; n < candidates; n++) {
    relays.push_back(&t.relay(t.server->port));
    clients.push_back(&t.clientAt(relays[n]->address(), withTimeout(2000)));
    places.emplace_back(t, *clients[n], path);
  }
  for (int n = 0; n < candidates; n++) {
    jobs.push_back(t.spawn([&, n] {
      places[n].acquire();
      terms.put(n);
    }));
    eventually([&] { return setup.children(path).stat.numChildren == n + 1; }, "another candidate");
  }
  const std::vector<std::string> ways = {"expires", "closes", "resigns", "expires", "resigns"};
  for (int n = 0; n < candidates; n++) {
    same(terms.next("leader"), n, "the leader");
    same(terms.waiting(), 0u, "further leaders");
    const std::string node = path + "/" + places[n].mine;
    Events &gone = t.events();
    same(setup.exists(node, &gone).stat.ephemeralOwner, clients[n]->id(), "the owner of the leader's node");
    if (n == candidates - 1) break;
    if (ways[n] == "expires") relays[n]->freeze();
    else if (ways[n] == "closes") clients[n]->close();
    else places[n].release();
    same(gone.next("end of the term").type, ZOO_DELETED_EVENT, "the node of a leader that " + ways[n]);
  }
  finish(jobs);
});
} // namespace
