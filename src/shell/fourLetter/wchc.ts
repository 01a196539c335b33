import { longHex } from "../../core/stats/javaNumber.ts";
import type { ServerView } from "../../core/stats/serverView.ts";

/** `wchc`: watched paths by session. */
export function wchc(view: ServerView): string {
  let text = "";
  for (const { sessionId, paths } of view.watches().pathsBySession) {
    text += `0x${longHex(sessionId)}\n`;
    for (const path of paths) text += `\t${path}\n`;
  }
  return `${text}\n`;
}
