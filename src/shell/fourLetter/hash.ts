import type { ServerView } from "../../core/stats/serverView.ts";
import { longHex } from "../../core/stats/javaNumber.ts";

/** `hash`: the history of tree digests, `zxid in hex: digest in decimal`, empty on a young server. */
export function hash(view: ServerView): string {
  let text = "";
  for (const { zxid, digest } of view.digestLog) text += `${longHex(zxid)}: ${BigInt.asIntN(64, digest)}\n`;
  return text;
}
