import type { ServerView } from "../../core/stats/serverView.ts";

/** `wchs`: sums of the watches. */
export function wchs(view: ServerView): string {
  const { connections, paths, watches } = view.watchCounts();
  return `${connections} connections watching ${paths} paths\nTotal watches:${watches}\n`;
}
