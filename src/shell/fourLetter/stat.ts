import type { ServerView } from "../../core/stats/serverView.ts";
import { connectionLine } from "./connectionLine.ts";
import { summaryLines, titleLines } from "./srvr.ts";

/** `stat`: srvr with the connections in short. */
export function stat(view: ServerView): string {
  let clients = "";
  for (const connection of view.connections()) clients += `${connectionLine(connection, true)}\n`;
  return `${titleLines(view)}Clients:\n${clients}\n${summaryLines(view)}`;
}
