import { JuteWriter } from "../../protocol/jute/writer.ts";
import { OpCode } from "../../protocol/opcodes.ts";
import * as records from "../../protocol/records/client.ts";
import type { AclText, MultiOp, PlainRequest, Request, Seen } from "./steps.ts";

/** What differs from replay to replay and from server to server. */
export interface EncodeContext {
  /** Stands in for `$R`. */
  readonly root: string;
  zxidOf(seen: Seen): bigint;
}

/** xid and opcode. */
const headerBytes = 8;

/** The number of a request's opcode. */
export function typeOf(request: PlainRequest): number {
  return request.op === "raw" ? request.type : OpCode[request.op];
}

/** The body behind the request header, spoilt as the request says. */
export function encodeBody(request: Request, context: EncodeContext): Buffer {
  let bytes = Buffer.from(encodePlain(request, context));
  if (request.frame !== undefined && (request.op === "setData" || request.op === "create")) {
    const missing = request.frame - headerBytes - bytes.length;
    const data = (request.data ?? "") + "z".repeat(Math.max(0, missing));
    bytes = Buffer.from(encodePlain({ ...request, data }, context));
  }
  if (request.cut !== undefined) bytes = bytes.subarray(0, Math.min(request.cut, bytes.length));
  return request.tail === undefined ? bytes : Buffer.concat([bytes, Buffer.from(request.tail, "hex")]);
}

const nothing = new Uint8Array(0);
const bytesOf = (text: string | null): Uint8Array | null => (text === null ? null : Buffer.from(text));

function aclOf(acl: AclText): records.ACL[] | null {
  return acl === null ? null : acl.map(({ perms, scheme, id }) => ({ perms, id: { scheme, id } }));
}

function encodePlain(request: PlainRequest, context: EncodeContext): Uint8Array {
  const place = (path: string | null): string | null => path?.replace("$R", context.root) ?? null;
  const places = (paths: readonly string[] | null): string[] | null =>
    paths === null ? null : paths.map((path) => path.replace("$R", context.root));
  switch (request.op) {
    case "create":
    case "create2":
    case "createContainer":
    case "createTTL": {
      const fields = {
        path: place(request.path),
        data: bytesOf(request.data),
        acl: aclOf(request.acl),
        flags: request.flags,
      };
      if (request.op !== "createTTL") return records.CreateRequest.encode(fields);
      return records.CreateTTLRequest.encode({ ...fields, ttl: BigInt(request.ttl) });
    }
    case "delete":
    case "check":
      return records.DeleteRequest.encode({ path: place(request.path), version: request.version });
    case "setData":
      return records.SetDataRequest.encode({
        path: place(request.path),
        data: bytesOf(request.data),
        version: request.version,
      });
    case "setACL":
      return records.SetACLRequest.encode({
        path: place(request.path),
        acl: aclOf(request.acl),
        version: request.version,
      });
    case "exists":
    case "getData":
    case "getChildren":
    case "getChildren2":
      return records.GetDataRequest.encode({ path: place(request.path), watch: request.watch });
    case "getACL":
    case "sync":
    case "getEphemerals":
    case "getAllChildrenNumber":
    case "deleteContainer":
      return records.SyncRequest.encode({ path: place(request.path) });
    case "setWatches":
    case "setWatches2": {
      const lists = {
        relativeZxid: context.zxidOf(request.seen),
        dataWatches: places(request.data),
        existWatches: places(request.exist),
        childWatches: places(request.child),
      };
      if (request.op === "setWatches") return records.SetWatches.encode(lists);
      return records.SetWatches2.encode({
        ...lists,
        persistentWatches: places(request.persistent),
        persistentRecursiveWatches: places(request.recursive),
      });
    }
    case "addWatch":
      return records.AddWatchRequest.encode({ path: place(request.path), mode: request.mode });
    case "removeWatches":
    case "checkWatches":
      return records.RemoveWatchesRequest.encode({ path: place(request.path), type: request.type });
    case "auth":
      return records.AuthPacket.encode({ type: 0, scheme: request.scheme, auth: bytesOf(request.auth) });
    case "sasl":
      return records.SASLToken.encode({ token: bytesOf(request.token) });
    case "createSession":
      return records.CreateSessionRequest.encode({ timeOut: request.timeOut });
    case "reconfig":
      return records.ReconfigRequest.encode({
        joiningServers: request.joining,
        leavingServers: request.leaving,
        newMembers: request.newMembers,
        curConfigId: BigInt(request.configId),
      });
    case "multi":
    case "multiRead":
      return encodeMulti(request.ops, request.noEnd === true, context);
    case "raw":
      return Buffer.from(request.hex, "hex");
    case "whoAmI":
    case "ping":
    case "closeSession":
      return nothing;
  }
}

/** Written here and not by the codec, which refuses operations that a multi may not hold. */
function encodeMulti(ops: readonly MultiOp[], noEnd: boolean, context: EncodeContext): Uint8Array {
  const writer = new JuteWriter();
  for (const op of ops) {
    records.MultiHeader.write(writer, { type: typeOf(op), done: false, err: -1 });
    writer.writeBytes(encodePlain(op, context));
  }
  if (!noEnd) records.MultiHeader.write(writer, { type: -1, done: true, err: -1 });
  return writer.copy();
}
