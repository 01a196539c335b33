// Sessions: what belongs to them, how they end, what outlives a connection and a server.
#include "scenario.hpp"

namespace {
// Waits for the next change of a client's state, and names it.
int state(Client &client) { return client.session.next("state").state; }

Register ephemerals("sessions.ephemerals", Needs::common, [](Context &t) {
  Relay &relay = t.relay(t.server->port);
  Client &watcher = t.rooted(), &owner = t.clientAt(relay.address());
  Events &events = t.events();
  const std::string path = t.root + "/ephemeral";
  owner.create(path, "mine", ZOO_EPHEMERAL);
  const int64_t id = owner.id();
  same(watcher.exists(path, &events).stat.ephemeralOwner, id, "the owner");
  relay.cut();
  same(state(owner), ZOO_CONNECTING_STATE, "state without a connection");
  owner.connected();
  same(owner.id(), id, "the session with a new one");
  same(owner.get(path).text, "mine", "the node then");
  watcher.sync(path);
  same(events.waiting(), 0u, "events");
  same(owner.close(), ZOK, "close");
  same(events.next("event").type, ZOO_DELETED_EVENT, "the event at the end of its session");
  same(watcher.children(t.root).names.size(), 0u, "what is left");
});

Register expiry("sessions.expiry", Needs::common, [](Context &t) {
  Relay &relay = t.relay(t.server->port);
  Options brief;
  brief.timeoutMs = 3000;
  Client &watcher = t.rooted(), &silent = t.clientAt(relay.address(), brief);
  for (int n = 0; n < 20; n++) silent.create(t.root + "/n" + std::to_string(n), "", ZOO_EPHEMERAL);
  silent.create(t.root + "/stays");
  Events &gone = t.events();
  watcher.exists(t.root + "/n0", &gone);
  relay.freeze();
  same(gone.next("event of expiry").type, ZOO_DELETED_EVENT, "the event of expiry");
  watcher.sync(t.root);
  same(watcher.children(t.root).names, std::vector<std::string>{"stays"}, "what is left");
  relay.thaw();
  silent.session.until([](const Event &event) { return event.state == ZOO_EXPIRED_SESSION_STATE; }, "expired session");
  check(is_unrecoverable(silent.handle) == ZINVALIDSTATE, "the handle knows that it cannot go on");
  same(silent.exists(t.root).rc, ZINVALIDSTATE, "a call on an expired session");
  check(t.client().id() != silent.id(), "a new handle has a new session");
});

Register takeOver("sessions.take-over", Needs::common, [](Context &t) {
  // The first client cannot come back and take it again: its network is frozen.
  Relay &relay = t.relay(t.server->port);
  t.rooted();
  Client &first = t.clientAt(relay.address());
  const std::string path = t.root + "/ephemeral";
  first.create(path, "", ZOO_EPHEMERAL);
  Options options;
  options.id = *zoo_client_id(first.handle);
  relay.freeze();
  Client &second = t.client(options);
  same(second.id(), options.id.client_id, "the session in its second client");
  same(memcmp(zoo_client_id(second.handle)->passwd, options.id.passwd, 16), 0, "its password");
  same(state(first), ZOO_CONNECTING_STATE, "the first client's state");
  same(second.exists(path).stat.ephemeralOwner, options.id.client_id, "its ephemeral");
  // A wrong password does not open a session.
  options.id = *zoo_client_id(t.client().handle);
  memset(options.id.passwd, 0, 16);
  Client wrong(t.server->address(), options);
  wrong.session.until([](const Event &event) { return event.state == ZOO_EXPIRED_SESSION_STATE; }, "refusal of a wrong password");
});

Register timeouts("sessions.timeouts", Needs::common, [](Context &t) {
  for (const auto &asked : std::vector<std::pair<int, int>>{{100, 1000}, {5000, 5000}, {300000, 60000}}) {
    Options options;
    options.timeoutMs = asked.first;
    same(zoo_recv_timeout(t.client(options).handle), asked.second, "the timeout for " + shown(asked.first) + " ms");
  }
});

Register close("sessions.close", Needs::common, [](Context &t) {
  Client &watcher = t.rooted(), &client = t.client();
  Events &events = t.events();
  client.create(t.root + "/ephemeral", "", ZOO_EPHEMERAL);
  watcher.exists(t.root + "/ephemeral", &events);
  Options options;
  options.id = *zoo_client_id(client.handle);
  same(client.close(), ZOK, "close");
  same(events.next("event").type, ZOO_DELETED_EVENT, "the event of the close");
  Client again(t.server->address(), options);
  again.session.until([](const Event &event) { return event.state == ZOO_EXPIRED_SESSION_STATE; }, "refusal of a closed session");
});

Register restart("sessions.reconnect-restart", Needs::own, [](Context &t) {
  Server &server = t.ownServer();
  // The same server several times: the library then gives up sooner on a connection that is not answered while it starts.
  const std::string once = server.address(), hosts = once + "," + once + "," + once + "," + once;
  Options options;
  Client &client = t.clientAt(hosts, options);
  client.create("/node", "0");
  client.create("/ephemeral", "mine", ZOO_EPHEMERAL);
  Events &data = t.events(), &children = t.events(), &absent = t.events(), &missed = t.events();
  const int64_t id = client.id();
  client.exists("/deleted-meanwhile", &missed);
  for (int round = 0; round < 2; round++) {
    // The library sets its watches again with the new connection.
    client.get("/node", &data);
    client.children("/node", &children);
    client.exists("/absent" + std::to_string(round), &absent);
    server.kill();
    same(state(client), ZOO_CONNECTING_STATE, "state without a server");
    server.start();
    client.connected();
    same(client.id(), id, "the session");
    same(client.get("/ephemeral").text, "mine", "the ephemeral");
    same(data.waiting() + children.waiting() + absent.waiting(), 0u, "events though nothing has changed");
    Client &other = t.clientAt(hosts);
    other.set("/node", std::to_string(round));
    other.create("/node/r" + std::to_string(round));
    other.create("/absent" + std::to_string(round));
    same(data.next("event"), Event{ZOO_CHANGED_EVENT, 0, "/node"}, "a data watch lives on");
    same(children.next("event"), Event{ZOO_CHILD_EVENT, 0, "/node"}, "a child watch lives on");
    same(absent.next("event"), Event{ZOO_CREATED_EVENT, 0, "/absent" + std::to_string(round)}, "an exists watch lives on");
    other.close();
  }
  same(missed.waiting(), 0u, "events of a node that nobody made");
  client.close();
  Client &other = t.clientAt(hosts);
  same(other.exists("/ephemeral").rc, ZNONODE, "its ephemeral after its end");
});

Register missed("sessions.missed-changes", Needs::common, [](Context &t) {
  // Changes while the client is away: its watches fire when it is back.
  Relay &relay = t.relay(t.server->port);
  Client &client = t.clientAt(relay.address()), &other = t.rooted();
  const std::string path = t.root + "/";
  for (const char *name : {"changed", "deleted", "parent", "same"}) other.create(path + name);
  std::vector<Events *> events;
  for (int n = 0; n < 6; n++) events.push_back(&t.events());
  client.get(path + "changed", events[0]);
  client.get(path + "deleted", events[1]);
  client.children(path + "parent", events[2]);
  client.exists(path + "created", events[3]);
  client.get(path + "same", events[4]);
  client.children(path + "deleted", events[5]);
  relay.freeze();
  relay.cut();
  same(state(client), ZOO_CONNECTING_STATE, "state");
  other.set(path + "changed", "x");
  other.erase(path + "deleted");
  other.create(path + "parent/child");
  other.create(path + "created");
  relay.thaw();
  client.connected();
  same(events[0]->next("event"), Event{ZOO_CHANGED_EVENT, 0, path + "changed"}, "a changed node");
  same(events[1]->next("event"), Event{ZOO_DELETED_EVENT, 0, path + "deleted"}, "a deleted node");
  same(events[2]->next("event"), Event{ZOO_CHILD_EVENT, 0, path + "parent"}, "a changed parent");
  same(events[3]->next("event"), Event{ZOO_CREATED_EVENT, 0, path + "created"}, "a created node");
  same(events[5]->next("event"), Event{ZOO_DELETED_EVENT, 0, path + "deleted"}, "a deleted parent");
  client.sync(t.root);
  same(events[4]->waiting(), 0u, "events of an unchanged node");
});
} // namespace
