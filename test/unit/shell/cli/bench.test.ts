import { expect } from "chai";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { startServer, type StartedServer } from "../../../../src/index.ts";
import { runBench } from "../../../../src/shell/cli/bench.ts";
import { parseCommand, type BenchOptions } from "../../../../src/shell/cli/command.ts";
import { LoadClient } from "../../../../src/shell/load/loadClient.ts";
import { childrenRequest } from "../../../../src/shell/load/loadWorks.ts";

const quick = { connections: 3, outstanding: 4, seconds: 0.05, bytes: 20, json: true };

async function bench(options: BenchOptions): Promise<{ exitCode: number; printed: string; told: string }> {
  const [out, errors] = [new PassThrough(), new PassThrough()];
  const texts = [text(out), text(errors)];
  const exitCode = await runBench(options, out, errors);
  out.end();
  errors.end();
  const [printed, told] = await Promise.all(texts);
  return { exitCode, printed, told };
}

describe("zabra bench", () => {
  let server: StartedServer;

  before(async () => {
    server = await startServer();
  });

  after(async () => {
    await server.stop();
  });

  it("does every work on a running server, and leaves nothing behind", async () => {
    const works = ["get", "exists", "children", "set", "create", "mix", "multi"];
    const address = `127.0.0.1:${server.port}`;
    const { exitCode, printed } = await bench({ ...quick, server: `${address},${address}`, works });
    expect(exitCode).to.equal(0);
    const rows = printed
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { work: string; requests: number; p50Ms: number; maxMs: number });
    expect(rows.map(({ work }) => work)).to.deep.equal(works);
    for (const { requests, p50Ms, maxMs } of rows) {
      expect(requests).to.be.at.least(quick.connections * quick.outstanding);
      expect(maxMs).to.be.at.least(p50Ms);
    }
    const client = await LoadClient.open({ host: "127.0.0.1", port: server.port });
    const children = await client.ask(childrenRequest("/"));
    await client.close();
    expect(Buffer.from(children).toString()).to.include("zookeeper").and.not.include("zabra-bench");
  });

  it("prints a table for people", async () => {
    const options = { ...quick, json: false, server: `127.0.0.1:${server.port}`, works: ["get"] };
    const { printed } = await bench(options);
    expect(printed).to.match(/^127.0.0.1:\d+: 3 connections with 4 requests each/);
    expect(printed).to.match(/^get +[\d,]+ /m);
  });

  it("says which server does not answer", async () => {
    const other = await startServer();
    await other.stop();
    const gone = `127.0.0.1:${other.port}`;
    const { exitCode, printed, told } = await bench({ ...quick, server: gone, works: [] });
    expect(exitCode).to.equal(1);
    expect(printed).to.equal("");
    expect(told).to.equal(`zabra bench: ${gone}: connect ECONNREFUSED ${gone}\n`);
  });

  for (const wrong of ["nonsense:x", "host:70000", "a:1,,b:2"]) {
    it(`refuses --server ${wrong}`, async () => {
      const { exitCode, told } = await bench({ ...quick, server: wrong, works: [] });
      expect(exitCode).to.equal(2);
      expect(told).to.equal(`zabra bench: --server ${wrong} is not a list of host:port\n`);
    });
  }

  it("refuses a work that it does not know", async () => {
    const { exitCode, told } = await bench({ ...quick, server: "127.0.0.1:1", works: ["fly"] });
    expect(exitCode).to.equal(2);
    expect(told).to.match(/no work is called fly; there are get, /);
  });

  it("has its options on the command line", async () => {
    const words = "bench --server a:1 --connections 2 --outstanding 3 --seconds 4 --bytes 5 --json get set";
    expect(await parseCommand(words.split(" "))).to.deep.equal({
      kind: "bench",
      options: {
        server: "a:1",
        works: ["get", "set"],
        connections: 2,
        outstanding: 3,
        seconds: 4,
        bytes: 5,
        json: true,
      },
    });
    expect(await parseCommand("bench --connections 0".split(" "))).to.deep.include({
      kind: "exit",
      exitCode: 2,
    });
  });
});
