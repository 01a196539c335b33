import type { PlainRequest, Request } from "../steps.ts";
import { digestId, users } from "./acls.ts";
import { pick, pickWeighted } from "./choose.ts";
import { openAcl } from "./model.ts";
import { setWatches } from "./watches.ts";
import type { ModelConn, RequestMaker, Sequence } from "./sequence.ts";
import { superUser } from "../../folders/dumpTree.ts";

/** No session ends by its timeout while a sequence goes on; see `expire` for that. */
export const timeoutsMs = [60_000, 61_234, 600_000, 700_000, 2 ** 31 - 1];

/** A digest user, now and then the super user; now and then with requests of the new user in the same write. */
export function addAuth(sequence: Sequence, conn: ModelConn, any: RequestMaker): void {
  const { random } = sequence;
  const user = random.chance(0.1) ? superUser : pick(random, users);
  const ids = [{ scheme: "digest", id: digestId(user) }];
  if (user === superUser) ids.push({ scheme: "super", id: "" });
  const behind = followers(sequence, conn, any);
  conn.ids.push(...ids);
  sequence.send(conn, [{ op: "auth", scheme: "digest", auth: user }, ...behind]);
}

/** Now and then requests for behind one that decides what becomes of them. */
function followers(sequence: Sequence, conn: ModelConn, any: RequestMaker): Request[] {
  const { random } = sequence;
  const count = random.chance(0.3) ? 1 + random.below(4) : 0;
  return Array.from({ length: count }, () => any(sequence, conn));
}

/** Auth that is refused or changes nothing; a refusal closes the connection. */
export function oddAuth(sequence: Sequence, conn: ModelConn, any: RequestMaker): void {
  const request = pick<PlainRequest>(sequence.random, [
    { op: "auth", scheme: "ip", auth: "10.1.1.1" },
    { op: "auth", scheme: "digest", auth: "" },
    { op: "auth", scheme: "digest", auth: "plain" },
    { op: "auth", scheme: "digest", auth: null },
    { op: "auth", scheme: "world", auth: "anyone" },
    { op: "auth", scheme: "none", auth: "x" },
    { op: "auth", scheme: null, auth: "x" },
    { op: "sasl", token: "" },
    { op: "sasl", token: "rubbish" },
    { op: "sasl", token: null },
  ]);
  const stays = request.op === "sasl" ? request.token !== null : isTaken(request);
  if (stays) sequence.send(conn, [request, ...followers(sequence, conn, any)]);
  else {
    sequence.withheld.push("request behind what ends the connection");
    sequence.sendLast(conn, request);
    sequence.parted(conn);
  }
}

function isTaken(request: PlainRequest): boolean {
  return (
    request.op === "auth" && request.auth !== null && (request.scheme === "ip" || request.scheme === "digest")
  );
}

/** The connection of a session is lost, or taken over by another one, with the right password or without. */
export function reconnect(sequence: Sequence): void {
  const { random } = sequence;
  // Behind a restart no connection may be left.
  const isIdle = sequence.idle.length > 0 && (sequence.conns.length === 0 || random.chance(0.6));
  const old = isIdle ? pick(random, sequence.idle) : sequence.anyConn();
  if (sequence.conns.includes(old) && random.chance(0.5))
    sequence.steps.push({ kind: "drop", conn: old.number });
  sequence.conns = sequence.conns.filter((conn) => conn !== old);
  sequence.idle = sequence.idle.filter((conn) => conn !== old);
  const number = sequence.freshNumber();
  const how = pickWeighted(random, [
    [85, {}],
    [5, { password: "wrong" as const }],
    [3, { password: "none" as const }],
    [4, { seen: "ahead" as const }],
    [5, { readOnly: "yes" as const }],
    [5, { readOnly: "absent" as const }],
  ]);
  const seen = random.chance(0.7) ? { seen: { conn: old.number } } : {};
  const timeoutMs = pick(random, timeoutsMs);
  sequence.steps.push({ kind: "open", conn: number, resume: old.session, timeoutMs, ...seen, ...how });
  if ("password" in how || "seen" in how) {
    sequence.idle.push(old);
    return;
  }
  const conn = sequence.joined(number, old.session);
  if (random.chance(0.8)) {
    sequence.send(conn, [setWatches(sequence, old)]);
    conn.watched.push(...old.watched);
  }
}

