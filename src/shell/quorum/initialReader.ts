import { InitialMessage, initialAddressBytesMax } from "../../../protocol/records/election.ts";

const sidBytes = 8;
/** Version, sid and length of the addresses. */
const headBytes = 20;

/** What is known once an initial message is whole: the message, and the bytes behind it. */
export interface InitialRead {
  readonly message: InitialMessage;
  readonly rest: Uint8Array;
}

/** Collects the first message of a dialler, whose length stands in its middle. Holds no more than its bound. */
export class InitialReader {
  #held: Buffer = Buffer.alloc(0);

  /** Null while more must come. Throws JuteError for bytes that are none, or of an unknown version. */
  push(chunk: Uint8Array): InitialRead | null {
    this.#held = Buffer.concat([this.#held, chunk]);
    const size = this.#size();
    if (size === null || this.#held.length < size) return null;
    return { message: InitialMessage.decode(this.#held.subarray(0, size)), rest: this.#held.subarray(size) };
  }

  #size(): number | null {
    const held = this.#held;
    if (held.length < sidBytes) return null;
    // Before 3.5 the sid stood alone.
    if (held.readBigInt64BE(0) >= 0n) return sidBytes;
    if (held.length < headBytes) return null;
    const length = held.readInt32BE(sidBytes * 2);
    // The codec says what is wrong with any other length.
    return headBytes + (length < 1 || length > initialAddressBytesMax ? 0 : length);
  }
}
