import type { ServerView } from "../../core/stats/serverView.ts";
import { connectionLine } from "./connectionLine.ts";

/** `cons`: the open connections with all their counters. */
export function cons(view: ServerView): string {
  let text = "";
  for (const connection of view.connections()) text += `${connectionLine(connection, false)}\n`;
  return `${text}\n`;
}