/** A new session of a client that has seen too much, or that asks in another way. */
export function oddOpen(sequence: Sequence): void {
  const { random } = sequence;
  const number = sequence.freshNumber();
  const timeoutMs = pick(random, timeoutsMs);
  const how = pick(random, [
    { seen: "ahead" as const },
    { password: "none" as const },
    { readOnly: "yes" as const },
    { readOnly: "absent" as const },
  ]);
  sequence.steps.push({ kind: "open", conn: number, resume: null, timeoutMs, ...how });
  if (!("seen" in how)) sequence.joined(number, number);
}

export function drop(sequence: Sequence): void {
  const conn = sequence.anyConn();
  sequence.steps.push({ kind: "drop", conn: conn.number });
  sequence.parted(conn);
}

export function closeSession(sequence: Sequence): void {
  const conn = sequence.anyConn();
  sequence.sendLast(conn, { op: "closeSession" });
  if (sequence.random.chance(0.1)) sequence.withheld.push("request behind what ends the connection");
  sequence.ended(conn);
}

export function expire(sequence: Sequence): void {
  const { random } = sequence;
  const conn =
    sequence.idle.length > 0 && random.chance(0.3) ? pick(random, sequence.idle) : sequence.anyConn();
  const number = sequence.freshNumber();
  // So that there is something to go with the session.
  if (sequence.conns.includes(conn) && random.chance(0.7))
    sequence.send(conn, [{ op: "create2", path: `$R/mortal${number}`, data: "", acl: openAcl, flags: 1 }]);
  sequence.steps.push({ kind: "expire", conn: number, session: conn.session, silent: random.chance(0.6) });
  sequence.ended(conn);
}

export function restart(sequence: Sequence): void {
  sequence.steps.push({ kind: "restart", signal: sequence.random.chance(0.8) ? "SIGKILL" : "SIGTERM" });
  for (const conn of sequence.conns) sequence.parted(conn);
  // At once as a rule, as clients do.
  while (sequence.idle.length > 0 && sequence.random.chance(0.8)) reconnect(sequence);
}

const closingTypes = [0, -1, 10, 13, 23, 99, 108, 1000, -2, -12];

/** What no client library sends. */
export function oddRequest(sequence: Sequence, conn: ModelConn): void {
  const { random } = sequence;
  const request = pickWeighted<() => Request>(random, [
    [2, () => ({ op: "createSession", timeOut: pick(random, [60_000, 90_000]) })],
    [
      2,
      () => ({
        op: "reconfig",
        joining: pick(random, [null, "server.2=a:1:2;3"]),
        leaving: pick(random, [null, "1"]),
        newMembers: null,
        configId: -1,
      }),
    ],
    [
      2,
      () => ({
        op: "raw",
        type: pick(random, [1, 2, 3, 4, 5, 6, 7, 14, 15, 21, 22, 101, 105, 106]),
        hex: rawBytes(sequence),
      }),
    ],
    [1, () => ({ op: "raw", type: pick(random, closingTypes), hex: "" })],
    [1, () => ({ op: "check", path: "$R", version: -1 })],
  ])();
  sequence.send(conn, [request]);
  const closes = request.op === "check" || (request.op === "raw" && closingTypes.includes(request.type));
  if (closes) sequence.parted(conn);
}

function rawBytes({ random }: Sequence): string {
  const length = random.below(12);
  return Buffer.from(Array.from({ length }, () => (random.chance(0.6) ? 0 : random.below(256)))).toString(
    "hex",
  );
}
