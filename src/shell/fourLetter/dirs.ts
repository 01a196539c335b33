import type { ServerView } from "../../core/stats/serverView.ts";

/** `dirs`: bytes in the folders of snapshots and logs. */
export function dirs(view: ServerView): string {
  return `datadir_size: ${view.dataDirSize()}\nlogdir_size: ${view.logDirSize()}\n`;
}
