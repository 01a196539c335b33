import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { AddWatchMode } from "../../../../protocol/flags.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import type { ACL } from "../../../../protocol/records/client.ts";
import { type CoreClient, openAcl } from "../../../support/coreClient.ts";
import { CoreHarness } from "../../../support/coreHarness.ts";

const adminOnly: ACL[] = [{ perms: 16, id: { scheme: "world", id: "anyone" } }];
const nobody: ACL[] = [{ perms: 2, id: { scheme: "world", id: "anyone" } }];

/** /open with /open/kid; /secret, which nobody may read; /admin, whose ACL anyone may see. */
function fixture(): { harness: CoreHarness; client: CoreClient } {
  const harness = new CoreHarness();
  const client = harness.session();
  for (const path of ["/open", "/open/kid", "/secret", "/admin"]) client.create(path);
  client.ok(OpCode.setACL, { path: "/secret", acl: nobody, version: -1 });
  client.ok(OpCode.setACL, { path: "/admin", acl: adminOnly, version: -1 });
  return { harness, client };
}

/** Every read of one path: exists, getData, getChildren, getChildren2, getACL, getAllChildrenNumber. */
function readAll(client: CoreClient, path: string | null): number[] {
  return [
    client.call(OpCode.exists, { path, watch: false }),
    client.call(OpCode.getData, { path, watch: false }),
    client.call(OpCode.getChildren, { path, watch: false }),
    client.call(OpCode.getChildren2, { path, watch: false }),
    client.call(OpCode.getACL, { path }),
    client.call(OpCode.getAllChildrenNumber, { path }),
  ].map(({ err, body }) => {
    expect(body === null, "an error has no body").to.equal(err !== 0);
    return err;
  });
}

