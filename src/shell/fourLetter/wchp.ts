import { longHex } from "../../core/stats/javaNumber.ts";
import type { ServerView } from "../../core/stats/serverView.ts";

/** `wchp`: watching sessions by path. */
export function wchp(view: ServerView): string {
  let text = "";
  for (const [path, sessionIds] of view.watches().sessionsByPath) {
    text += `${path}\n`;
    for (const sessionId of sessionIds) text += `\t0x${longHex(sessionId)}\n`;
  }
  return `${text}\n`;
}
