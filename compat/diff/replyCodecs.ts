import type { JuteReader } from "../../protocol/jute/reader.ts";
import type { JuteWriter } from "../../protocol/jute/writer.ts";
import * as records from "../../protocol/records/client.ts";
import { MultiResponse } from "../../protocol/records/multi.ts";
import { int, record } from "../../protocol/jute/schema.ts";
import { opCodeName } from "../../protocol/opcodes.ts";
import type { PlainRequest } from "./steps.ts";

/** A codec of which only decode and encode are used. */
export interface ReplyCodec {
  decode(bytes: Uint8Array): unknown;
  encode(value: unknown): Uint8Array;
}

/** Forgets the type of the record; what comes out of decode may go into encode. */
function erased<T>(codec: {
  decode(bytes: Uint8Array): T;
  encode(value: T): Uint8Array;
  read(reader: JuteReader): T;
  write(writer: JuteWriter, value: T): void;
}): ReplyCodec {
  return { decode: (bytes) => codec.decode(bytes), encode: (value) => codec.encode(value as T) };
}

/** The int that follows a successful addWatch. */
const AddWatchResponse = record("AddWatchResponse", { unused: int });

const create2 = erased(records.Create2Response);
const stat = erased(records.ExistsResponse);
const multi = erased(MultiResponse);

const codecs: Partial<Record<PlainRequest["op"], ReplyCodec>> = {
  create: erased(records.CreateResponse),
  create2,
  createContainer: create2,
  createTTL: create2,
  setData: stat,
  setACL: stat,
  exists: stat,
  getData: erased(records.GetDataResponse),
  getChildren: erased(records.GetChildrenResponse),
  getChildren2: erased(records.GetChildren2Response),
  getACL: erased(records.GetACLResponse),
  sync: erased(records.SyncResponse),
  getEphemerals: erased(records.GetEphemeralsResponse),
  getAllChildrenNumber: erased(records.GetAllChildrenNumberResponse),
  whoAmI: erased(records.WhoAmIResponse),
  addWatch: erased(AddWatchResponse),
  sasl: erased(records.SASLToken),
  reconfig: erased(records.GetDataResponse),
  multi,
  multiRead: multi,
};

const codecByOp = new Map(Object.entries(codecs));

/** How the body of the reply is read; null: it has none. */
export function replyCodecOf(request: PlainRequest): ReplyCodec | null {
  const op = request.op === "raw" ? opCodeName(request.type) : request.op;
  return codecByOp.get(op) ?? null;
}

export const connectCodec: ReplyCodec = erased(records.ConnectResponse);
export const eventCodec: ReplyCodec = erased(records.WatcherEvent);
