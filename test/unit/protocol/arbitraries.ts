import fc from "fast-check";
import * as schema from "../../../protocol/jute/schema.ts";
import type { Codec, JuteType, RecordType, VectorType } from "../../../protocol/jute/schema.ts";
import * as client from "../../../protocol/records/client.ts";
import * as election from "../../../protocol/records/election.ts";
import * as multi from "../../../protocol/records/multi.ts";
import * as quorum from "../../../protocol/records/quorum.ts";
import * as snapshot from "../../../protocol/records/snapshot.ts";
import * as txn from "../../../protocol/records/txn.ts";
import * as txnBody from "../../../protocol/records/txnBody.ts";
import { toHex } from "./roundTrip.ts";

/** Every plain record that protocol/ declares. */
export const records: readonly RecordType<unknown>[] = [client, election, multi, quorum, snapshot, txn]
  .flatMap((module) => Object.values<unknown>(module))
  .filter(isRecord);

function isRecord(value: unknown): value is RecordType<unknown> {
  return typeof value === "object" && value !== null && "fields" in value && "decode" in value;
}

/** Values at which 32, 53 or 64 bits end, and their neighbours by sign. */
export const longEdges = [
  0n,
  1n,
  -1n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 31n),
  -(2n ** 53n) - 1n,
  -(2n ** 63n),
];

export const anyLong: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(...longEdges),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
export const anyInt = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
export const anyBytes = fc.uint8Array({ maxLength: 40 });

/** Text that a JVM writes and reads back unchanged: no UTF-16 surrogate. Long enough to leave the short path. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("", "/", "\0", "\ufffd", "ÿ", "߿ࠀ", "/zookeeper/config/long/enough/for/the/long/way"),
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0xffff })), {
      maxLength: 40,
    })
    .map((units) => String.fromCharCode(...units)),
);

const byPrimitive = new Map<JuteType<unknown>, fc.Arbitrary<unknown>>([
  [schema.boolean, fc.boolean()],
  [schema.int, anyInt],
  [schema.long, anyLong],
  [schema.buffer, fc.option(anyBytes)],
  [schema.ustring, fc.option(anyText)],
] as [JuteType<unknown>, fc.Arbitrary<unknown>][]);

/** Values of a type, from its declaration. */
export function arbitraryOf(type: JuteType<unknown>): fc.Arbitrary<unknown> {
  const primitive = byPrimitive.get(type);
  if (primitive !== undefined) return primitive;
  if ("element" in type)
    return fc.option(fc.array(arbitraryOf((type as VectorType<unknown>).element), { maxLength: 4 }));
  if (!isRecord(type)) throw new Error(`no arbitrary for ${type.name}`);
  return fc.record(
    Object.fromEntries(type.fields.map(([field, fieldType]) => [field, arbitraryOf(fieldType)])),
  );
}

/** A codec that is not a plain record, with values of its own. */
export interface OddCodec {
  readonly codec: Codec<unknown>;
  readonly values: fc.Arbitrary<unknown>;
}

const odd = <T>(codec: Codec<T>, values: fc.Arbitrary<T>): OddCodec => ({
  codec: codec as Codec<unknown>,
  values,
});

const valuesOf = <T>(type: JuteType<T>): fc.Arbitrary<T> => arbitraryOf(type) as fc.Arbitrary<T>;

type RecordByType = readonly (readonly [types: readonly number[], record: JuteType<unknown>])[];

/** `{ type, record }` for each type. */
function item<T>(types: RecordByType): fc.Arbitrary<T> {
  const each = types.map(([opCodes, type]) =>
    fc.record({ type: fc.constantFrom(...opCodes), record: arbitraryOf(type) }),
  );
  return fc.oneof(...each) as unknown as fc.Arbitrary<T>;
}

/** Such items as a multi holds them. */
function items<T>(types: RecordByType): fc.Arbitrary<T[]> {
  return fc.array(item<T>(types), { maxLength: 5 });
}

const address = fc.stringMatching(/^[a-z0-9.\-[\]:]{1,30}$/);
const { V1, V2 } = election.ElectionProtocol;

