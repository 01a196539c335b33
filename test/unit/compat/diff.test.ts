import { expect } from "chai";
import { firstDifference } from "../../../compat/diff/compare.ts";
import { excusedComplaint, withheldBy } from "../../../compat/diff/exclusions.ts";
import { encodeBody } from "../../../compat/diff/encodeRequest.ts";
import { generate } from "../../../compat/diff/generator/generate.ts";
import { normalise, type StepLines } from "../../../compat/diff/normalise.ts";
import { shrink } from "../../../compat/diff/shrink.ts";
import type { Request, Step } from "../../../compat/diff/steps.ts";
import type { Received, StepTrace } from "../../../compat/diff/trace.ts";
import { int, long, text } from "../../support/rawClient.ts";

const exists: Request = { op: "exists", path: "$R", watch: false };

function reply(zxid: bigint, err = 0, body: Buffer = Buffer.alloc(0)): Received {
  return { kind: "reply", request: exists, bytes: Buffer.concat([int(1), long(zxid), int(err), body]) };
}

function stat(mzxid: bigint, mtimeMs: bigint): Buffer {
  const head = [1n, mzxid, 1000n, mtimeMs].map(long);
  return Buffer.concat([...head, int(1), int(0), int(0), long(0n), int(0), int(0), long(1n)]);
}

/** One step for each thing received, a hundred milliseconds each, from the given moment on. */
function lines(received: readonly Received[], startMs = 1000): StepLines[] {
  const step: Step = { kind: "send", conn: 1, requests: [] };
  const trace: StepTrace[] = received.map((one, i) => ({
    step,
    byConn: new Map([[1, [one]]]),
    startMs: startMs + i * 100,
    endMs: startMs + i * 100 + 99,
  }));
  return normalise(trace, "/base");
}

