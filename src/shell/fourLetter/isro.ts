import type { ServerView } from "../../core/stats/serverView.ts";

/** `isro`: `rw`, `ro`, or `null` while not serving; clients look for a read-write server with it. No line end. */
export function isro(view: Pick<ServerView, "mode">): string {
  if (view.mode === null) return "null";
  return view.mode === "read-only" ? "ro" : "rw";
}
