import { goldenNames, wireLines } from "../unit/protocol/goldenLines.ts";

/** What clients sent to Apache, as whole frames without their lengths: the seeds of the mutations. */
export interface Corpus {
  /** First frames of connections. */
  readonly connects: readonly Uint8Array[];
  /** All later ones. */
  readonly requests: readonly Uint8Array[];
}

/** Frames longer than this are left out: mutating a megabyte teaches nothing more and takes the time of thousands. */
const frameBytesMax = 8192;

/** Every distinct client frame of test/golden/wire. */
export function goldenCorpus(): Corpus {
  const connects = new Map<string, Uint8Array>();
  const requests = new Map<string, Uint8Array>();
  for (const name of goldenNames("wire")) {
    const streamByConn = new Map<number, string>();
    for (const { conn, dir, hex } of wireLines(name)) {
      if (dir === "c2s") streamByConn.set(conn, (streamByConn.get(conn) ?? "") + (hex ?? ""));
    }
    for (const hex of streamByConn.values()) {
      const frames = framesOf(Buffer.from(hex, "hex"));
      frames.forEach((frame, index) => {
        (index === 0 ? connects : requests).set(Buffer.from(frame).toString("hex"), frame);
      });
    }
  }
  return { connects: [...connects.values()], requests: [...requests.values()] };
}

/** Cuts up to the first length that no frame has. */
function framesOf(stream: Buffer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let at = 0;
  while (stream.length - at >= 4) {
    const length = stream.readInt32BE(at);
    if (length < 0 || length > stream.length - at - 4) break;
    if (length <= frameBytesMax) frames.push(new Uint8Array(stream.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return frames;
}
