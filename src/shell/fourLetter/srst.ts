import type { ServerView } from "../../core/stats/serverView.ts";

/** `srst`: resets the counters of the server. */
export function srst(view: ServerView): string {
  view.stats.reset();
  view.proposalStats?.reset();
  return "Server stats reset.\n";
}
