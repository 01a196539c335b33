import type { Codec } from "../jute/schema.ts";
import { OpCode } from "../opcodes.ts";
import {
  AddWatchRequest,
  AuthPacket,
  CheckVersionRequest,
  CheckWatchesRequest,
  Create2Response,
  CreateRequest,
  CreateResponse,
  CreateSessionRequest,
  CreateTTLRequest,
  DeleteContainerRequest,
  DeleteRequest,
  Empty,
  ErrorResponse,
  ExistsRequest,
  ExistsResponse,
  GetACLRequest,
  GetACLResponse,
  GetAllChildrenNumberRequest,
  GetAllChildrenNumberResponse,
  GetChildren2Response,
  GetChildrenRequest,
  GetChildrenResponse,
  GetDataRequest,
  GetDataResponse,
  GetEphemeralsRequest,
  GetEphemeralsResponse,
  ReconfigRequest,
  RemoveWatchesRequest,
  SASLToken,
  SetACLRequest,
  SetACLResponse,
  SetDataRequest,
  SetDataResponse,
  SetWatches,
  SetWatches2,
  SyncRequest,
  SyncResponse,
  WhoAmIResponse,
} from "./client.ts";
import { MultiRequest, MultiResponse } from "./multi.ts";

/** Which record is the body of which frame (client.md section 6). */

/** Request bodies by opcode. Opcodes that no client may send are absent, but for createSession. */
export const requestBodies = {
  [OpCode.create]: CreateRequest,
  [OpCode.delete]: DeleteRequest,
  [OpCode.exists]: ExistsRequest,
  [OpCode.getData]: GetDataRequest,
  [OpCode.setData]: SetDataRequest,
  [OpCode.getACL]: GetACLRequest,
  [OpCode.setACL]: SetACLRequest,
  [OpCode.getChildren]: GetChildrenRequest,
  [OpCode.sync]: SyncRequest,
  [OpCode.ping]: Empty,
  [OpCode.getChildren2]: GetChildrenRequest,
  [OpCode.check]: CheckVersionRequest,
  [OpCode.multi]: MultiRequest,
  [OpCode.create2]: CreateRequest,
  [OpCode.reconfig]: ReconfigRequest,
  [OpCode.checkWatches]: CheckWatchesRequest,
  [OpCode.removeWatches]: RemoveWatchesRequest,
  [OpCode.createContainer]: CreateRequest,
  [OpCode.deleteContainer]: DeleteContainerRequest,
  [OpCode.createTTL]: CreateTTLRequest,
  [OpCode.multiRead]: MultiRequest,
  [OpCode.auth]: AuthPacket,
  [OpCode.setWatches]: SetWatches,
  [OpCode.sasl]: SASLToken,
  [OpCode.getEphemerals]: GetEphemeralsRequest,
  [OpCode.getAllChildrenNumber]: GetAllChildrenNumberRequest,
  [OpCode.setWatches2]: SetWatches2,
  [OpCode.addWatch]: AddWatchRequest,
  [OpCode.whoAmI]: Empty,
  [OpCode.createSession]: CreateSessionRequest,
  [OpCode.closeSession]: Empty,
} as const;

/**
 * Reply bodies by the opcode of the request, for ReplyHeader.err 0. With any other err the frame ends behind the
 * header, but for sasl (a null token) and a multiRead that held a write (the results so far).
 */
export const replyBodies = {
  [OpCode.create]: CreateResponse,
  [OpCode.delete]: Empty,
  [OpCode.exists]: ExistsResponse,
  [OpCode.getData]: GetDataResponse,
  [OpCode.setData]: SetDataResponse,
  [OpCode.getACL]: GetACLResponse,
  [OpCode.setACL]: SetACLResponse,
  [OpCode.getChildren]: GetChildrenResponse,
  [OpCode.sync]: SyncResponse,
  [OpCode.ping]: Empty,
  [OpCode.getChildren2]: GetChildren2Response,
  [OpCode.multi]: MultiResponse,
  [OpCode.create2]: Create2Response,
  [OpCode.reconfig]: GetDataResponse,
  [OpCode.checkWatches]: Empty,
  [OpCode.removeWatches]: Empty,
  [OpCode.createContainer]: Create2Response,
  [OpCode.deleteContainer]: Empty,
  [OpCode.createTTL]: Create2Response,
  [OpCode.multiRead]: MultiResponse,
  [OpCode.auth]: Empty,
  [OpCode.setWatches]: Empty,
  [OpCode.sasl]: SASLToken,
  [OpCode.getEphemerals]: GetEphemeralsResponse,
  [OpCode.getAllChildrenNumber]: GetAllChildrenNumberResponse,
  [OpCode.setWatches2]: Empty,
  [OpCode.addWatch]: ErrorResponse,
  [OpCode.whoAmI]: WhoAmIResponse,
  [OpCode.closeSession]: Empty,
} as const;

const requestBodyByOpCode = new Map<number, Codec<unknown>>(byNumber(requestBodies));
const replyBodyByOpCode = new Map<number, Codec<unknown>>(byNumber(replyBodies));

function byNumber(table: Readonly<Record<number, unknown>>): [number, Codec<unknown>][] {
  return Object.entries(table).map(([opCode, body]) => [Number(opCode), body as Codec<unknown>]);
}

/** The codec of a request's body, for an opcode that came from outside; undefined if no client may send it. */
export function requestBodyOf(opCode: number): Codec<unknown> | undefined {
  return requestBodyByOpCode.get(opCode);
}

/** The codec of the body of a successful reply; undefined where there is no such reply. */
export function replyBodyOf(opCode: number): Codec<unknown> | undefined {
  return replyBodyByOpCode.get(opCode);
}
