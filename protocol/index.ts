/**
 * The package's `./protocol` export: everything that reads or writes ZooKeeper's bytes, and the tables of its
 * codes. No I/O; nothing here knows of a server.
 */
export { adler32, crc32 } from "./checksums.ts";
export { ErrorCode, errorCodeName } from "./errors.ts";
export * from "./flags.ts";
export { FrameSplitter, type FrameSink } from "./frames.ts";
export { JuteError, type JuteErrorCode } from "./jute/juteError.ts";
export { JuteReader, juteLengthMaxDefault } from "./jute/reader.ts";
export * from "./jute/schema.ts";
export { JuteWriter } from "./jute/writer.ts";
export * from "./longs.ts";
export { isOpCode, OpCode, opCodeName } from "./opcodes.ts";
export * from "./records/bodies.ts";
export * from "./records/client.ts";
export * from "./records/election.ts";
export * from "./records/multi.ts";
export * from "./records/quorum.ts";
export * from "./records/snapshot.ts";
export * from "./records/txn.ts";
export * from "./records/txnBody.ts";
