// A client in a process of its own that measures how long it is kept waiting; started by probeProcess.ts.
import { LoadClient } from "../src/shell/load/loadClient.ts";
import { getRequest, setRequest } from "../src/shell/load/loadWorks.ts";
import type { ProbeResult } from "./probeProcess.ts";
import { quantile } from "./table.ts";

const [port, path, kind] = process.argv.slice(2);
const client = await LoadClient.open({ host: "127.0.0.1", port: Number(port) });
const data = new Uint8Array(100).fill(0x64);
const request = kind === "set" ? setRequest(path, data) : getRequest(path, data);
let waitsMs: number[] = [];
let announced = false;
process.on("message", () => {
  const taken = waitsMs;
  waitsMs = [];
  const result: ProbeResult = {
    count: taken.length,
    p99Ms: quantile(taken, 0.99),
    // A long measurement has more values than a call may have arguments.
    maxMs: taken.reduce((most, waitMs) => Math.max(most, waitMs), 0),
  };
  process.send?.(result);
});
process.on("disconnect", () => process.exit());
for (;;) {
  const startMs = performance.now();
  await client.ask(request);
  waitsMs.push(performance.now() - startMs);
  if (!announced) process.send?.("measuring");
  announced = true;
  await new Promise((resolve) => setTimeout(resolve, 1));
}
