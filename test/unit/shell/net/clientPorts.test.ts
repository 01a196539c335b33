import { Server } from "node:net";
import { expect } from "chai";
import { loadConfig } from "../../../../src/shell/config/config.ts";
import type { Log } from "../../../../src/shell/log.ts";
import { ClientPorts } from "../../../../src/shell/net/clientPorts.ts";

describe("ClientPorts", () => {
  it("goes on listening after a connection that the system could not hand over", async () => {
    const { config } = loadConfig({ keys: {}, overrides: { port: "0", memory: true } });
    const warnings: string[] = [];
    const none = (): void => undefined;
    const warn = (first: unknown, second?: unknown): void => void warnings.push(String(second ?? first));
    const log: Log = { trace: none, debug: none, info: none, warn, error: none, fatal: none };
    const listening: Server[] = [];
    const { listen } = Server.prototype;
    Server.prototype.listen = function (this: Server, ...words: unknown[]): Server {
      listening.push(this);
      return Reflect.apply(listen, this, words) as Server;
    };
    const ports = new ClientPorts(config, log, { extraBytes: () => 0, answer: () => null }, none, none);
    try {
      await ports.listen();
    } finally {
      Server.prototype.listen = listen;
    }
    for (let time = 0; time < 2; time++) listening[0].emit("error", new Error("accept ENOBUFS"));
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.include("ENOBUFS");
    await ports.close();
  });
});
