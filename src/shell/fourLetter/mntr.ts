import { javaDoubleText } from "../../core/stats/javaNumber.ts";
import { dumpMonitor } from "../../core/stats/monitor.ts";
import type { ServerView } from "../../core/stats/serverView.ts";

/** `mntr`: every metric, one a line, name and value apart by a tab. */
export function mntr(view: ServerView): string {
  let text = "";
  const line = (name: string, value: string | number | bigint): void => {
    text += `zk_${name}\t${value}\n`;
  };
  dumpMonitor(view, {
    text: line,
    integer: line,
    double: (name, value) => line(name, javaDoubleText(value)),
  });
  return text;
}
