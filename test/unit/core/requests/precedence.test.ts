import { expect } from "chai";
import { ErrorCode, errorCodeName } from "../../../../protocol/errors.ts";
import type { Infer } from "../../../../protocol/jute/schema.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import type { requestBodies } from "../../../../protocol/records/bodies.ts";
import type { ACL, CreateRequest, CreateTTLRequest } from "../../../../protocol/records/client.ts";
import type { MultiRequestOp } from "../../../../protocol/records/multi.ts";
import { type CoreClient, openAcl } from "../../../support/coreClient.ts";
import { CoreHarness, type HarnessOptions } from "../../../support/coreHarness.ts";

const readable: ACL[] = [{ perms: 1, id: { scheme: "world", id: "anyone" } }];
const own: ACL[] = [{ perms: 31, id: { scheme: "ip", id: "10.9.9.9" } }];
const badAcl: ACL[] = [{ perms: 31, id: { scheme: "nonsense", id: "x" } }];
const nullIdAcl: ACL[] = [{ perms: 31, id: { scheme: "digest", id: null } }];
const two = new Uint8Array(2);

/**
 * /plain, /plain/kid, /eph (ephemeral); /locked, which anyone may only read, with /locked/kid; /shut, which only
 * another address may touch; /full with a hard quota of one node and two bytes, full.
 */
function fixture(options: HarnessOptions = {}): { harness: CoreHarness; client: CoreClient } {
  const harness = new CoreHarness({ ...options, prep: { enforceQuota: true, ...options.prep } });
  const client = harness.session({ timeOut: 40_000 });
  for (const path of ["/plain", "/plain/kid", "/locked", "/locked/kid", "/shut"]) client.create(path);
  client.create("/eph", null, 1);
  client.create("/full", two);
  for (const path of ["/zookeeper/quota/full", "/zookeeper/quota/full/zookeeper_stats"]) client.create(path);
  const limits = new TextEncoder().encode("count=-1,bytes=-1=;byteHardLimit=2;countHardLimit=1");
  client.create("/zookeeper/quota/full/zookeeper_limits", limits);
  client.ok(OpCode.setACL, { path: "/locked", acl: readable, version: -1 });
  client.ok(OpCode.setACL, { path: "/shut", acl: own, version: -1 });
  return { harness, client };
}

type Row<T> = [what: string, change: Partial<T>, err: keyof typeof ErrorCode];

function check<K extends keyof typeof requestBodies>(
  client: CoreClient,
  type: K,
  good: Infer<(typeof requestBodies)[K]>,
  rows: Row<Infer<(typeof requestBodies)[K]>>[],
): void {
  for (const [what, change, err] of rows) {
    const { zxid, body, ...reply } = client.call(type, Object.assign({}, good, change));
    expect(errorCodeName(reply.err), what).to.equal(err);
    expect(zxid, `${what}: a refused write has a zxid of its own`).to.equal(
      client.harness.server.lastProcessedZxid,
    );
    if (err !== "OK") expect(body).to.equal(null);
  }
}

const createRows: Row<CreateRequest>[] = [
  ["flags before everything", { flags: 7, path: null, acl: [] }, "BADARGUMENTS"],
  ["negative flags", { flags: -1 }, "BADARGUMENTS"],
  ["TTL flag while extended types are off", { flags: 5, path: null, acl: [] }, "UNIMPLEMENTED"],
  ["null path before the ACL", { path: null, acl: [] }, "MARSHALLINGERROR"],
  ["no slash before the ACL", { path: "plain", acl: [] }, "BADARGUMENTS"],
  ["empty path", { path: "" }, "BADARGUMENTS"],
  ["NUL before the ACL", { path: "/a\0b", acl: [] }, "BADARGUMENTS"],
  ["ACL before the parent", { path: "/missing/x", acl: [] }, "INVALIDACL"],
  ["null ACL", { acl: null }, "INVALIDACL"],
  ["unknown scheme", { acl: badAcl }, "INVALIDACL"],
  ["null id of digest", { acl: nullIdAcl }, "MARSHALLINGERROR"],
  ["parent before the path rule", { path: "/missing/.." }, "NONODE"],
  ["no leading slash", { path: "x/y" }, "NONODE"],
  ["permission before the path rule", { path: "/locked/.." }, "NOAUTH"],
  ["permission before existence", { path: "/locked/kid" }, "NOAUTH"],
  ["path rule before existence", { path: "/plain/./kid" }, "NONODE"],
  ["path rule", { path: "/plain/." }, "BADARGUMENTS"],
  ["trailing slash", { path: "/plain/" }, "BADARGUMENTS"],
  ["root", { path: "/" }, "NODEEXISTS"],
  ["existence before the quota", { path: "/full", data: new Uint8Array(9) }, "NODEEXISTS"],
  ["child of an ephemeral", { path: "/eph/x" }, "NOCHILDRENFOREPHEMERALS"],
  ["hard quota of nodes", { path: "/full/x" }, "QUOTAEXCEEDED"],
  ["good", {}, "OK"],
  ["again", {}, "NODEEXISTS"],
];

