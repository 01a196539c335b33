import assert from "node:assert/strict";
import { constants as zk, soon } from "../clients.mjs";

/** A watch's callback, and the promise of its event. */
function watch(what) {
  let fire;
  const event = soon(new Promise((resolve) => (fire = resolve)), what);
  return { event, set: (type, _state, path) => fire([type, path]) };
}

export const watches = {
  async "watches.data"({ server, clients, root }) {
    const [client, writer] = [await clients.rooted(server, root), await clients.open(server)];
    await client.create(`${root}/a`, "", 0);
    const changed = watch("the event of a change");
    await client.w_get(`${root}/a`, changed.set);
    await writer.set(`${root}/a`, "new", -1);
    assert.deepEqual(await changed.event, [zk.ZOO_CHANGED_EVENT, `${root}/a`]);
    const deleted = watch("the event of a deletion");
    await client.w_get(`${root}/a`, deleted.set);
    await writer.delete_(`${root}/a`, -1);
    assert.deepEqual(await deleted.event, [zk.ZOO_DELETED_EVENT, `${root}/a`]);
  },

  async "watches.exists"({ server, clients, root }) {
    const [client, writer] = [await clients.rooted(server, root), await clients.open(server)];
    const created = watch("the event of a creation");
    await assert.rejects(client.w_exists(`${root}/a`, created.set));
    await writer.create(`${root}/a`, "", 0);
    assert.deepEqual(await created.event, [zk.ZOO_CREATED_EVENT, `${root}/a`]);
    const changed = watch("the event of a change");
    await client.w_exists(`${root}/a`, changed.set);
    await writer.set(`${root}/a`, "new", -1);
    assert.deepEqual(await changed.event, [zk.ZOO_CHANGED_EVENT, `${root}/a`]);
  },

  async "watches.children"({ server, clients, root }) {
    const [client, writer] = [await clients.rooted(server, root), await clients.open(server)];
    const added = watch("the event of a new child");
    await client.w_get_children(root, added.set);
    await writer.create(`${root}/a`, "", 0);
    assert.deepEqual(await added.event, [zk.ZOO_CHILD_EVENT, root]);
    const removed = watch("the event of a deleted child");
    await client.w_get_children2(root, removed.set);
    await writer.delete_(`${root}/a`, -1);
    assert.deepEqual(await removed.event, [zk.ZOO_CHILD_EVENT, root]);
  },

  async "watches.order"({ server, clients, root }) {
    const [client, writer] = [await clients.rooted(server, root), await clients.open(server)];
    for (let round = 1; round <= 30; round++) {
      const seen = [];
      await client.w_get(root, () => seen.push("event"));
      const done = new Promise((resolve, reject) => {
        const read = async () => {
          const [, data] = await client.get(root, false);
          if (data?.toString() !== String(round)) return read();
          seen.push("new data");
          return resolve();
        };
        read().catch(reject);
      });
      await writer.set(root, String(round), -1);
      await soon(done, "the new data");
      assert.deepEqual(seen, ["event", "new data"]);
    }
  },
};
