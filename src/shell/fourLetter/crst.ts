import type { ServerView } from "../../core/stats/serverView.ts";

/** `crst`: resets the counters of all connections. */
export function crst(view: ServerView): string {
  view.resetConnectionStats();
  return "Connection stats reset.\n";
}