describe("precedence of errors (client.md 7)", () => {
  it("create, create2 and createContainer", () => {
    for (const type of [OpCode.create, OpCode.create2, OpCode.createContainer] as const) {
      const { client } = fixture();
      check(client, type, { path: "/new", data: null, acl: openAcl, flags: 0 }, createRows);
    }
  });

  it("createTTL, with extended types on", () => {
    const { client, harness } = fixture({ prep: { extendedTypesEnabled: true } });
    const good: CreateTTLRequest = { path: "/t", data: null, acl: openAcl, flags: 5, ttl: 1n };
    check(client, OpCode.createTTL, good, [
      ["ttl 0", { ttl: 0n, path: null }, "BADARGUMENTS"],
      ["ttl of 2^40", { ttl: 1n << 40n }, "BADARGUMENTS"],
      ["negative ttl", { ttl: -1n }, "BADARGUMENTS"],
      ["a ttl without a TTL flag", { flags: 0 }, "BADARGUMENTS"],
      ["the packet that kills Apache (client.md 21)", { flags: 0, ttl: -1n }, "BADARGUMENTS"],
      ["null path", { path: null }, "MARSHALLINGERROR"],
      ["longest ttl", { path: "/long", ttl: (1n << 40n) - 1n }, "OK"],
      ["sequential", { path: "/s", flags: 6 }, "OK"],
      ["good", {}, "OK"],
    ]);
    check(client, OpCode.create, { path: "/c", data: null, acl: openAcl, flags: 5 }, [
      ["a TTL flag without a ttl", {}, "BADARGUMENTS"],
    ]);
    expect(harness.server.tree.ownerKind(harness.server.tree.find("/long"))).to.equal("ttl");
  });

  it("createTTL, with extended types off", () => {
    const { client } = fixture();
    const good: CreateTTLRequest = { path: "/t", data: null, acl: openAcl, flags: 5, ttl: 1n };
    check(client, OpCode.createTTL, good, [
      ["switched off", { path: null }, "UNIMPLEMENTED"],
      ["flags first", { flags: 9 }, "BADARGUMENTS"],
    ]);
  });

  it("delete", () => {
    const { client } = fixture();
    check(client, OpCode.delete, { path: "/plain/kid", version: -1 }, [
      ["null path", { path: null }, "MARSHALLINGERROR"],
      ["no slash", { path: "plain" }, "BADARGUMENTS"],
      ["NUL", { path: "/pl\0ain" }, "BADARGUMENTS"],
      ["root", { path: "/" }, "BADARGUMENTS"],
      ["/zookeeper", { path: "/zookeeper" }, "BADARGUMENTS"],
      ["/zookeeper/quota", { path: "/zookeeper/quota" }, "BADARGUMENTS"],
      ["/zookeeper/config", { path: "/zookeeper/config" }, "BADARGUMENTS"],
      ["no parent", { path: "/missing/x" }, "NONODE"],
      ["permission before existence", { path: "/locked/missing" }, "NOAUTH"],
      ["permission before version", { path: "/locked/kid", version: 9 }, "NOAUTH"],
      ["missing", { path: "/plain/missing" }, "NONODE"],
      ["no path rule", { path: "/plain//a" }, "NONODE"],
      ["trailing slash", { path: "/plain/" }, "NONODE"],
      ["version before children", { path: "/plain", version: 5 }, "BADVERSION"],
      ["only -1 is a wildcard", { version: -2 }, "BADVERSION"],
      ["children", { path: "/plain" }, "NOTEMPTY"],
      ["rights of its own do not matter", { path: "/shut" }, "OK"],
      ["good", { version: 0 }, "OK"],
      ["again", {}, "NONODE"],
    ]);
  });

  it("setData", () => {
    const { client } = fixture();
    check(client, OpCode.setData, { path: "/plain", data: two, version: -1 }, [
      ["null path", { path: null }, "BADARGUMENTS"],
      ["empty path", { path: "" }, "BADARGUMENTS"],
      ["path rule before existence", { path: "/missing/" }, "BADARGUMENTS"],
      ["missing", { path: "/missing" }, "NONODE"],
      ["permission before quota and version", { path: "/locked", version: 9 }, "NOAUTH"],
      ["quota before version", { path: "/full", data: new Uint8Array(3), version: 9 }, "QUOTAEXCEEDED"],
      ["no growth, no quota", { path: "/full", version: 9 }, "BADVERSION"],
      ["version", { version: 7 }, "BADVERSION"],
      ["version -2", { version: -2 }, "BADVERSION"],
      ["shrinking", { path: "/full", data: null }, "OK"],
      ["root", { path: "/" }, "OK"],
      ["good", { version: 0 }, "OK"],
    ]);
  });

  it("setACL", () => {
    const { client } = fixture();
    check(client, OpCode.setACL, { path: "/plain", acl: openAcl, version: -1 }, [
      ["path rule before the list", { path: "//", acl: [] }, "BADARGUMENTS"],
      ["null path", { path: null, acl: [] }, "BADARGUMENTS"],
      ["list before existence", { path: "/missing", acl: [] }, "INVALIDACL"],
      ["null id", { path: "/missing", acl: nullIdAcl }, "MARSHALLINGERROR"],
      ["missing", { path: "/missing" }, "NONODE"],
      ["permission before version", { path: "/locked", version: 77 }, "NOAUTH"],
      ["aversion", { version: 1 }, "BADVERSION"],
      ["good", { version: 0 }, "OK"],
      ["aversion has moved", { version: 0 }, "BADVERSION"],
    ]);
  });

  it("check, inside a multi", () => {
    const { client } = fixture();
    const rows: [string, string, number, number][] = [
      ["path rule", "/plain/", 0, ErrorCode.BADARGUMENTS],
      ["missing", "/missing", 0, ErrorCode.NONODE],
      ["permission before version", "/shut", 9, ErrorCode.NOAUTH],
      ["version", "/plain", 9, ErrorCode.BADVERSION],
      ["good", "/plain", 0, ErrorCode.OK],
    ];
    for (const [what, path, version, err] of rows) {
      const results = client.ok(OpCode.multi, [{ type: OpCode.check, record: { path, version } }]);
      const expected =
        err === 0 ? { type: OpCode.check, record: {} } : { type: OpCode.error, record: { err } };
      expect(results, what).to.deep.equal([expected]);
    }
  });

  it("deleteContainer by a client, which needs the DELETE right here", () => {
    const { client } = fixture();
    client.ok(OpCode.createContainer, { path: "/box", data: null, acl: openAcl, flags: 4 });
    client.create("/box/x");
    check(client, OpCode.deleteContainer, { path: "/box" }, [
      ["no slash", { path: "box" }, "BADARGUMENTS"],
      ["special", { path: "/zookeeper" }, "BADARGUMENTS"],
      ["missing", { path: "/missing" }, "NONODE"],
      ["missing below nothing", { path: "/missing/x" }, "NONODE"],
      ["children", {}, "NOTEMPTY"],
      ["ephemeral", { path: "/eph" }, "BADVERSION"],
      ["no right", { path: "/locked/kid" }, "NOAUTH"],
      ["plain", { path: "/plain/kid" }, "OK"],
    ]);
    expect(client.call(OpCode.deleteContainer, { path: null }).err).to.equal(ErrorCode.MARSHALLINGERROR);
  });

  it("reconfig on a lone server", () => {
    const body = { joiningServers: null, leavingServers: "1", newMembers: null, curConfigId: -1n };
    const off = fixture().client;
    expect(off.call(OpCode.reconfig, body).err).to.equal(ErrorCode.RECONFIGDISABLED);
    const on = fixture({ prep: { reconfigEnabled: true } }).client;
    expect(on.call(OpCode.reconfig, body).err).to.equal(ErrorCode.UNIMPLEMENTED);
  });

  it("refuses growth, and only growth, while memory is short", () => {
    const { client, harness } = fixture({ prep: { enforceQuota: false } });
    harness.server.memoryIsShort(true);
    const create = { path: "/new", data: null, acl: openAcl, flags: 0 };
    expect(client.call(OpCode.create, create).err).to.equal(ErrorCode.QUOTAEXCEEDED);
    expect(client.call(OpCode.setData, { path: "/plain", data: two, version: -1 }).err).to.equal(
      ErrorCode.QUOTAEXCEEDED,
    );
    expect(client.call(OpCode.setData, { path: "/full", data: null, version: -1 }).err).to.equal(0);
    expect(client.call(OpCode.delete, { path: "/plain/kid", version: -1 }).err).to.equal(0);
    harness.server.memoryIsShort(false);
    expect(client.call(OpCode.create, create).err).to.equal(0);
  });

  it("soft quotas, and hard ones that are not enforced, only warn", () => {
    const { client, harness } = fixture();
    const soft = new TextEncoder().encode("count=1,bytes=2");
    client.ok(OpCode.setData, { path: "/zookeeper/quota/full/zookeeper_limits", data: soft, version: -1 });
    harness.takeEffects();
    client.create("/full/more");
    const warnings = harness.takeEffects().filter((effect) => effect.tag === "report");
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.have.property("message").that.includes("/full").and.includes("soft limit is 1");
    const free = fixture({ prep: { enforceQuota: false } });
    free.client.create("/full/more");
    expect(free.harness.effects.filter((effect) => effect.tag === "report")).to.deep.equal([]);
  });

  it("limits that cannot be read refuse every write, counts or no counts", () => {
    const { client } = fixture();
    client.ok(OpCode.delete, { path: "/zookeeper/quota/full/zookeeper_stats", version: -1 });
    for (const data of [new TextEncoder().encode("count="), null]) {
      client.ok(OpCode.setData, { path: "/zookeeper/quota/full/zookeeper_limits", data, version: -1 });
      const change = { path: "/full", data: two, version: -1 };
      expect(client.call(OpCode.setData, change).err).to.equal(ErrorCode.MARSHALLINGERROR);
    }
    const limits = new TextEncoder().encode("count=-1,bytes=-1=;byteHardLimit=1");
    client.ok(OpCode.setData, { path: "/zookeeper/quota/full/zookeeper_limits", data: limits, version: -1 });
    client.ok(OpCode.setData, { path: "/full", data: new Uint8Array(9), version: -1 });
  });

  it("the Stat of a created zookeeper_stats is the one before its counts were written into it", () => {
    const { client } = fixture();
    const path = "/zookeeper/quota/full/zookeeper_stats";
    client.ok(OpCode.delete, { path, version: -1 });
    const single = client.ok(OpCode.create2, { path, data: two, acl: openAcl, flags: 0 });
    expect(single.stat.dataLength).to.equal(two.length);
    expect(client.ok(OpCode.exists, { path, watch: false }).stat.dataLength).to.be.above(two.length);
    const [, created] = client.ok(OpCode.multi, [
      { type: OpCode.delete, record: { path, version: -1 } },
      { type: OpCode.create2, record: { path, data: two, acl: openAcl, flags: 0 } },
    ]);
    expect(created.record).to.have.nested.property("stat.dataLength", two.length);
  });

  it("a setACL under way counts: what comes behind it is checked against the new list", () => {
    const { client, harness } = fixture();
    const change = client.send(OpCode.setACL, { path: "/plain", acl: readable, version: -1 });
    const create = client.send(OpCode.create, { path: "/plain/x", data: null, acl: openAcl, flags: 0 });
    harness.settle();
    expect(client.takeReply(change).err).to.equal(0);
    expect(client.takeReply(create).err).to.equal(ErrorCode.NOAUTH);
  });

  it("a body that does not parse takes no zxid; a multi that does not parse takes one", () => {
    const { client, harness } = fixture();
    const { server } = harness;
    const before = server.lastProcessedZxid;
    for (const type of [1, 2, 5, 7, 15, 16, 19, 20, 21]) {
      const xid = client.sendRaw(type, Uint8Array.of(0, 0, 0));
      expect(client.takeReply(xid)).to.deep.include({
        err: ErrorCode.MARSHALLINGERROR,
        zxid: before,
        body: null,
      });
    }
    expect(harness.lastAppendedZxid).to.equal(before);
    const xid = client.sendRaw(OpCode.multi, Uint8Array.of(0, 0, 0));
    harness.settle();
    expect(client.takeReply(xid)).to.deep.include({
      err: ErrorCode.MARSHALLINGERROR,
      zxid: before + 1n,
      body: null,
    });
  });
});

