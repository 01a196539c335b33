import type { Writable } from "node:stream";

/**
 * Writes each frame by itself, so that it begins a TLS record, as Apache's does (Netty encrypts what each reply
 * flushes). Clients that wait for the socket and not for what OpenSSL holds (kazoo) would see the second frame of a
 * record only when more bytes arrive: an event in front of a reply would stop them until their next ping.
 * @param bytes Whole frames, each with its length in front.
 */
export function writeFrameByFrame(socket: Writable, bytes: Uint8Array): void {
  const lengths = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = 0;
  for (let start = 0; start < bytes.length; start = end) {
    end = start + 4 + lengths.getInt32(start);
    socket.write(bytes.subarray(start, end));
  }
}

/** Keeps Node from joining writes that had to wait into one, and thereby into one record. */
export function writesStayApart(socket: Writable): void {
  Object.defineProperty(socket, "_writev", { value: null });
}
