// Watches: each kind that the library has fires once, for what it is meant for, before the change can be read.
#include "scenario.hpp"

namespace {
Register persistent("watches.persistent", "the C client 3.8.2 does not send addWatch");
Register recursive("watches.persistent-recursive", "the C client 3.8.2 does not send addWatch");

Event event(int type, const std::string &path) { return {type, 0, path}; }

Register data("watches.data", Needs::common, [](Context &t) {
  Client &client = t.rooted(), &other = t.client();
  Events &first = t.events(), &second = t.events();
  const std::string path = t.root + "/node";
  client.create(path);
  client.get(path, &first);
  client.get(path, &second);
  other.set(path, "one");
  same(first.next("event"), event(ZOO_CHANGED_EVENT, path), "a write");
  same(second.next("event"), event(ZOO_CHANGED_EVENT, path), "a write, for the second watcher");
  other.set(path, "two");
  client.get(path, &second);
  other.create(path + "/child");
  other.setAcl(path, &ZOO_OPEN_ACL_UNSAFE);
  other.erase(path + "/child");
  other.erase(path);
  same(second.next("event"), event(ZOO_DELETED_EVENT, path), "children and ACLs are no data, deletion is");
  client.sync(path);
  same(first.waiting() + second.waiting(), 0u, "events of watches that fire once");
});

Register exists("watches.exists", Needs::common, [](Context &t) {
  Client &client = t.rooted(), &other = t.client();
  Events &events = t.events();
  const std::string path = t.root + "/node";
  same(client.exists(path, &events).rc, ZNONODE, "not there");
  other.create(path);
  same(events.next("event"), event(ZOO_CREATED_EVENT, path), "its creation");
  client.exists(path, &events);
  other.set(path, "x");
  same(events.next("event"), event(ZOO_CHANGED_EVENT, path), "its data");
  client.exists(path, &events);
  other.erase(path);
  same(events.next("event"), event(ZOO_DELETED_EVENT, path), "its deletion");
});

Register children("watches.children", Needs::common, [](Context &t) {
  Client &client = t.rooted(), &other = t.client();
  Events &events = t.events();
  const std::string path = t.root + "/node";
  client.create(path);
  client.children(path, &events);
  other.set(path, "x");
  other.create(path + "/child");
  same(events.next("event"), event(ZOO_CHILD_EVENT, path), "a new child");
  client.children(path, &events);
  other.set(path + "/child", "x");
  other.create(path + "/child/grandchild");
  other.erase(path + "/child/grandchild");
  other.erase(path + "/child");
  same(events.next("event"), event(ZOO_CHILD_EVENT, path), "a child less");
  client.children(path, &events);
  other.erase(path);
  same(events.next("event"), event(ZOO_DELETED_EVENT, path), "its deletion");
  client.sync(path);
  same(events.waiting(), 0u, "further events");
});

Register global("watches.global", Needs::common, [](Context &t) {
  // The older calls with a flag: events go to the watcher of the session.
  Client &client = t.rooted(), &other = t.client();
  Events &events = t.events();
  zoo_set_watcher(client.handle, onEvent);
  zoo_set_context(client.handle, &events);
  Stat stat;
  String_vector names{};
  same(zoo_exists(client.handle, (t.root + "/a").c_str(), 1, &stat), ZNONODE, "exists");
  same(zoo_get_children(client.handle, t.root.c_str(), 1, &names), ZOK, "children");
  deallocate_String_vector(&names);
  other.create(t.root + "/a");
  same(events.next("event"), event(ZOO_CREATED_EVENT, t.root + "/a"), "the event of the node");
  same(events.next("event"), event(ZOO_CHILD_EVENT, t.root), "the event of its parent");
});

Register remove("watches.remove", Needs::common, [](Context &t) {
  Client &client = t.rooted(), &other = t.client();
  Events &first = t.events(), &second = t.events(), &removed = t.events();
  const std::string path = t.root + "/node";
  client.create(path);
  client.get(path, &first);
  client.get(path, &second);
  client.children(path, &removed);
  auto watched = [&](const char *word) { return fourLetterWord(t.server->port, word).find(path) != std::string::npos; };
  check(watched("wchp"), "the server knows the watches");
  same(zoo_remove_watches(client.handle, path.c_str(), ZWATCHTYPE_DATA, onEvent, &second, 0), ZOK, "remove one of two");
  same(zoo_remove_watches(client.handle, path.c_str(), ZWATCHTYPE_CHILD, onEvent, &removed, 0), ZOK, "remove the child watch");
  other.set(path, "x");
  other.create(path + "/child");
  same(first.next("event"), event(ZOO_CHANGED_EVENT, path), "the watch that stays");
  client.sync(path);
  same(second.waiting() + removed.waiting(), 0u, "events of removed watches");
  check(!watched("wchp"), "the server has forgotten the watches");
  same(zoo_remove_watches(client.handle, path.c_str(), ZWATCHTYPE_DATA, onEvent, &second, 0), ZNOWATCHER, "remove what is not there");
  client.get(path, &first);
  client.get(path, &second);
  same(zoo_remove_all_watches(client.handle, path.c_str(), ZWATCHTYPE_ANY, 0), ZOK, "remove all");
  check(!watched("wchp"), "the server has forgotten these too");
});

// What arrives, noted in the library's own order: answers and events of one connection come through one queue each, and the
// library hands an event over before it hands over any answer that came after it.
Register order("watches.order", Needs::common, [](Context &t) {
  Client &client = t.rooted(), &other = t.client();
  for (int round = 0; round < 60; round++) {
    Events &events = t.events(), &created = t.events();
    const std::string path = t.root + "/n" + std::to_string(round), ahead = t.root + "/a" + std::to_string(round);
    client.create(path, "old");
    client.get(path, &events);
    client.exists(ahead, &created);
    zoo_op_t operations[2];
    zoo_op_result_t results[2];
    zoo_set_op_init(&operations[0], path.c_str(), "new", 3, -1, nullptr);
    zoo_create_op_init(&operations[1], ahead.c_str(), "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, nullptr, 0);
    same(zoo_multi(other.handle, 2, operations, results), ZOK, "the change");
    // A synchronous call of the library answers outside its queue of events: an asynchronous one stands in it.
    struct Seen {
      Signal done;
      Events *events, *created;
      size_t before = 0;
      std::string data;
    };
    for (bool changed = false; !changed;) {
      Seen seen;
      seen.events = &events;
      seen.created = &created;
      zoo_aget(client.handle, path.c_str(), 0, [](int, const char *value, int length, const Stat *, const void *data) {
        Seen *seen = static_cast<Seen *>(const_cast<void *>(data));
        seen->before = seen->events->waiting() + seen->created->waiting();
        seen->data.assign(value, length);
        seen->done.set();
      }, &seen);
      seen.done.wait("the answer");
      changed = seen.data == "new";
      if (changed) same(seen.before, 2u, "events before the read that shows the change, round " + std::to_string(round));
    }
  }
});
} // namespace
