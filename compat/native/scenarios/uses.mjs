import assert from "node:assert/strict";
import { constants as zk, soon } from "../clients.mjs";

/** Waits until our place in the queue is the first; each waits for the one before it only. */
async function firstInLine(client, root, mine) {
  for (;;) {
    const names = (await client.get_children(root, false)).sort();
    const at = names.indexOf(mine.slice(mine.lastIndexOf("/") + 1));
    if (at < 0) throw new Error(`${mine} has gone`);
    if (at === 0) return;
    await soon(
      new Promise((resolve) => {
        client.w_exists(`${root}/${names[at - 1]}`, resolve).catch(resolve);
      }),
      "the end of the one before",
    );
  }
}

export const uses = {
  // Holders write a counter with the number of their place; a place that came too late would show as a step back.
  async "use.lock"({ server, clients, root }) {
    const observer = await clients.rooted(server, root);
    await observer.create(`${root}/queue`, "", 0);
    await observer.create(`${root}/resource`, "0 -1", 0);
    let holders = 0;
    const worker = async () => {
      const client = await clients.open(server);
      for (let round = 0; round < 5; round++) {
        const mine = await client.create(`${root}/queue/lock-`, "", zk.ZOO_EPHEMERAL_SEQUENTIAL);
        await firstInLine(client, `${root}/queue`, mine);
        assert.equal(++holders, 1, "two hold the lock");
        const [stat, data] = await client.get(`${root}/resource`, false);
        const [count, token] = data.toString().split(" ").map(Number);
        const mineToken = Number(mine.slice(-10));
        assert.ok(mineToken > token, "the fencing token went back");
        await client.set(`${root}/resource`, `${count + 1} ${mineToken}`, stat.version);
        holders--;
        await client.delete_(mine, -1);
      }
    };
    await Promise.all(Array.from({ length: 6 }, worker));
    assert.equal((await observer.get(`${root}/resource`, false))[1].toString(), "30 29");
  },

  // One writes, many watch and read: each sees versions in order and ends at the last.
  async "use.config"({ server, clients, root }) {
    const writer = await clients.rooted(server, root);
    await writer.create(`${root}/config`, "0", 0);
    const last = 40;
    const reader = async () => {
      const client = await clients.open(server);
      let before = -1;
      for (;;) {
        let fire;
        const changed = new Promise((resolve) => (fire = resolve));
        const [, data] = await client.w_get(`${root}/config`, fire);
        const now = Number(data.toString());
        assert.ok(now > before, `saw ${now} behind ${before}`);
        before = now;
        if (now === last) return;
        await soon(changed, "the next change");
      }
    };
    const readers = Promise.all(Array.from({ length: 5 }, reader));
    for (let value = 1; value <= last; value++) await writer.set(`${root}/config`, String(value), value - 1);
    await readers;
  },

  // Candidates stand in line; the leader leaves, the next one takes over, and no term is led twice.
  async "use.leader"({ server, clients, root }) {
    await clients.rooted(server, root);
    const terms = [];
    let leaders = 0;
    const candidate = async (name) => {
      const client = await clients.open(server);
      const mine = await client.create(`${root}/c-`, name, zk.ZOO_EPHEMERAL_SEQUENTIAL);
      await firstInLine(client, root, mine);
      assert.equal(++leaders, 1, "two lead");
      terms.push(mine);
      leaders--;
      await clients.close(client);
    };
    await Promise.all(["a", "b", "c", "d", "e"].map(candidate));
    assert.deepEqual(
      terms,
      [...terms].sort((a, b) => (a < b ? -1 : 1)),
    );
    assert.equal(new Set(terms).size, 5);
  },
};