describe("reads", () => {
  it("check paths by looking, not by rule, and READ", () => {
    const { client } = fixture();
    const { NONODE, NOAUTH, MARSHALLINGERROR, BADARGUMENTS } = ErrorCode;
    const six = (code: number): number[] => Array.from({ length: 6 }, () => code);
    const cases: [string | null, number[]][] = [
      ["/open", six(0)],
      ["/", six(0)],
      ["", six(0)],
      ["/missing", six(NONODE)],
      ["open", six(NONODE)],
      ["/open/", six(NONODE)],
      ["/open/../open", six(NONODE)],
      [null, six(MARSHALLINGERROR)],
      // Only exists looks for NUL; only getACL is content with ADMIN.
      ["/a\0b", [BADARGUMENTS, ...six(NONODE).slice(1)]],
      ["/secret", six(NOAUTH)],
      ["/admin", [NOAUTH, NOAUTH, NOAUTH, NOAUTH, 0, NOAUTH]],
    ];
    for (const [path, errors] of cases) expect(readAll(client, path), String(path)).to.deep.equal(errors);
  });

  it("leave a watch on what they read; exists also on what is missing, the others not", () => {
    const { client, harness } = fixture();
    const { watches } = harness.server;
    client.call(OpCode.getData, { path: "/missing", watch: true });
    client.call(OpCode.getChildren, { path: "/secret", watch: true });
    client.call(OpCode.exists, { path: "/secret", watch: true });
    expect(watches.watchCount).to.equal(0);
    client.call(OpCode.exists, { path: "/missing", watch: true });
    client.call(OpCode.getData, { path: "/open", watch: true });
    client.call(OpCode.getChildren, { path: "/open", watch: true });
    expect(watches.watchCount).to.equal(3);
    client.create("/missing");
    client.ok(OpCode.setData, { path: "/open", data: null, version: -1 });
    client.create("/open/other");
    const events = client.take().flatMap((one) => (one.kind === "event" ? [[one.type, one.path]] : []));
    expect(events).to.deep.equal([
      [1, "/missing"],
      [3, "/open"],
      [4, "/open"],
    ]);
  });

  it("mask digests in ACLs for who has no ADMIN", () => {
    const { client } = fixture();
    const digest = { perms: 31, id: { scheme: "digest", id: "bob:secret=" } };
    const readable = { perms: 1, id: { scheme: "world", id: "anyone" } };
    client.create("/d");
    client.ok(OpCode.setACL, { path: "/d", acl: [digest, readable], version: -1 });
    const shown = client.ok(OpCode.getACL, { path: "/d" }).acl?.map(({ id }) => id.id);
    expect(shown).to.deep.equal(["bob:x", "anyone"]);
  });

  it("getEphemerals goes by text and by session", () => {
    const { client, harness } = fixture();
    const other = harness.session();
    for (const path of ["/ea", "/eab", "/open/e"]) client.create(path, null, 1);
    other.create("/other", null, 1);
    const of = (prefixPath: string | null) =>
      client.ok(OpCode.getEphemerals, { prefixPath }).ephemerals?.slice().sort();
    expect(of("/ea")).to.deep.equal(["/ea", "/eab"]);
    expect(of("/o")).to.deep.equal(["/open/e"]);
    for (const all of [null, "", " ", "/", "/\t"]) expect(of(all)).to.deep.equal(["/ea", "/eab", "/open/e"]);
  });

  it("getEphemerals and the end of a session go by the order of a copy of Java's set", () => {
    const { client, harness } = fixture();
    for (const path of ["/s0", "/s0/r"]) client.create(path);
    // The set itself, with room for more, holds the longer name first.
    const paths = ["/s0/r/a", "/s0/r/ab0000000000"];
    for (const path of paths.toReversed()) client.create(path, null, 1);
    expect(client.ok(OpCode.getEphemerals, { prefixPath: "/" }).ephemerals).to.deep.equal(paths);
    const watcher = harness.session();
    watcher.ok(OpCode.addWatch, { path: "/s0/r", mode: AddWatchMode.PERSISTENT_RECURSIVE });
    client.ok(OpCode.closeSession, {});
    const gone = watcher.take().flatMap((one) => (one.kind === "event" && one.type === 2 ? [one.path] : []));
    expect(gone).to.deep.equal(paths);
  });

  it("getAllChildrenNumber of the root and of its alias differ by one", () => {
    const { client } = fixture();
    const of = (path: string) => client.ok(OpCode.getAllChildrenNumber, { path }).totalNumber;
    expect([of("/"), of(""), of("/open"), of("/open/kid")]).to.deep.equal([7, 8, 1, 0]);
  });

  it("sync echoes anything", () => {
    const { client } = fixture();
    for (const path of [null, "", "no path", "/"])
      expect(client.ok(OpCode.sync, { path }).path).to.equal(path);
  });

  it("whoAmI names the user of each id", () => {
    const { client } = fixture();
    client.ok(OpCode.auth, { type: 0, scheme: "digest", auth: new TextEncoder().encode("bob:pw") });
    expect(client.ok(OpCode.whoAmI, {}).clientInfo).to.have.deep.members([
      { authScheme: "ip", user: "127.0.0.1" },
      { authScheme: "digest", user: "bob" },
    ]);
  });

  it("echo every xid but that of a ping, which becomes -2", () => {
    const { client } = fixture();
    for (const xid of [0, -1, 7, 7, 0x7fffffff, -0x80000000]) {
      client.send(OpCode.exists, { path: "/", watch: false }, xid);
      expect(client.takeReply(xid).err).to.equal(0);
    }
    client.send(OpCode.ping, {}, 99);
    expect(client.takeReply(-2).body).to.equal(null);
  });

  it("fail a body that does not parse, and keep the connection", () => {
    const { client } = fixture();
    for (const type of [3, 4, 6, 8, 9, 12, 17, 18, 22, 101, 103, 104, 105, 106]) {
      const xid = client.sendRaw(type, Uint8Array.of(0, 0));
      expect(client.takeReply(xid), `opcode ${type}`).to.deep.include({
        err: ErrorCode.MARSHALLINGERROR,
        body: null,
      });
    }
    expect(client.closed).to.equal(false);
  });

  it("answer an unknown opcode with -6 and zxid -1, then close; check alone is one", () => {
    for (const type of [0, 10, OpCode.check, 23, 99, 108, -1, -12]) {
      const { client } = fixture();
      const xid = client.sendRaw(type);
      expect(client.takeReply(xid)).to.deep.include({ err: ErrorCode.UNIMPLEMENTED, zxid: -1n, body: null });
      expect(client.closed).to.equal(true);
    }
  });

  it("addWatch and removeWatches ask for no node, path or permission, but for a known mode and type", () => {
    const { client } = fixture();
    for (const path of [null, "nonsense", "/secret"]) {
      expect(client.ok(OpCode.addWatch, { path, mode: 0 })).to.deep.equal({ err: 0 });
      expect(client.call(OpCode.removeWatches, { path, type: 2 }).err, "standard only").to.equal(
        ErrorCode.NOWATCHER,
      );
      expect(client.call(OpCode.checkWatches, { path, type: 4 })).to.deep.include({ err: 0, body: null });
      expect(client.call(OpCode.removeWatches, { path, type: 3 })).to.deep.include({ err: 0, body: null });
    }
    expect(client.call(OpCode.addWatch, { path: "/", mode: 2 }).err).to.equal(ErrorCode.MARSHALLINGERROR);
    expect(client.call(OpCode.removeWatches, { path: "/", type: 6 }).err).to.equal(
      ErrorCode.MARSHALLINGERROR,
    );
  });

  it("multiRead goes on behind an error, and ends at a write with the results so far", () => {
    const { client } = fixture();
    const get = (path: string | null) => ({ type: OpCode.getData, record: { path, watch: true } }) as const;
    const results = client.ok(OpCode.multiRead, [get("/missing"), get("/open"), get("/secret")]);
    expect(results.map(({ type }) => type)).to.deep.equal([-1, 4, -1]);
    expect([results[0].record, results[2].record]).to.deep.equal([
      { err: ErrorCode.NONODE },
      { err: ErrorCode.NOAUTH },
    ]);
    const nulled = client.call(OpCode.multiRead, [get("/open"), get(null)]);
    expect(nulled.err).to.equal(ErrorCode.MARSHALLINGERROR);
    expect(nulled.body).to.have.length(1);
    const write = {
      type: OpCode.create,
      record: { path: "/x", data: null, acl: openAcl, flags: 0 },
    } as const;
    const written = client.call(OpCode.multiRead, [write]);
    expect([written.err, written.body]).to.deep.equal([ErrorCode.MARSHALLINGERROR, []]);
    const mixed = client.call(OpCode.multiRead, [get("/open"), write]);
    expect([mixed.err, mixed.body]).to.deep.equal([ErrorCode.MARSHALLINGERROR, null]);
  });

  it("auth fails by scheme: an answer, then the end of the connection, not of the session", () => {
    for (const scheme of ["world", "auth", "super", "sasl", "nonsense", null]) {
      const { client, harness } = fixture();
      const xid = client.send(OpCode.auth, { type: 0, scheme, auth: new Uint8Array(0) }, -4);
      expect(client.takeReply(xid)).to.deep.include({ err: ErrorCode.AUTHFAILED, zxid: 0n });
      expect(client.closed).to.equal(true);
      expect(harness.server.sessions.count).to.equal(1);
    }
  });

  it("sasl on a server without it is ok with a null token; a null token closes", () => {
    const { client } = fixture();
    expect(client.call(OpCode.sasl, { token: new Uint8Array(0) })).to.deep.include({ err: 0, zxid: 0n });
    client.send(OpCode.sasl, { token: null });
    expect([client.closed, client.received]).to.deep.equal([true, []]);
  });
});
