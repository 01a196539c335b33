import type { Codec } from "../../../protocol/jute/schema.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";

/** Where the xid stands in a request's frame, behind its length. */
export const xidOffset = 4;

/** What the body of a reply has to be. */
export interface ExpectedBody {
  /** Bytes; null: any number. */
  readonly length: number | null;
  /** The first of them. */
  readonly prefix: Uint8Array;
}

/** A request as bytes, made once and sent as often as one likes, with what its answer must look like. */
export class LoadRequest {
  /** For messages: what is asked of which znode. */
  readonly name: string;
  /** Length, xid (still 0), opcode and body. */
  readonly frame: Uint8Array;
  readonly expected: ExpectedBody;

  constructor(name: string, frame: Uint8Array, expected: ExpectedBody) {
    this.name = name;
    this.frame = frame;
    this.expected = expected;
  }

  static of<T>(
    name: string,
    opCode: number,
    body: Codec<T>,
    record: T,
    expected: ExpectedBody = anyBody,
  ): LoadRequest {
    const writer = new JuteWriter(256);
    const mark = writer.beginFrame();
    writer.writeInt(0);
    writer.writeInt(opCode);
    body.write(writer, record);
    writer.endFrame(mark);
    return new LoadRequest(name, writer.copy(), expected);
  }
}

export const anyBody: ExpectedBody = { length: null, prefix: new Uint8Array(0) };