const initialMessages: fc.Arbitrary<election.InitialMessage> = fc.oneof(
  fc.record({
    protocolVersion: fc.constantFrom(V1, V2),
    sid: anyLong,
    addresses: fc.array(address, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    protocolVersion: fc.constant(null),
    sid: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    addresses: fc.constant(null),
  }),
);

const vote = { state: anyInt, leader: anyLong, zxid: anyLong, electionEpoch: anyLong, peerEpoch: anyLong };
const notifications: fc.Arbitrary<election.Notification> = fc.oneof(
  fc.record({ ...vote, version: fc.integer({ min: 2, max: 2 ** 31 - 1 }), config: anyText }),
  fc.record({ ...vote, version: fc.constant(0), config: fc.constant("") }),
);

const learnerInfos: fc.Arbitrary<quorum.LearnerInfo> = fc.oneof(
  fc.record({ sid: anyLong, protocolVersion: anyInt, configVersion: fc.option(anyLong) }),
  fc.record({ sid: anyLong, protocolVersion: fc.constant(null), configVersion: fc.constant(null) }),
);

/** What a multi may hold, and with the rest, what a log may. */
const multiTxnOps: RecordByType = [
  [[1, 15], txn.CreateTxn],
  [[19], txn.CreateContainerTxn],
  [[21], txn.CreateTTLTxn],
  [[2, 20], txn.DeleteTxn],
  [[5], txn.SetDataTxn],
  [[13], txn.CheckVersionTxn],
  [[-1], txn.ErrorTxn],
];
const txnOps: fc.Arbitrary<txnBody.TxnOp> = fc.oneof(
  item<txnBody.TxnOp>([
    ...multiTxnOps,
    [[16], txn.SetDataTxn],
    [[7], txn.SetACLTxn],
    [[-10], txn.CreateSessionTxn],
    [[-11], txn.CloseSessionTxn],
  ]),
  fc.constant({ type: -11, record: null } as const),
  items<txnBody.TxnOp>(multiTxnOps).map((record) => ({ type: 14, record }) as const),
);

/** Two empty paths without a digest behind them have the bytes of a digest without paths: no session has such. */
function isTakenForDigest({ op, digest }: txnBody.LoggedTxn): boolean {
  if (op.type !== -11 || digest !== null) return false;
  const paths = op.record?.paths2Delete;
  return paths?.length === 2 && paths.every((path) => path === null || path === "");
}

export const loggedTxns: fc.Arbitrary<txnBody.LoggedTxn> = fc
  .record({ header: valuesOf(txn.TxnHeader), op: txnOps, digest: fc.option(valuesOf(txn.TxnDigest)) })
  // The header tells the type. No other version of a digest is told from paths where a closeSession has none.
  .map(({ header, op, digest }) => ({
    header: { ...header, type: op.type },
    op,
    digest: digest === null ? null : { ...digest, version: txn.txnDigestVersion },
  }))
  .filter((logged) => !isTakenForDigest(logged));

const nodes = valuesOf(snapshot.SnapshotNode).filter((node) => node.path !== snapshot.nodesEndPath);

/** Every codec of protocol/ that is written by hand. */
export const oddCodecs: readonly OddCodec[] = [
  odd(
    multi.MultiRequest,
    items<multi.MultiRequestOp>([
      [[1, 15, 19], client.CreateRequest],
      [[21], client.CreateTTLRequest],
      [[2], client.DeleteRequest],
      [[5], client.SetDataRequest],
      [[13], client.CheckVersionRequest],
      [[4], client.GetDataRequest],
      [[8], client.GetChildrenRequest],
    ]),
  ),
  odd(
    multi.MultiResponse,
    items<multi.MultiResult>([
      [[1], client.CreateResponse],
      [[15], client.Create2Response],
      [[2, 13], client.Empty],
      [[5], client.SetDataResponse],
      [[4], client.GetDataResponse],
      [[8], client.GetChildrenResponse],
      [[-1], client.ErrorResponse],
    ]),
  ),
  odd(
    snapshot.SnapshotBody,
    fc.record({
      sessions: fc.array(valuesOf(snapshot.SnapshotSession), { maxLength: 4 }),
      acls: fc.array(valuesOf(snapshot.AclEntry), { maxLength: 4 }),
      nodes: fc.array(nodes, { maxLength: 4 }),
    }),
  ),
  odd(quorum.LearnerInfo, learnerInfos),
  odd(quorum.InformAndActivate, fc.record({ designatedLeader: anyLong, txn: anyBytes })),
  odd(quorum.TouchTable, fc.array(valuesOf(quorum.Touch), { maxLength: 5 })),
  odd(quorum.LearnerRequest, fc.record({ sessionId: anyLong, cxid: anyInt, type: anyInt, body: anyBytes })),
  odd(txnBody.LoggedTxn, loggedTxns),
  odd(election.InitialMessage, initialMessages),
  odd(election.Notification, notifications),
];

/** Everything above, with values of each. */
export const everyCodec: readonly OddCodec[] = [
  ...records.map((record) => ({ codec: record, values: arbitraryOf(record) })),
  ...oddCodecs,
];

/** A value as text that is equal for equal values: bytes in hex behind #, 64-bit values with an n. */
export function plain(value: unknown): string {
  if (value instanceof Uint8Array) return `#${toHex(value)}`;
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(plain).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([field, part]) => `${field}:${plain(part)}`);
  return `{${fields.sort().join()}}`;
}
