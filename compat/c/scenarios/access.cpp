// Who may do what: ACLs and the ways to say who one is.
#include "scenario.hpp"
#include <algorithm>

namespace {
using Entries = std::vector<AclEntry>;

// The library sends what zoo_add_auth says only when it would send a ping: soon, with a brief timeout.
Options brief() {
  Options options;
  options.timeoutMs = 3000;
  return options;
}

// SHA1 of ann:secret, as digest ACLs hold it.
const AclEntry ann{ZOO_PERM_ALL, "digest", "ann:7RJfAeIvrl4zdj6sS2fXrQHDvHM="};

Register digest("acl.digest", Needs::common, [](Context &t) {
  Client &owner = t.rooted(brief()), &other = t.client(brief());
  const Acl acl({ann});
  Entries entries;
  const std::string path = t.root + "/node";
  same(owner.create(path, "private", 0, acl.get()).rc, ZOK, "create");
  same(owner.get(path).rc, ZNOAUTH, "a reader who has not said who he is");
  same(owner.addAuth("digest", "ann:secret"), ZOK, "zoo_add_auth");
  same(owner.get(path).text, "private", "its owner reads it");
  same(owner.getAcl(path, entries), ZOK, "zoo_get_acl");
  same(entries, Entries{ann}, "the ACL as it was set");
  same(other.addAuth("digest", "ann:wrong"), ZOK, "a wrong password is only seen later");
  same(other.get(path).rc, ZNOAUTH, "a reader with a wrong password");
  same(owner.create(t.root + "/mine", "", 0, &ZOO_CREATOR_ALL_ACL).rc, ZOK, "an ACL of auth");
  owner.getAcl(t.root + "/mine", entries);
  same(entries, Entries{ann}, "what auth became");
  same(t.client().create(t.root + "/x", "", 0, &ZOO_CREATOR_ALL_ACL).rc, ZINVALIDACL, "auth of a client that is nobody");
  // The library says it again on a new connection.
  Relay &relay = t.relay(t.server->port);
  Client &moving = t.clientAt(relay.address(), brief());
  moving.addAuth("digest", "ann:secret");
  relay.cut();
  moving.session.until([](const Event &event) { return event.state == ZOO_CONNECTING_STATE; }, "lost connection");
  moving.connected();
  same(moving.get(path).text, "private", "after a new connection");
});

Register ipWorld("acl.ip-world", Needs::common, [](Context &t) {
  Client &client = t.rooted();
  const std::vector<std::pair<AclEntry, int>> rows = {{{ZOO_PERM_ALL, "ip", "127.0.0.1"}, ZOK},
                                                      {{ZOO_PERM_READ, "ip", "127.0.0.0/8"}, ZOK},
                                                      {{ZOO_PERM_ALL, "ip", "10.1.2.3"}, ZNOAUTH},
                                                      {{ZOO_PERM_ALL, "ip", "10.0.0.0/8"}, ZNOAUTH},
                                                      {{ZOO_PERM_READ, "world", "anyone"}, ZOK},
                                                      {{ZOO_PERM_WRITE, "world", "anyone"}, ZNOAUTH}};
  for (const auto &[entry, rc] : rows) {
    const Acl acl({entry});
    const std::string made = client.create(t.root + "/n-", "x", ZOO_PERSISTENT_SEQUENTIAL, acl.get()).text;
    same(client.get(made).rc, rc, "get with " + shown(entry));
  }
  for (const AclEntry &entry : Entries{{31, "ip", "nonsense"}, {31, "ip", "127.0.0.1/64"}, {31, "world", "someone"}, {31, "nonsense", "x"}, {31, "digest", "no-colon"}}) {
    const Acl acl({entry});
    same(client.create(t.root + "/bad", "", 0, acl.get()).rc, ZINVALIDACL, "create with " + shown(entry));
  }
  const Acl empty({});
  same(client.create(t.root + "/bad", "", 0, empty.get()).rc, ZINVALIDACL, "create with an empty ACL");
  same(client.setAcl(t.root, empty.get()), ZINVALIDACL, "set an empty ACL");
});

Register noauth("acl.noauth", Needs::common, [](Context &t) {
  // Each permission by itself: what it allows, and that nothing else does.
  Client &owner = t.rooted(brief()), &client = t.client();
  owner.addAuth("digest", "ann:secret");
  const std::vector<std::pair<int, std::function<int(const std::string &)>>> tries = {
      {ZOO_PERM_READ, [&](const std::string &path) { return client.get(path).rc; }},
      {ZOO_PERM_READ, [&](const std::string &path) { return client.children(path).rc; }},
      {ZOO_PERM_READ, [&](const std::string &path) { return client.exists(path).rc; }},
      {ZOO_PERM_WRITE, [&](const std::string &path) { return client.set(path, "").rc; }},
      {ZOO_PERM_CREATE, [&](const std::string &path) { return client.create(path + "/new").rc; }},
      {ZOO_PERM_DELETE, [&](const std::string &path) { return client.erase(path + "/child"); }},
      {ZOO_PERM_ADMIN, [&](const std::string &path) { return client.setAcl(path, &ZOO_OPEN_ACL_UNSAFE); }}};
  for (const int granted : {ZOO_PERM_READ, ZOO_PERM_WRITE, ZOO_PERM_CREATE, ZOO_PERM_DELETE, ZOO_PERM_ADMIN})
    for (size_t n = 0; n < tries.size(); n++) {
      const std::string path = t.root + "/" + shown(granted) + "-" + shown(n);
      owner.create(path);
      owner.create(path + "/child");
      const Acl acl({ann, {granted, "world", "anyone"}});
      same(owner.setAcl(path, acl.get()), ZOK, "zoo_set_acl");
      same(tries[n].second(path), granted == tries[n].first ? ZOK : ZNOAUTH, "call " + shown(n) + " with permission " + shown(granted));
    }
  const std::string closed = t.root + "/closed";
  Entries entries;
  const Acl acl({ann});
  owner.create(closed, "", 0, acl.get());
  same(client.getAcl(closed, entries), ZNOAUTH, "the ACL of a closed node");
  same(client.create(closed + "/child").rc, ZNOAUTH, "create below it");
  same(client.erase(closed + "/missing"), ZNOAUTH, "delete what is not there, below it");
  same(client.create(closed + "/missing/child").rc, ZNONODE, "create below what is not there");
  owner.create(closed + "/child");
  same(client.create(closed + "/child").rc, ZNOAUTH, "create what is there, below it");
  same(client.erase(closed + "/child", 7), ZNOAUTH, "delete with a wrong version, below it");
  same(client.set(closed, "", 7).rc, ZNOAUTH, "set with a wrong version");
  same(owner.setAcl(closed, &ZOO_READ_ACL_UNSAFE, 5), ZBADVERSION, "a wrong version");
  same(owner.setAcl(closed, &ZOO_READ_ACL_UNSAFE, 0), ZOK, "a version");
  same(owner.setAcl(closed, &ZOO_OPEN_ACL_UNSAFE), ZNOAUTH, "after giving ADMIN away");
  // A reader without ADMIN sees who may do what, but no hash.
  const Acl mixed({ann, {ZOO_PERM_READ, "world", "anyone"}});
  owner.create(t.root + "/mixed", "", 0, mixed.get());
  client.getAcl(t.root + "/mixed", entries);
  same(entries[0].id, "ann:x", "the id that a reader sees");
});

Register unknownScheme("auth.unknown-scheme", Needs::common, [](Context &t) {
  Client &client = t.client(brief());
  same(client.addAuth("nonsense", "a:b"), ZAUTHFAILED, "zoo_add_auth");
  same(client.session.next("state").state, ZOO_AUTH_FAILED_STATE, "its state");
  same(client.exists("/").rc, ZINVALIDSTATE, "a call after that");
});

#ifdef HAVE_CYRUS_SASL_H
Register sasl("auth.sasl", Needs::secured, [](Context &t) {
  Options bob, anne, wrong;
  bob.saslUser = wrong.saslUser = "bob";
  bob.saslPassword = "secret";
  wrong.saslPassword = "wrong";
  anne.saslUser = "ann";
  anne.saslPassword = "word";
  Client &owner = t.rooted(bob);
  const Acl acl({{ZOO_PERM_ALL, "sasl", "bob"}});
  Entries entries;
  const std::string path = t.root + "/node";
  same(owner.create(path, "bob's", 0, acl.get()).rc, ZOK, "create");
  same(owner.get(path).text, "bob's", "bob reads it");
  same(t.client(anne).get(path).rc, ZNOAUTH, "ann does not");
  same(t.client().get(path).rc, ZNOAUTH, "nor does somebody");
  owner.create(t.root + "/mine", "", 0, &ZOO_CREATOR_ALL_ACL);
  owner.getAcl(t.root + "/mine", entries);
  check(std::find(entries.begin(), entries.end(), AclEntry{ZOO_PERM_ALL, "sasl", "bob"}) != entries.end(), "auth stands for the SASL user: " + shown(entries));
  Client refused(t.server->address(), wrong);
  eventually([&] { return zoo_state(refused.handle) == ZOO_AUTH_FAILED_STATE; }, "a wrong password is refused");
  same(refused.exists("/").rc, ZINVALIDSTATE, "a call after that");
  // The library shows it again on a new connection.
  Relay &relay = t.relay(t.server->port);
  Client &moving = t.clientAt(relay.address(), bob);
  relay.cut();
  moving.session.until([](const Event &event) { return event.state == ZOO_CONNECTING_STATE; }, "lost connection");
  moving.connected();
  same(moving.get(path).text, "bob's", "after a new connection");
});
#else
Register sasl("auth.sasl", "the library was built without SASL: no headers of Cyrus SASL");
#endif

// A client with this certificate, that trusts this authority.
Options tls(const std::string &certificate, const std::string &authority = "ca") {
  Options options;
  options.certificates = fixture(authority + ".pem") + "," + fixture(certificate + ".pem") + "," + fixture(certificate + ".pem") + ",none";
  return options;
}

std::string securePort(Context &t) { return "127.0.0.1:" + std::to_string(t.server->securePort); }

// A client that tries several times and is never connected.
void refused(Context &t, const Options &options, const std::string &what) {
  Relay &relay = t.relay(t.server->securePort);
  Client client(relay.address(), options);
  eventually([&] { return relay.accepted() >= 3; }, what + ": a third attempt");
  same(client.session.waiting(), 0u, what + ": events of its session");
}

Register tlsServer("tls.server", Needs::secured, [](Context &t) {
  Client &plain = t.rooted(), &client = t.clientAt(securePort(t), tls("client"));
  const std::string path = t.root + "/node", data(512000, 'x');
  same(client.create(path, data).rc, ZOK, "half a megabyte");
  check(client.get(path).text == data && plain.get(path).text == data, "it comes back through TLS and without");
  Events &events = t.events();
  for (int n = 0; n < 50; n++) {
    // An event and an answer, one right behind the other: both have to arrive at once.
    client.get(path, &events);
    same(client.set(path, "y").rc, ZOK, "set");
    same(events.next("event").type, ZOO_CHANGED_EVENT, "an event through TLS");
  }
  refused(t, tls("client", "stranger"), "a server of an authority that the client does not know");
});

Register tlsClient("tls.client-cert", Needs::secured, [](Context &t) {
  Client &plain = t.rooted(), &client = t.clientAt(securePort(t), tls("client"));
  const std::string subjects = contents(fixture("subjects.tsv"));
  const size_t at = subjects.find("client\t") + 7;
  const AclEntry subject{ZOO_PERM_ALL, "x509", subjects.substr(at, subjects.find('\n', at) - at)};
  Entries entries;
  client.create(t.root + "/mine", "x", 0, &ZOO_CREATOR_ALL_ACL);
  client.getAcl(t.root + "/mine", entries);
  check(std::find(entries.begin(), entries.end(), subject) != entries.end(), "the certificate's name as an id: " + shown(entries));
  same(client.get(t.root + "/mine").text, "x", "its owner reads it");
  same(plain.get(t.root + "/mine").rc, ZNOAUTH, "nobody else does");
  refused(t, tls("stranger"), "a client of an authority that the server does not know");
});

Register sync("sync-whoami", Needs::common, [](Context &t) {
  // The library has no whoAmI; what auth becomes in an ACL shows the same (acl.digest).
  Client &client = t.rooted(), &other = t.client();
  for (int n = 0; n < 30; n++) {
    client.set(t.root, std::to_string(n));
    same(other.sync(t.root).text, t.root, "the answer of zoo_async");
    same(other.get(t.root).text, std::to_string(n), "what is read after it");
  }
  same(other.sync("/nowhere").rc, ZOK, "sync of a node that is not there");
});

Register config("config-node", Needs::common, [](Context &t) {
  Client &client = t.client();
  char buffer[1000];
  int length = sizeof buffer;
  Stat stat;
  same(zoo_getconfig(client.handle, 0, buffer, &length, &stat), ZOK, "zoo_getconfig");
  same(length, 0, "the length of a standalone server's configuration");
  same(client.set("/zookeeper/config", "x").rc, ZNOAUTH, "set it");
  length = sizeof buffer;
  same(zoo_reconfig(client.handle, "server.2=127.0.0.1:2888:3888;2181", nullptr, nullptr, -1, buffer, &length, &stat), ZRECONFIGDISABLED, "zoo_reconfig");
});
} // namespace