describe("compat:diff", () => {
  it("makes the same sequence of a seed each time", () => {
    expect(generate(5, true).steps).to.deep.equal(generate(5, true).steps);
    expect(generate(5, true).steps).not.to.deep.equal(generate(6, true).steps);
  });

  it("now and then sends data near the longest frame, and auth with requests behind it", () => {
    const sends = Array.from({ length: 300 }, (_, seed) => generate(seed, false).steps).flatMap((steps) =>
      steps.flatMap((step) => (step.kind === "send" ? [step.requests] : [])),
    );
    const frames = sends.flatMap((requests) => requests.flatMap(({ frame }) => frame ?? []));
    expect(Math.max(...frames)).to.be.greaterThan(0xffffe);
    const openers = sends.filter(({ length }) => length > 1).map(([{ op }]) => op);
    expect(openers).to.include("auth").and.not.to.include("closeSession");
  });

  it("pads data until the frame is as long as it says", () => {
    const context = { root: "/root", zxidOf: () => 0n };
    for (const frame of [100, 0xfffff]) {
      const request: Request = { op: "setData", path: "$R", data: "x", version: -1, frame };
      expect(encodeBody(request, context).length + 8).to.equal(frame);
    }
  });

  it("takes zxids by rank, and sees a refusal that has none of its own", () => {
    const usual = lines([reply(5n), reply(6n, -101), reply(8n)]);
    expect(firstDifference(usual, lines([reply(105n), reply(107n, -101), reply(108n)]))).to.equal(null);
    const none = firstDifference(usual, lines([reply(5n), reply(5n, -101), reply(8n)]));
    expect([none?.step, none?.conn, none?.place]).to.deep.equal([1, 1, 0]);
  });

  it("takes times by the step that made their zxid, and sees one that did not move", () => {
    const usual = lines([reply(1n), reply(2n, 0, stat(2n, 1150n))]);
    expect(firstDifference(usual, lines([reply(1n), reply(2n, 0, stat(2n, 1199n))]))).to.equal(null);
    expect(firstDifference(usual, lines([reply(1n), reply(2n, 0, stat(2n, 1000n))]))).not.to.equal(null);
  });

  it("sees bytes that do not belong there, and a connection that was closed", () => {
    const usual = lines([reply(1n)]);
    expect(firstDifference(usual, lines([reply(1n, 0, Buffer.of(0))]))).not.to.equal(null);
    expect(firstDifference(usual, lines([{ kind: "closed" }]))).not.to.equal(null);
  });

  it("takes children as a set once a server was started again, but those of later sequences", () => {
    const children = (
      path: string,
      restartedBefore: boolean,
      steps: Step["kind"][],
      ...names: string[]
    ): string => {
      const body = Buffer.concat([int(names.length), ...names.map(text)]);
      const bytes = Buffer.concat([int(1), long(1n), int(0), body]);
      const received: Received = { kind: "reply", request: { op: "getChildren", path, watch: false }, bytes };
      const trace = steps.map((kind, i): StepTrace => {
        const step: Step = kind === "restart" ? { kind, signal: "SIGKILL" } : { kind: "drop", conn: 1 };
        return {
          step,
          byConn: new Map(i === steps.length - 1 ? [[1, [received]]] : []),
          startMs: 0,
          endMs: 1,
        };
      });
      return normalise(trace, "/base", restartedBefore).at(-1)?.get(1)?.join() ?? "";
    };
    const isSet = (path: string, before: boolean, ...steps: Step["kind"][]): boolean =>
      children(path, before, steps, "b", "a") === children(path, before, steps, "a", "b");
    expect(isSet("$R", false, "drop")).to.equal(false);
    expect(isSet("$R", true, "drop")).to.equal(false);
    expect(isSet("/", true, "drop")).to.equal(true);
    expect(isSet("$R", false, "restart", "drop")).to.equal(true);
  });

  it("shrinks to the steps, requests and operations that are needed", async () => {
    const remove = (path: string): Request => ({ op: "delete", path, version: -1 });
    const multi: Request = {
      op: "multi",
      ops: [{ op: "delete", path: "/needed", version: -1 }, { op: "whoAmI" }],
    };
    const send = (...requests: Request[]): Step => ({ kind: "send", conn: 1, requests });
    const steps = [
      send(exists),
      send(exists, multi, exists),
      { kind: "pause", ms: 1 } as const,
      send(remove("/x")),
    ];
    const differs = (some: readonly Step[]): Promise<boolean> =>
      Promise.resolve(JSON.stringify(some).includes("/needed"));
    const short = await shrink(steps, differs, Infinity);
    expect(short).to.deep.equal([
      send({ op: "multi", ops: [{ op: "delete", path: "/needed", version: -1 }] }),
    ]);
  });

  it("sends nothing below new limits in the same write: Apache may or may not know of them yet", () => {
    const create = (path: string): Request => ({ op: "create", path, data: "", acl: null, flags: 0 });
    const limits = create("/zookeeper/quota$R/zookeeper_limits");
    expect(withheldBy(create("$R/a"), [limits], () => true)).to.equal("requests below a quota in one write");
    expect(withheldBy(create("/zookeeper/quota$R/zookeeper_stats"), [limits], () => true)).to.equal(null);
    expect(withheldBy(create("$R/a"), [create("$R/b")], () => true)).to.equal(null);
  });

  it("does not send counts of a quota that nobody can read", () => {
    const set = (data: string | null, path = "/zookeeper/quota$R/zookeeper_stats"): Request => ({
      op: "setData",
      path,
      data,
      version: -1,
    });
    for (const data of ["x", "count=", null])
      expect(withheldBy(set(data), [], () => true)).to.equal("counts that cannot be read");
    expect(withheldBy({ op: "multi", ops: [set("x")] } as Request, [], () => true)).to.equal(
      "counts that cannot be read",
    );
    expect(withheldBy(set("count=1,bytes=2"), [], () => true)).to.equal(null);
    expect(withheldBy(set("x", "$R/zookeeper_limits"), [], () => true)).to.equal(null);
  });

  it("excuses complaints about a digest only in Apache's folder, by both, and at a snapshot", () => {
    const complaints = [
      "apache reports: WARN Message:Digests are not matching. Value is Zxid. Value:8023",
      'zabra reports: {"level":"warn","zxid":"0x1f57","msg":"tree digest differs from the one on disk"}',
    ];
    const files = ["log.1f59", "snapshot.1f3d", "snapshot.1f57"];
    expect(excusedComplaint("apache", complaints, files)).to.equal("digest of a fuzzy snapshot");
    expect(excusedComplaint("zabra", complaints, files)).to.equal(null);
    expect(excusedComplaint("apache", [complaints[0], null], files)).to.equal(null);
    expect(excusedComplaint("apache", complaints, ["snapshot.1f58"])).to.equal(null);
  });
});
