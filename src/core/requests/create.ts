import { ErrorCode } from "../../../protocol/errors.ts";
import { CreateMode, Perms } from "../../../protocol/flags.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { CreateRequest } from "../../../protocol/records/client.ts";
import { sequenceSuffix, validatePath } from "../paths/paths.ts";
import { ChangeRecord, newStat } from "../prep/changeRecord.ts";
import type { PrepContext, PrepResult, WriteRequest } from "../prep/prepContext.ts";
import { containerOwner, ownerKindAt, ttlMsMax, ttlOwner } from "../tree/ephemeralOwner.ts";
import { StatOffset, readInt32, writeInt32, writeInt64, writeNewStat } from "../tree/statLayout.ts";
import { checkQuota } from "./checkQuota.ts";
import { keep } from "./keep.ts";

export type CreateOpCode =
  typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer | typeof OpCode.createTTL;

/** CreateMode.fromFlag knows these. */
export function isCreateMode(flags: number): flags is CreateMode {
  return flags >= CreateMode.PERSISTENT && flags <= CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL;
}

/**
 * create, create2, createContainer, createTTL (PrepRequestProcessor.pRequest2TxnCreate). The order of the checks is
 * the order of precedence of their errors: client.md section 7. `ttl` is -1 for the opcodes without one.
 */
export function prepareCreate(
  context: PrepContext,
  request: WriteRequest,
  type: CreateOpCode,
  create: CreateRequest,
  ttl: bigint,
): PrepResult {
  const refused = refuseMode(context, type, create.flags, ttl);
  if (refused !== 0) return refused;
  const ephemeral = isEphemeral(create.flags);
  const sessionError = ephemeral ? request.ephemeralError : request.sessionError;
  if (sessionError !== 0) return sessionError as ErrorCode;
  if (create.path === null) return ErrorCode.MARSHALLINGERROR;
  const slash = create.path.lastIndexOf("/");
  if (slash === -1 || create.path.includes("\0")) return ErrorCode.BADARGUMENTS;
  const acl = context.fixAcl(create.acl, request.authIds);
  if (typeof acl === "number") return acl as ErrorCode;

  const parent = context.changes.find(create.path.slice(0, slash));
  if (parent === null || parent.stat === null) return ErrorCode.NONODE;
  if (!context.allows(parent.acl, Perms.CREATE, request.authIds)) return ErrorCode.NOAUTH;
  const parentCVersion = readInt32(parent.stat, StatOffset.cversion);
  const path = isSequential(create.flags) ? create.path + sequenceSuffix(parentCVersion) : create.path;
  if (!validatePath(path)) return ErrorCode.BADARGUMENTS;
  if (context.changes.find(path) !== null) return ErrorCode.NODEEXISTS;
  const parentKind = ownerKindAt(parent.stat, StatOffset.ephemeralOwner, context.settings);
  if (parentKind === "normal" || parent.refusesChildren) {
    return ErrorCode.NOCHILDRENFOREPHEMERALS;
  }
  const data = keep(create.data);
  const overQuota = checkQuota(context, path, data?.length ?? 0, 1);
  if (overQuota !== ErrorCode.OK) return overQuota;

  const cversion = (parentCVersion + 1) | 0;
  const { content } = addRecords(
    context,
    request,
    parent,
    cversion,
    path,
    data,
    acl,
    ownerOf(type, ephemeral, request.sessionId, ttl),
    ephemeral,
  );
  // Each a literal of its own: objects made of others by spreading are slow to make and slow to read.
  const list = acl.slice();
  switch (type) {
    case OpCode.createTTL:
      return { type, record: { path, data, acl: list, parentCVersion: cversion, ttl }, content };
    case OpCode.createContainer:
      return { type, record: { path, data, acl: list, parentCVersion: cversion }, content };
    default:
      return { type, record: { path, data, acl: list, ephemeral, parentCVersion: cversion }, content };
  }
}

function refuseMode(context: PrepContext, type: CreateOpCode, flags: number, ttl: bigint): ErrorCode {
  if (!isCreateMode(flags)) return ErrorCode.BADARGUMENTS;
  const withTtl = isTtlMode(flags);
  if (withTtl && !context.settings.extendedTypesEnabled) return ErrorCode.UNIMPLEMENTED;
  if (withTtl ? ttl < 1n || ttl > ttlMsMax : ttl >= 0n) return ErrorCode.BADARGUMENTS;
  // DIFFERS: Apache logs a createTTL without a TTL mode and then dies applying it (client.md section 21).
  if (type === OpCode.createTTL && !withTtl) return ErrorCode.BADARGUMENTS;
  return ErrorCode.OK;
}

/** CreateMode.isTTL. */
export function isTtlMode(flags: number): boolean {
  return flags === CreateMode.PERSISTENT_WITH_TTL || flags === CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL;
}

function isSequential(flags: number): boolean {
  return (
    flags === CreateMode.PERSISTENT_SEQUENTIAL ||
    flags === CreateMode.EPHEMERAL_SEQUENTIAL ||
    flags === CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL
  );
}

/** Whether the flags ask for an ordinary ephemeral, which local sessions may not own. */
export function isEphemeral(flags: number): boolean {
  return flags === CreateMode.EPHEMERAL || flags === CreateMode.EPHEMERAL_SEQUENTIAL;
}

/**
 * The owner that apply will store. Apache's prep goes by the flags here, its apply by the opcode, so that the digest
 * it logs for odd pairs of both does not fit its tree (client.md section 21); ours is always the one of apply.
 */
function ownerOf(type: CreateOpCode, ephemeral: boolean, sessionId: bigint, ttl: bigint): bigint {
  if (type === OpCode.createContainer) return containerOwner;
  if (type === OpCode.createTTL) return ttlOwner(ttl);
  return ephemeral ? sessionId : 0n;
}

function addRecords(
  context: PrepContext,
  request: WriteRequest,
  parent: ChangeRecord,
  cversion: number,
  path: string,
  data: Uint8Array | null,
  acl: ChangeRecord["acl"],
  owner: bigint,
  refusesChildren: boolean,
): ChangeRecord {
  const changedParent = parent.copyFor(request.zxid);
  changedParent.childCount++;
  if (changedParent.stat !== null && cversion > readInt32(changedParent.stat, StatOffset.cversion)) {
    writeInt32(changedParent.stat, StatOffset.cversion, cversion);
    writeInt64(changedParent.stat, StatOffset.pzxid, request.zxid);
  }
  context.changes.update(changedParent, parent.digest);
  const stat = newStat();
  writeNewStat(stat, 0, request.zxid, request.time, owner);
  const created = new ChangeRecord(request.zxid, path, stat, 0, acl, 0, 0, 0);
  context.changes.setData(created, data);
  created.refusesChildren = refusesChildren;
  context.changes.update(created, 0);
  return created;
}