describe("multi", () => {
  const create = (path: string, flags = 0): MultiRequestOp => ({
    type: OpCode.create,
    record: { path, data: null, acl: openAcl, flags },
  });
  const remove = (path: string): MultiRequestOp => ({ type: OpCode.delete, record: { path, version: -1 } });
  const failing = remove("/missing");

  it("answers 0 before the failed operation, its code, and -2 behind it, under a header without error", () => {
    const { client, harness } = fixture();
    const before = harness.server.tree.digest();
    const results = client.ok(OpCode.multi, [create("/x"), create("/x/y"), failing, create("/z"), failing]);
    expect(results.map(({ type, record }) => [type, record])).to.deep.equal(
      [0, 0, ErrorCode.NONODE, -2, -2].map((err) => [OpCode.error, { err }]),
    );
    expect(harness.server.tree.digest()).to.equal(before);
    expect(harness.server.tree.find("/x")).to.equal(-1);
  });

  it("leaves nothing behind it when it is refused as a whole: a removal right behind finds no child", () => {
    const { client, harness } = fixture();
    client.ok(OpCode.create, { path: "/bare", data: null, acl: openAcl, flags: 0 });
    const nullId: MultiRequestOp = {
      type: OpCode.create,
      record: { path: "/bare/b", data: null, acl: nullIdAcl, flags: 0 },
    };
    const refused = client.send(OpCode.multi, [create("/bare/a"), nullId]);
    const removal = client.send(OpCode.delete, { path: "/bare", version: -1 });
    harness.settle();
    expect(client.takeReply(refused).err).to.equal(ErrorCode.MARSHALLINGERROR);
    expect(client.takeReply(removal).err).to.equal(0);
  });

  it("takes no child for a container that was made with an ephemeral mode, until it is applied", () => {
    const { client } = fixture();
    const container: MultiRequestOp = {
      type: OpCode.createContainer,
      record: { path: "/odd", data: null, acl: openAcl, flags: 1 },
    };
    const results = client.ok(OpCode.multi, [container, create("/odd/kid")]);
    expect(results.map(({ record }) => record)).to.deep.equal([
      { err: 0 },
      { err: ErrorCode.NOCHILDRENFOREPHEMERALS },
    ]);
    client.ok(OpCode.multi, [container]);
    client.ok(OpCode.multi, [create("/odd/kid")]);
  });

  it("asks for the right of every operation, wherever it stands", () => {
    const { client } = fixture();
    const refused = [create("/locked/x"), remove("/locked/kid")];
    for (const [at, op] of [0, 1, 2, 3].flatMap((at) => refused.map((op) => [at, op] as const))) {
      const ops = [create("/x"), create("/y"), create("/z")];
      const results = client.ok(OpCode.multi, ops.toSpliced(at, 0, op));
      const expected = [0, 1, 2, 3].map((i) => (i < at ? 0 : i === at ? ErrorCode.NOAUTH : -2));
      expect(results.map(({ record }) => record)).to.deep.equal(expected.map((err) => ({ err })));
    }
  });

  it("restores sequence counters, versions and digests when it fails, however much is under way", () => {
    const { client, harness } = fixture();
    client.create("/seq");
    const first = client.send(OpCode.create, { path: "/seq/n-", data: null, acl: openAcl, flags: 2 });
    const failed = client.send(OpCode.multi, [
      create("/seq/n-", 2),
      { type: OpCode.setData, record: { path: "/seq", data: two, version: 0 } },
      remove("/plain/kid"),
      create("/plain/kid"),
      failing,
    ]);
    const second = client.send(OpCode.create, { path: "/seq/n-", data: null, acl: openAcl, flags: 2 });
    const version = client.send(OpCode.setData, { path: "/seq", data: null, version: 0 });
    harness.settle();
    expect(client.takeReply(first).body).to.deep.equal({ path: "/seq/n-0000000000" });
    expect(client.takeReply(failed).err).to.equal(0);
    expect(client.takeReply(second).body).to.deep.equal({ path: "/seq/n-0000000001" });
    expect(client.takeReply(version).err).to.equal(0);
  });

  it("lets operations see the ones before, and answers each with the state right after it", () => {
    const { client, harness } = fixture();
    const set = (version: number): MultiRequestOp => ({
      type: OpCode.setData,
      record: { path: "/m", data: two, version },
    });
    const results = client.ok(OpCode.multi, [
      create("/m"),
      remove("/m"),
      { type: OpCode.create2, record: { path: "/m", data: null, acl: openAcl, flags: 0 } },
      set(0),
      create("/m/k-", 2),
      create("/m/k-", 2),
      set(1),
      { type: OpCode.check, record: { path: "/m", version: 2 } },
    ]);
    expect(results.map(({ type }) => type)).to.deep.equal([1, 2, 15, 5, 1, 1, 5, 13]);
    expect(results[4].record).to.deep.equal({ path: "/m/k-0000000000" });
    expect(results[5].record).to.deep.equal({ path: "/m/k-0000000001" });
    const zxid = harness.server.lastProcessedZxid;
    const states = results.flatMap(({ record }) => ("stat" in record ? [record.stat] : []));
    expect(states.map((stat) => [stat.version, stat.numChildren])).to.deep.equal([
      [0, 0],
      [1, 0],
      [2, 2],
    ]);
    for (const { czxid, mzxid } of states) expect([czxid, mzxid]).to.deep.equal([zxid, zxid]);
  });

  it("refuses as a whole what it does not take", () => {
    const { client } = fixture();
    const read: MultiRequestOp = { type: OpCode.getData, record: { path: "/plain", watch: false } };
    const refused: [string, MultiRequestOp[]][] = [
      ["a read", [read]],
      ["a read behind a write", [create("/x"), read]],
      ["bad flags", [create("/x"), create("/y", 7)]],
      ["a null path", [create("/x"), { type: OpCode.delete, record: { path: null, version: -1 } }]],
      [
        "a null id in an ACL",
        [create("/x"), { type: OpCode.create, record: { path: "/y", data: null, acl: nullIdAcl, flags: 0 } }],
      ],
    ];
    for (const [what, ops] of refused) {
      const reply = client.call(OpCode.multi, ops);
      expect([reply.err, reply.body], what).to.deep.equal([ErrorCode.MARSHALLINGERROR, null]);
      expect(client.call(OpCode.exists, { path: "/x", watch: false }).err, what).to.equal(ErrorCode.NONODE);
    }
  });

  it("goes by the mode of a create, not by its opcode", () => {
    const { client } = fixture({ prep: { extendedTypesEnabled: true } });
    const ttl = (path: string, flags: number): MultiRequestOp => ({
      type: OpCode.createTTL,
      record: { path, data: null, acl: openAcl, flags, ttl: -1n },
    });
    const results = client.ok(OpCode.multi, [create("/c", 4), ttl("/p", 0), ttl("/t", 4), ttl("/e", 1)]);
    expect(results.map(({ type }) => type)).to.deep.equal([15, 1, 15, 1]);
    expect(client.ok(OpCode.exists, { path: "/e", watch: false }).stat.ephemeralOwner).to.equal(
      client.sessionId,
    );
    const bad = client.ok(OpCode.multi, [create("/x"), ttl("/y", 7), create("/z")]);
    expect(bad.map(({ record }) => record)).to.deep.equal(
      [0, ErrorCode.BADARGUMENTS, -2].map((err) => ({ err })),
    );
  });

  it("refuses a TTL mode without a ttl as a whole, and without a zxid what has no ACL list", () => {
    const { client, harness } = fixture({ prep: { extendedTypesEnabled: true } });
    const before = harness.server.lastProcessedZxid;
    const refused = { err: ErrorCode.MARSHALLINGERROR, body: null };
    expect(client.call(OpCode.multi, [create("/t", 5)])).to.deep.include({ ...refused, zxid: before + 1n });
    const bare: MultiRequestOp = {
      type: OpCode.create2,
      record: { path: "/b", data: null, acl: null, flags: 0 },
    };
    expect(client.call(OpCode.multi, [bare])).to.deep.include({ ...refused, zxid: before + 1n });
    expect(client.call(OpCode.multi, [create("/n", 5), bare])).to.deep.include({
      ...refused,
      zxid: before + 2n,
    });
  });

  it("takes a zxid also when it is empty", () => {
    const { client, harness } = fixture();
    const before = harness.server.lastProcessedZxid;
    const reply = client.call(OpCode.multi, []);
    expect([reply.err, reply.zxid, reply.body]).to.deep.equal([0, before + 1n, []]);
  });

  it("goes by the quota of the applied tree: two creates fit into room for one", () => {
    const { client } = fixture();
    const limits = new TextEncoder().encode("count=-1,bytes=-1=;countHardLimit=2");
    client.ok(OpCode.setData, { path: "/zookeeper/quota/full/zookeeper_limits", data: limits, version: -1 });
    client.ok(OpCode.multi, [create("/full/a"), create("/full/b")]);
    const third = { path: "/full/c", data: null, acl: openAcl, flags: 0 };
    expect(client.call(OpCode.create, third).err).to.equal(ErrorCode.QUOTAEXCEEDED);
  });
});
