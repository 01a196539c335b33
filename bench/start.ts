// From the launch of a server on an empty folder to its first session: npm run bench:start -- [--times 20] [--apache]
import { parseArgs } from "node:util";
import { Folder, ServerProcess, type ServerName } from "./serverProcess.ts";
import { median, printTable, quantile } from "./table.ts";

const { values } = parseArgs({
  options: { times: { type: "string", default: "20" }, apache: { type: "boolean", default: false } },
});
const names: ServerName[] = ["zabra", "dist/src/main.js"];
if (values.apache) names.push("apache");
const timesMs = new Map(names.map((name) => [name, [] as number[]]));
for (let turn = 0; turn < Number(values.times); turn++) {
  for (const [name, launches] of timesMs) {
    const folder = new Folder();
    const server = await ServerProcess.start(name, folder);
    launches.push(server.launchMs);
    await server.stop("SIGKILL");
    folder.remove();
  }
}
printTable([
  ["launch to first session, ms", "median", "least", "p90"],
  ...[...timesMs].map(([name, launches]) => [
    name,
    median(launches),
    Math.min(...launches),
    quantile(launches, 0.9),
  ]),
]);
