import type { Request, Spoil } from "../steps.ts";
import { pick, pickWeighted, type Weighted } from "./choose.ts";
import { crowd } from "./crowd.ts";
import { openAcl } from "./model.ts";
import { multi, multiRead } from "./multis.ts";
import { place } from "./paths.ts";
import { quota } from "./quotas.ts";
import { getEphemerals, plainRead, watchingRead } from "./reads.ts";
import { Sequence, type ModelConn, type RequestMaker } from "./sequence.ts";
import * as sessions from "./sessions.ts";
import { ttlScene } from "./ttl.ts";
import { addWatch, removeOrCheckWatches, setWatches } from "./watches.ts";
import * as writes from "./writes.ts";

type Scene = (sequence: Sequence, conn: ModelConn, any: RequestMaker) => void;

const requestMakers: Weighted<RequestMaker> = [
  [24, writes.create],
  [4, writes.createContainer],
  [3, writes.createTtl],
  [14, writes.remove],
  [10, writes.setData],
  [5, writes.setAcl],
  [1, writes.deleteContainer],
  [8, multi],
  [3, multiRead],
  [16, watchingRead],
  [5, plainRead],
  [3, getEphemerals],
  [4, addWatch],
  [3, removeOrCheckWatches],
  [2, setWatches],
  [1, () => ({ op: "ping" })],
];

const scenes: Weighted<Scene> = [
  [800, single],
  [80, pipeline],
  [1, large],
  [20, quota],
  [3, crowd],
  [25, sessions.addAuth],
  [5, sessions.oddAuth],
  [8, sessions.oddRequest],
  [25, sessions.reconnect],
  [3, sessions.oddOpen],
  [8, sessions.drop],
  [10, sessions.closeSession],
  [4, sessions.expire],
  [0.5, sessions.restart],
  [1.5, ttlScene],
];

const connsMax = 4;
const stepsMin = 6;
const stepsMax = 40;
/** Now and then, for what needs a history. */
const longStepsMax = 200;
/** jute.maxbuffer as it is by default. */
const frameBytesMax = 0xfffff;
const oddXids = [0, -2, -4, -8, 1, 2 ** 31 - 1, -(2 ** 31)];

/** The sequence of that seed: always the same. `oddContainers`: requests that spoil a folder for the other side, too. */
export function generate(seed: number, oddContainers: boolean): Sequence {
  const sequence = new Sequence(seed, oddContainers);
  const { random } = sequence;
  // Each sequence does some things more often than others, so that rare things meet.
  const makers = requestMakers.map(
    ([weight, make]) => [weight * pick(random, [0.1, 1, 1, 4]), make] as const,
  );
  const any: RequestMaker = (from, conn) => pickWeighted(random, makers)(from, conn);
  const target = stepsMin + random.below((random.chance(0.05) ? longStepsMax : stepsMax) - stepsMin);
  while (sequence.steps.length < target) {
    while (sequence.conns.length === 0 || (sequence.conns.length < connsMax && random.chance(0.1)))
      sequence.openNew(pick(random, sessions.timeoutsMs));
    pickWeighted(random, scenes)(sequence, sequence.anyConn(), any);
  }
  return sequence;
}

/** Data near the longest frame that a server takes, and beyond it; then what has become of the node. */
function large(sequence: Sequence, conn: ModelConn): void {
  const { random } = sequence;
  const { path } = writes.setData(sequence);
  const request: Request = random.chance(0.5)
    ? { op: "setData", path, data: "large", version: -1 }
    : { op: "create", path: place(sequence), data: "large", acl: openAcl, flags: 0 };
  const frame = pick(random, [100_000, 600_000, frameBytesMax - 1, frameBytesMax, frameBytesMax + 1]);
  if (frame > frameBytesMax) {
    sequence.sendLast(conn, { ...request, frame });
    sequence.parted(conn);
  } else
    sequence.send(conn, [
      { ...request, frame },
      { op: "getData", path: request.path, watch: false },
    ]);
}

/** A request, now and then with bytes missing or behind it, or with an odd xid. */
function single(sequence: Sequence, conn: ModelConn, any: RequestMaker): void {
  const { random } = sequence;
  const request = any(sequence, conn);
  const spoil = pickWeighted<() => Spoil>(random, [
    [96, () => ({})],
    [1, () => ({ cut: random.below(30) })],
    [1, () => ({ tail: "00ff00" })],
    [2, () => ({ xid: pick(random, oddXids) })],
  ])();
  sequence.send(conn, [Object.assign({}, request, spoil)]);
}

/** Several requests in one write. */
function pipeline(sequence: Sequence, conn: ModelConn, any: RequestMaker): void {
  const count = 2 + sequence.random.below(sequence.random.chance(0.05) ? 40 : 5);
  sequence.send(
    conn,
    Array.from({ length: count }, () => any(sequence, conn)),
  );
}
