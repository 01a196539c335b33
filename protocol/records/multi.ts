import { JuteError } from "../jute/juteError.ts";
import type { JuteReader } from "../jute/reader.ts";
import { codec } from "../jute/schema.ts";
import type { JuteWriter } from "../jute/writer.ts";
import { OpCode } from "../opcodes.ts";
import {
  CheckVersionRequest,
  Create2Response,
  CreateRequest,
  CreateResponse,
  CreateTTLRequest,
  DeleteRequest,
  Empty,
  ErrorResponse,
  GetChildrenRequest,
  GetChildrenResponse,
  GetDataRequest,
  GetDataResponse,
  MultiHeader,
  SetDataRequest,
  SetDataResponse,
} from "./client.ts";

/**
 * Bodies of multi and multiRead, both ways: records, each behind a MultiHeader, until a header that says done
 * (client.md section 15). They differ from a vector in that no count stands in front.
 */

/** One operation of a request. Any mix decodes here; which mixes are legal is the server's to say. */
export type MultiRequestOp =
  | {
      readonly type: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer;
      readonly record: CreateRequest;
    }
  | { readonly type: typeof OpCode.createTTL; readonly record: CreateTTLRequest }
  | { readonly type: typeof OpCode.delete; readonly record: DeleteRequest }
  | { readonly type: typeof OpCode.setData; readonly record: SetDataRequest }
  | { readonly type: typeof OpCode.check; readonly record: CheckVersionRequest }
  | { readonly type: typeof OpCode.getData; readonly record: GetDataRequest }
  | { readonly type: typeof OpCode.getChildren; readonly record: GetChildrenRequest };

/**
 * One result. createContainer and createTTL answer as create2. `error` is a failed operation of multiRead, or any
 * operation of a multi that failed: 0 before the one that failed, its code, RUNTIMEINCONSISTENCY behind it.
 */
export type MultiResult =
  | { readonly type: typeof OpCode.create; readonly record: CreateResponse }
  | { readonly type: typeof OpCode.create2; readonly record: Create2Response }
  | { readonly type: typeof OpCode.delete | typeof OpCode.check; readonly record: Empty }
  | { readonly type: typeof OpCode.setData; readonly record: SetDataResponse }
  | { readonly type: typeof OpCode.getData; readonly record: GetDataResponse }
  | { readonly type: typeof OpCode.getChildren; readonly record: GetChildrenResponse }
  | { readonly type: typeof OpCode.error; readonly record: ErrorResponse };

/** Shortest header, and with it the shortest body of both kinds: the end marker. */
const headerBytes = 9;

/** MultiHeader.err of an operation in a request, and of every end marker. */
const noError = -1;

/** Body of multi and multiRead. Headers are written with err -1, as Apache's clients do. */
export const MultiRequest = codec<MultiRequestOp[]>(
  "MultiRequest",
  headerBytes,
  (reader) => readUntilDone(reader, readMultiRequestOp),
  (writer, ops) => {
    for (const op of ops) {
      writeHeader(writer, op.type, noError);
      writeRequestOp(writer, op);
    }
    writeEnd(writer);
  },
);

/** Reply body of multi and multiRead. The code of an error stands in its header and again as its body. */
export const MultiResponse = codec<MultiResult[]>(
  "MultiResponse",
  headerBytes,
  (reader) => readUntilDone(reader, readResult),
  (writer, results) => {
    for (const result of results) {
      writeHeader(writer, result.type, result.type === OpCode.error ? result.record.err : 0);
      writeResult(writer, result);
    }
    writeEnd(writer);
  },
);

/** Neither type nor err of the end marker is looked at, nor the err of the other headers (observed). */
function readUntilDone<T>(reader: JuteReader, readItem: (reader: JuteReader, type: number) => T): T[] {
  const items: T[] = [];
  for (;;) {
    try {
      const header = MultiHeader.read(reader);
      if (header.done) return items;
      items.push(readItem(reader, header.type));
    } catch (error) {
      throw error instanceof JuteError ? error.within(`[${items.length}]`) : error;
    }
  }
}

function writeHeader(writer: JuteWriter, type: number, err: number): void {
  MultiHeader.write(writer, { type, done: false, err });
}

function writeEnd(writer: JuteWriter): void {
  MultiHeader.write(writer, { type: -1, done: true, err: noError });
}

/** One operation behind its MultiHeader, whose type this is; throws JuteError for a type that no operation has. */
export function readMultiRequestOp(reader: JuteReader, type: number): MultiRequestOp {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
      return { type, record: CreateRequest.read(reader) };
    case OpCode.createTTL:
      return { type, record: CreateTTLRequest.read(reader) };
    case OpCode.delete:
      return { type, record: DeleteRequest.read(reader) };
    case OpCode.setData:
      return { type, record: SetDataRequest.read(reader) };
    case OpCode.check:
      return { type, record: CheckVersionRequest.read(reader) };
    case OpCode.getData:
      return { type, record: GetDataRequest.read(reader) };
    case OpCode.getChildren:
      return { type, record: GetChildrenRequest.read(reader) };
    default:
      throw new JuteError("VALUE", reader.position - headerBytes, `operation type ${type}`, "type");
  }
}

function writeRequestOp(writer: JuteWriter, op: MultiRequestOp): void {
  switch (op.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
      return CreateRequest.write(writer, op.record);
    case OpCode.createTTL:
      return CreateTTLRequest.write(writer, op.record);
    case OpCode.delete:
      return DeleteRequest.write(writer, op.record);
    case OpCode.setData:
      return SetDataRequest.write(writer, op.record);
    case OpCode.check:
      return CheckVersionRequest.write(writer, op.record);
    case OpCode.getData:
      return GetDataRequest.write(writer, op.record);
    case OpCode.getChildren:
      return GetChildrenRequest.write(writer, op.record);
  }
}

function readResult(reader: JuteReader, type: number): MultiResult {
  switch (type) {
    case OpCode.create:
      return { type, record: CreateResponse.read(reader) };
    case OpCode.create2:
      return { type, record: Create2Response.read(reader) };
    case OpCode.delete:
    case OpCode.check:
      return { type, record: Empty.read(reader) };
    case OpCode.setData:
      return { type, record: SetDataResponse.read(reader) };
    case OpCode.getData:
      return { type, record: GetDataResponse.read(reader) };
    case OpCode.getChildren:
      return { type, record: GetChildrenResponse.read(reader) };
    case OpCode.error:
      return { type, record: ErrorResponse.read(reader) };
    default:
      throw new JuteError("VALUE", reader.position - headerBytes, `result type ${type}`, "type");
  }
}

function writeResult(writer: JuteWriter, result: MultiResult): void {
  switch (result.type) {
    case OpCode.create:
      return CreateResponse.write(writer, result.record);
    case OpCode.create2:
      return Create2Response.write(writer, result.record);
    case OpCode.delete:
    case OpCode.check:
      return;
    case OpCode.setData:
      return SetDataResponse.write(writer, result.record);
    case OpCode.getData:
      return GetDataResponse.write(writer, result.record);
    case OpCode.getChildren:
      return GetChildrenResponse.write(writer, result.record);
    case OpCode.error:
      return ErrorResponse.write(writer, result.record);
  }
}
