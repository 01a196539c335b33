import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants as zk, emitted, soon } from "../clients.mjs";
import { Server } from "../server.mjs";

export const sessions = {
  async "sessions.ephemerals"({ server, clients, root }) {
    const [owner, other] = [await clients.rooted(server, root), await clients.open(server)];
    await owner.create(`${root}/here`, "", zk.ZOO_EPHEMERAL);
    let fire;
    const gone = soon(new Promise((resolve) => (fire = resolve)), "the deletion of the ephemeral");
    await other.w_exists(`${root}/here`, fire);
    await clients.close(owner);
    assert.equal(await gone, zk.ZOO_DELETED_EVENT);
  },

  async "sessions.close"({ server, clients, root }) {
    const client = await clients.rooted(server, root);
    const { client_id, client_password } = client;
    await clients.close(client);
    const again = await clients.open(server);
    assert.notEqual(again.client_id, client_id);
    assert.equal(client_password.length, again.client_password.length);
  },

  // A second client takes the session of a process that was killed over, ephemerals included.
  async "sessions.takeover"({ server, clients, root }) {
    await clients.rooted(server, root);
    const session = await sleeper(server, root, 20_000);
    const second = await clients.open(server, session);
    assert.equal(second.client_id, session.client_id);
    assert.ok(await second.pathExists(`${root}/mine`, false));
    await clients.close(second);
    const third = await clients.open(server);
    assert.equal(await third.pathExists(`${root}/mine`, false), false);
  },

  async "sessions.expiry"({ server, clients, root }) {
    const watcher = await clients.rooted(server, root);
    const session = await sleeper(server, root, 2000);
    let fire;
    const gone = soon(new Promise((resolve) => (fire = resolve)), "the end of the session");
    if (await watcher.pathExists(`${root}/mine`, false)) {
      await watcher.w_exists(`${root}/mine`, fire).catch(() => fire(zk.ZOO_DELETED_EVENT));
      assert.equal(await gone, zk.ZOO_DELETED_EVENT);
    }
    await assert.rejects(clients.open(server, session), "the session lives on");
  },

  async "sessions.reconnect-restart"({ clients, root }) {
    const server = await Server.start();
    try {
      const client = await clients.rooted(server, root, { timeout: 10_000 });
      await client.create(`${root}/mine`, "", zk.ZOO_EPHEMERAL);
      const { client_id } = client;
      let fire;
      const event = soon(new Promise((resolve) => (fire = resolve)), "the event of a watch set before");
      // The library also tells each watch of the lost and the new connection.
      await client.w_get(root, (type) => type !== zk.ZOO_SESSION_EVENT && fire(type));
      const connecting = emitted(client, "connecting");
      await server.kill();
      await connecting;
      const connected = emitted(client, "connect");
      await server.launch();
      await connected;
      assert.equal(client.client_id, client_id);
      assert.ok(await client.pathExists(`${root}/mine`, false));
      await client.set(root, "new", -1);
      assert.equal(await event, zk.ZOO_CHANGED_EVENT);
      await clients.close(client);
    } finally {
      await server.remove();
    }
  },

  async "clients.many"({ server, clients, root }) {
    await clients.rooted(server, root);
    const all = await Promise.all(Array.from({ length: 50 }, () => clients.open(server)));
    await Promise.all(
      all.map(async (client, i) => {
        const path = await client.create(`${root}/c-`, "", zk.ZOO_EPHEMERAL_SEQUENTIAL);
        for (let round = 0; round < 10; round++) {
          await client.set(path, `${i} ${round}`, round);
          assert.equal((await client.get(path, false))[1].toString(), `${i} ${round}`);
        }
      }),
    );
    assert.equal((await all[0].get_children(root, false)).length, 50);
  },
};

/** Opens a session in a process that is then killed, with an ephemeral of its own: nobody pings for it any more. */
async function sleeper(server, root, timeout) {
  const program = `
    import { Clients, constants } from ${JSON.stringify(new URL("../clients.mjs", import.meta.url).href)};
    const clients = new Clients();
    const client = await clients.open({ address: process.argv[1] }, { timeout: ${timeout} });
    await client.create(process.argv[2] + "/mine", "", constants.ZOO_EPHEMERAL);
    process.stdout.write(JSON.stringify([client.client_id, client.client_password]) + "\\n");
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, server.address, root], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await soon(once(child.stdout, "data"), "the other process's session");
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
  const [client_id, client_password] = JSON.parse(line.toString());
  return { client_id, client_password };
}
