import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { startServer } from "../../src/index.ts";
import { createBody, RawClient, text } from "../support/rawClient.ts";

describe("stopping under load", () => {
  const folder = mkdtempSync(join(tmpdir(), "zabra-stop-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("ends although a client never stops sending, and keeps all it acknowledged", async () => {
    const server = await startServer({ dataDir: folder });
    const client = await RawClient.open(server.port);
    await client.connect(60_000);
    let acknowledged = 0;
    let sent = 0;
    const send = (): void => client.send(++sent, 1, createBody(`/n${sent}`));
    for (let i = 0; i < 200; i++) send();
    let stopped: Promise<void> | null = null;
    for (let reply = await client.next(); reply !== null; reply = await client.next()) {
      expect(reply.err).to.equal(0);
      acknowledged++;
      send();
      if (acknowledged === 500) stopped = server.stop();
    }
    await stopped;
    expect(await server.closed).to.deep.equal({ exitCode: 0 });

    const again = await startServer({ dataDir: folder });
    const reader = await RawClient.open(again.port);
    await reader.connect();
    for (let i = 1; i <= acknowledged; i++) {
      expect((await reader.ask(i, 3, text(`/n${i}`), Buffer.from([0]))).err, `node ${i}`).to.equal(0);
    }
    reader.close();
    await again.stop();
  });
});
