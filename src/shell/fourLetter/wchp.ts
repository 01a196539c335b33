import { inJavaMapOrder } from "../../core/stats/javaMapOrder.ts";
import { longHex } from "../../core/stats/javaNumber.ts";
import type { ServerView } from "../../core/stats/serverView.ts";

/** `wchp`: watching sessions by path. */
export function wchp(view: ServerView): string {
  const { sessionsByPath } = view.watches();
  let text = "";
  for (const path of inJavaMapOrder(sessionsByPath.keys(), "HashMap")) {
    text += `${path}\n`;
    for (const sessionId of sessionsByPath.get(path) ?? []) text += `\t0x${longHex(sessionId)}\n`;
  }
  return `${text}\n`;
}
