import { CreateMode } from "../../../protocol/flags.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import {
  CreateRequest,
  DeleteRequest,
  ExistsRequest,
  GetChildrenRequest,
  GetDataRequest,
  SetDataRequest,
  SyncRequest,
} from "../../../protocol/records/client.ts";
import { MultiRequest, type MultiRequestOp } from "../../../protocol/records/multi.ts";
import { anyBody, LoadRequest, type ExpectedBody } from "./loadRequest.ts";

/** What clients can be made to do, and in which words. */
export const works = {
  get: "reads of one znode for each connection",
  exists: "the same, without its data",
  children: "lists of the znodes of all connections",
  set: "writes of one znode for each connection",
  create: "new sequential znodes below one for each connection",
  mix: "nine reads, then a write",
  multi: "transactions of ten writes each",
} as const;
export type Work = keyof typeof works;

export function isWork(name: string): name is Work {
  return Object.hasOwn(works, name);
}

const openAcl = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];
const anyVersion = -1;
const statBytes = 68;
const multiHeaderBytes = 9;
const multiOps = 10;
const readsInMix = 9;
const sequenceDigits = 10;
const none = new Uint8Array(0);
const aStat: ExpectedBody = { length: statBytes, prefix: none };

function written(write: (writer: JuteWriter) => void): Uint8Array {
  const writer = new JuteWriter(256);
  write(writer);
  return writer.copy();
}

export function getRequest(path: string, data: Uint8Array): LoadRequest {
  const prefix = written((writer) => writer.writeBuffer(data));
  const expected = { length: prefix.length + statBytes, prefix };
  return LoadRequest.of(`getData ${path}`, OpCode.getData, GetDataRequest, { path, watch: false }, expected);
}

export function setRequest(path: string, data: Uint8Array): LoadRequest {
  const record = { path, data, version: anyVersion };
  return LoadRequest.of(`setData ${path}`, OpCode.setData, SetDataRequest, record, aStat);
}

/** A sequential znode gets a number behind its path. */
export function createRequest(
  path: string,
  data: Uint8Array,
  flags: CreateMode = CreateMode.PERSISTENT,
): LoadRequest {
  const isSequential = flags === CreateMode.PERSISTENT_SEQUENTIAL;
  const name = `create ${path}`;
  const text = written((writer) => writer.writeText(path));
  const length = text.length + (isSequential ? sequenceDigits : 0);
  const prefix = written((writer) => {
    writer.writeInt(length);
    writer.writeBytes(text);
  });
  const expected = { length: 4 + length, prefix };
  return LoadRequest.of(name, OpCode.create, CreateRequest, { path, data, acl: openAcl, flags }, expected);
}

export function deleteRequest(path: string): LoadRequest {
  const expected = { length: 0, prefix: none };
  const record = { path, version: anyVersion };
  return LoadRequest.of(`delete ${path}`, OpCode.delete, DeleteRequest, record, expected);
}

/** Its answer comes when the server has all that was committed before. */
export function syncRequest(path: string): LoadRequest {
  return LoadRequest.of(`sync ${path}`, OpCode.sync, SyncRequest, { path }, anyBody);
}

/** `answer`: the whole body that is expected; without it any. */
export function childrenRequest(path: string, answer?: Uint8Array): LoadRequest {
  const expected: ExpectedBody = { length: answer?.length ?? null, prefix: answer ?? none };
  const record = { path, watch: false };
  return LoadRequest.of(`getChildren ${path}`, OpCode.getChildren, GetChildrenRequest, record, expected);
}

function existsRequest(path: string): LoadRequest {
  return LoadRequest.of(`exists ${path}`, OpCode.exists, ExistsRequest, { path, watch: false }, aStat);
}

function multiRequest(path: string, data: Uint8Array): LoadRequest {
  const op: MultiRequestOp = { type: OpCode.setData, record: { path, data, version: anyVersion } };
  const ops = Array.from({ length: multiOps }, () => op);
  const prefix = written((writer) => {
    writer.writeInt(OpCode.setData);
    writer.writeBoolean(false);
    writer.writeInt(0);
  });
  const length = multiOps * (multiHeaderBytes + statBytes) + multiHeaderBytes;
  return LoadRequest.of(`multi on ${path}`, OpCode.multi, MultiRequest, ops, { length, prefix });
}

/** The znodes that the works need: one, and one below it for each connection. */
export function workPaths(root: string, connections: number): string[] {
  return [root, ...Array.from({ length: connections }, (_, index) => `${root}/c${index}`)];
}

/**
 * The requests that connection `index` sends again and again, in this order. `children` is the answer to getChildren of
 * the root.
 */
export function cycleOf(
  work: Work,
  root: string,
  index: number,
  data: Uint8Array,
  children: Uint8Array,
): LoadRequest[] {
  const path = `${root}/c${index}`;
  switch (work) {
    case "get":
      return [getRequest(path, data)];
    case "exists":
      return [existsRequest(path)];
    case "children":
      return [childrenRequest(root, children)];
    case "set":
      return [setRequest(path, data)];
    case "create":
      return [createRequest(`${path}/n-`, data, CreateMode.PERSISTENT_SEQUENTIAL)];
    case "mix": {
      const read = getRequest(path, data);
      const cycle = [...Array.from({ length: readsInMix }, () => read), setRequest(path, data)];
      // Each connection begins elsewhere, so that the writes of all do not come at once.
      return [...cycle.slice(index % cycle.length), ...cycle.slice(0, index % cycle.length)];
    }
    case "multi":
      return [multiRequest(path, data)];
  }
}
