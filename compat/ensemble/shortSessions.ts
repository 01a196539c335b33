// Sessions that ping as clients do, one at each port, in a process of their own; started by stalls.ts.
import { RawClient } from "../../test/support/rawClient.ts";
import { pause } from "./members.ts";

/** How they have fared since the process was asked last. */
export interface SessionsReport {
  readonly lost: readonly string[];
  readonly longestMs: number;
}

const pingType = 11;
const pingXid = -2;
const [timeoutMs, ...ports] = process.argv.slice(2).map(Number);
let lost: string[] = [];
let longestMs = 0;

async function keepAlive(client: RawClient, port: number): Promise<void> {
  for (;;) {
    const startMs = performance.now();
    client.send(pingXid, pingType);
    if ((await client.next()) === null) {
      lost.push(
        `a session of ${client.timeoutMs} ms on port ${port} was lost ${Math.round(performance.now() - startMs)} ms behind a ping`,
      );
      return;
    }
    longestMs = Math.max(longestMs, performance.now() - startMs);
    await pause(client.timeoutMs / 3);
  }
}

for (const port of ports) {
  const client = await RawClient.open(port);
  if (!(await client.connect(timeoutMs))) throw new Error(`no session on port ${port}`);
  void keepAlive(client, port);
}
process.on("message", () => {
  const report: SessionsReport = { lost, longestMs };
  lost = [];
  longestMs = 0;
  process.send?.(report);
});
process.on("disconnect", () => process.exit());
process.send?.("open");
