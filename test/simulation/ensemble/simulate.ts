// A whole ensemble on a virtual clock, network and disk, from a seed: npm run simulate -- --seed N
//   [--servers 3] [--seconds 30]   simulated time under faults
//   [--count N | --minutes M]      so many seeds from N on
//   [--lying-disks]                disks that acknowledge what is not durable: this must fail
//   [--trace]                      the story of each run
// Prints the story of the first run that fails. Ends with "N passed, N failed".
import { parseArgs } from "node:util";
import { EnsembleRun } from "./ensembleRun.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    servers: { type: "string", default: "3" },
    seconds: { type: "string", default: "30" },
    count: { type: "string" },
    minutes: { type: "string" },
    "lying-disks": { type: "boolean", default: false },
    trace: { type: "boolean", default: false },
  },
});
const first = Number(values.seed);
const countMax = Number(values.count ?? (values.minutes === undefined ? 1 : Infinity));
const endMs = Date.now() + Number(values.minutes ?? Infinity) * 60_000;
const startMs = performance.now();
let passed = 0;
let failed = 0;
let acked = 0;
let epochs = 0;
for (let i = 0; i < countMax && Date.now() < endMs && failed === 0; i++) {
  const seed = first + i;
  const run = new EnsembleRun({
    seed,
    servers: Number(values.servers),
    seconds: Number(values.seconds),
    lyingDisks: values["lying-disks"],
  });
  const result = await run.run();
  acked += result.acked;
  epochs += result.epochs;
  if (result.violations.length === 0) passed++;
  else failed++;
  if (values.trace || result.violations.length > 0) {
    const lines = values.trace ? result.trace : result.trace.slice(-120);
    process.stdout.write(`${lines.join("\n")}\nseed ${seed}: ${result.violations.join("\n")}\n`);
  }
}
const simulated = (passed + failed) * (Number(values.seconds) + 41);
const seconds = (performance.now() - startMs) / 1000;
process.stdout.write(
  `seeds from ${first} on: ${acked} writes and reads acknowledged, ${epochs} epochs, ` +
    `${Math.round(simulated / seconds)} simulated seconds a second\n${passed} passed, ${failed} failed\n`,
);
process.exit(failed === 0 ? 0 : 1);
