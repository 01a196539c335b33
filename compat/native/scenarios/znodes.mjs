import assert from "node:assert/strict";
import { codeOf, constants as zk, soon } from "../clients.mjs";

const every = (count, make) => Promise.all(Array.from({ length: count }, (_, i) => make(i)));
const text = (got) => got[1].toString();

export const znodes = {
  async "znodes.crud"({ server, clients, root }) {
    const client = await clients.rooted(server, root);
    assert.equal(await client.create(`${root}/a`, "one", 0), `${root}/a`);
    assert.equal(text(await client.get(`${root}/a`, false)), "one");
    assert.equal((await client.set(`${root}/a`, "two", 0)).version, 1);
    assert.equal(text(await client.get(`${root}/a`, false)), "two");
    assert.equal(await codeOf(client.set(`${root}/a`, "three", 0)), zk.ZBADVERSION);
    assert.equal(await codeOf(client.create(`${root}/a`, "", 0)), zk.ZNODEEXISTS);
    assert.equal(await codeOf(client.delete_(root, -1)), zk.ZNOTEMPTY);
    await client.delete_(`${root}/a`, 1);
    assert.equal(await codeOf(client.get(`${root}/a`, false)), zk.ZNONODE);
    assert.equal(await codeOf(client.delete_(`${root}/a`, -1)), zk.ZNONODE);
  },

  async "znodes.create-modes"({ server, clients, root }) {
    const client = await clients.rooted(server, root);
    await client.create(`${root}/persistent`, "", zk.ZOO_PERSISTENT);
    await client.create(`${root}/ephemeral`, "", zk.ZOO_EPHEMERAL);
    const persistent = await client.create(`${root}/p-`, "", zk.ZOO_PERSISTENT_SEQUENTIAL);
    const ephemeral = await client.create(`${root}/e-`, "", zk.ZOO_EPHEMERAL_SEQUENTIAL);
    assert.deepEqual([persistent, ephemeral], [`${root}/p-0000000002`, `${root}/e-0000000003`]);
    const owner = async (path) => (await client.exists(path, false)).ephemeralOwner;
    assert.notEqual(await owner(ephemeral), await owner(persistent));
    assert.equal(await codeOf(client.create(`${root}/ephemeral/below`, "", 0)), zk.ZNOCHILDRENFOREPHEMERALS);
  },

  async "znodes.ttl-container"({ server, clients, root }) {
    const client = await clients.rooted(server, root);
    const gone = (path) =>
      soon(
        new Promise((resolve, reject) => {
          client.w_exists(path, (type) => resolve(type)).catch(reject);
        }),
        `the removal of ${path}`,
      );
    await client.create(`${root}/container`, "", zk.ZOO_CONTAINER);
    await client.create(`${root}/container/child`, "", 0);
    const container = gone(`${root}/container`);
    await client.delete_(`${root}/container/child`, -1);
    assert.equal(await container, zk.ZOO_DELETED_EVENT);
    await client.create(`${root}/ttl`, "", zk.ZOO_PERSISTENT_WITH_TTL, 200);
    assert.equal(await gone(`${root}/ttl`), zk.ZOO_DELETED_EVENT);
  },

  async "znodes.sequence"({ server, clients, root }) {
    const client = await clients.rooted(server, root);
    const made = await every(50, () => client.create(`${root}/n-`, "", zk.ZOO_PERSISTENT_SEQUENTIAL));
    const expected = made.map((_, i) => `${root}/n-${String(i).padStart(10, "0")}`);
    assert.deepEqual(made, expected);
    await client.delete_(expected[49], -1);
    assert.equal(await client.create(`${root}/n-`, "", zk.ZOO_PERSISTENT_SEQUENTIAL), `${root}/n-0000000050`);
  },

  async "znodes.stat"({ server, clients, root }) {
    const client = await clients.rooted(server, root);
    await client.create(`${root}/a`, "12345", 0);
    await client.create(`${root}/a/b`, "", 0);
    await client.create(`${root}/a/c`, "", 0);
    await client.delete_(`${root}/a/b`, -1);
    await client.set(`${root}/a`, "123456", -1);
    const stat = await client.exists(`${root}/a`, false);
    assert.deepEqual(
      [stat.version, stat.cversion, stat.aversion, stat.dataLength, stat.numChildren],
      [1, 3, 0, 6, 1],
    );
    const [names, second] = await client.get_children2(`${root}/a`, false);
    assert.deepEqual([names, second.czxid], [["c"], stat.czxid]);
  },

  async "znodes.bad-paths"({ server, clients, root }) {
    const client = await clients.rooted(server, root);
    for (const path of ["no-slash", `${root}/`, `${root}//a`, `${root}/../a`]) {
      await assert.rejects(async () => client.create(path, "", 0), `${path} was taken`);
    }
    assert.equal(await codeOf(client.create(`${root}/none/below`, "", 0)), zk.ZNONODE);
  },

  async "znodes.big-data"({ server, clients, root }) {
    const client = await clients.rooted(server, root);
    const data = Buffer.alloc(1_048_000, 0x78);
    await client.create(`${root}/big`, data, 0);
    assert.ok((await client.get(`${root}/big`, false))[1].equals(data));
    const other = await clients.open(server);
    assert.equal(await codeOf(other.set(`${root}/big`, Buffer.alloc(1_048_600), -1)), zk.ZCONNECTIONLOSS);
    assert.equal((await client.exists(`${root}/big`, false)).version, 0);
  },

  async "znodes.many-children"({ server, clients, root }) {
    const client = await clients.rooted(server, root);
    const count = 20_000;
    for (let from = 0; from < count; from += 1000)
      await every(1000, (i) => client.create(`${root}/child-${from + i}`, "", 0));
    const names = await client.get_children(root, false);
    assert.equal(new Set(names).size, count);
  },

  async "acl.digest"({ server, clients, root }) {
    const owner = await clients.rooted(server, root);
    await add(owner, "bob:secret");
    await owner.create(`${root}/a`, "mine", 0);
    await owner.set_acl(`${root}/a`, -1, [{ perms: zk.ZOO_PERM_ALL, scheme: "auth", auth: "" }]);
    const [acl] = [await owner.get_acl(`${root}/a`)].flat();
    assert.match(JSON.stringify(acl), /digest/);
    assert.equal(text(await owner.get(`${root}/a`, false)), "mine");
    const stranger = await clients.open(server);
    assert.equal(await codeOf(stranger.get(`${root}/a`, false)), zk.ZNOAUTH);
    await add(stranger, "bob:wrong");
    assert.equal(await codeOf(stranger.set(`${root}/a`, "", -1)), zk.ZNOAUTH);
    await add(stranger, "bob:secret");
    assert.equal(text(await stranger.get(`${root}/a`, false)), "mine");
  },

  async "acl.ip-world"({ server, clients, root }) {
    const client = await clients.rooted(server, root);
    const allow = (path, acl) => client.set_acl(path, -1, [acl]);
    await client.create(`${root}/here`, "", 0);
    await allow(`${root}/here`, { perms: zk.ZOO_PERM_READ, scheme: "ip", auth: "127.0.0.1" });
    await client.get(`${root}/here`, false);
    assert.equal(await codeOf(client.set(`${root}/here`, "", -1)), zk.ZNOAUTH);
    await client.create(`${root}/there`, "", 0);
    await allow(`${root}/there`, { perms: zk.ZOO_PERM_ALL, scheme: "ip", auth: "10.9.8.7" });
    assert.equal(await codeOf(client.get(`${root}/there`, false)), zk.ZNOAUTH);
    await client.create(`${root}/bad`, "", 0);
    const bad = { perms: zk.ZOO_PERM_ALL, scheme: "ip", auth: "nonsense" };
    assert.equal(await codeOf(allow(`${root}/bad`, bad)), zk.ZINVALIDACL);
  },

  async "acl.noauth"({ server, clients, root }) {
    const client = await clients.rooted(server, root);
    await client.create(`${root}/a`, "", 0);
    await client.set_acl(`${root}/a`, -1, [{ perms: zk.ZOO_PERM_READ, scheme: "world", auth: "anyone" }]);
    assert.equal(await codeOf(client.create(`${root}/a/b`, "", 0)), zk.ZNOAUTH);
    assert.equal(await codeOf(client.set(`${root}/a`, "", -1)), zk.ZNOAUTH);
    assert.deepEqual(await client.get_children(`${root}/a`, false), []);
    // What counts for a deletion is the parent's list.
    await client.delete_(`${root}/a`, -1);
  },

  async "sync-whoami"({ server, clients, root }) {
    const [writer, reader] = [await clients.rooted(server, root), await clients.open(server)];
    await writer.set(root, "new", -1);
    await reader.sync(root);
    assert.equal(text(await reader.get(root, false)), "new");
  },

  async "config-node"({ server, clients }) {
    const client = await clients.open(server);
    const [stat, data] = await client.get("/zookeeper/config", false);
    assert.deepEqual([stat.version, data?.toString() ?? ""], [0, ""]);
    assert.equal((await codeOf(client.reconfig("server.9=127.0.0.1:1:2", "", "", -1))) < 0, true);
  },
};

async function add(client, credentials) {
  const added = new Promise((resolve) => client.add_auth("digest", credentials, resolve));
  assert.equal(await soon(added, "the answer to addAuth"), 0);
}
