import type { JuteWriter } from "../../../protocol/jute/writer.ts";

/** Bytes of a frame's length, which statistics of sizes leave out. */
export const frameLengthBytes = 4;

/** Bytes of a ReplyHeader with its length in front. */
export const replyHeaderBytes = 20;

/** Starts a reply: length to be patched, xid, zxid, err. Returns the mark for `endReply` and `failReply`. */
export function beginReply(out: JuteWriter, xid: number, zxid: bigint, err: number): number {
  const mark = out.beginFrame();
  out.writeInt(xid);
  out.writeLong(zxid);
  out.writeInt(err);
  return mark;
}

export function endReply(out: JuteWriter, mark: number): void {
  out.endFrame(mark);
}

/** Turns a reply that was begun into an error without a body. */
export function failReply(out: JuteWriter, mark: number, err: number): void {
  out.truncate(mark + replyHeaderBytes);
  out.patchInt(mark + 16, err);
  out.endFrame(mark);
}
