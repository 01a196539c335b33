// A whole ensemble on a virtual clock, network and disk, from a seed: npm run simulate -- --seed N
//   [--servers 3] [--seconds 30]   simulated time under faults
//   [--count N | --minutes M]      so many seeds from N on
//   [--lying-disks]                disks that acknowledge what is not durable: this must fail
//   [--trace]                      the story of each run
// A run that fails is made as small as it can be, and its story is printed. One mutant is found in each run, so that a
// simulator that finds nothing is not taken for servers without faults. Ends with "N passed, N failed".
import { parseArgs } from "node:util";
import { EnsembleRun } from "./ensembleRun.ts";
import { mutants } from "./mutants/mutants.ts";
import { shrink, storyOf } from "./shrink.ts";

const canary = "a leader commits without a majority";
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
let simulatedMs = 0;
const faults = new Map<string, number>();
for (let i = 0; i < countMax && Date.now() < endMs && failed === 0; i++) {
  const seed = first + i;
  const options = {
    seed,
    servers: Number(values.servers),
    seconds: Number(values.seconds),
    lyingDisks: values["lying-disks"],
  };
  const result = await new EnsembleRun(options).run();
  acked += result.acked;
  simulatedMs += result.simulatedMs;
  epochs += result.epochs;
  if (result.violations.length === 0) passed++;
  else failed++;
  for (const [name, times] of result.faults) faults.set(name, (faults.get(name) ?? 0) + times);
  if (values.trace) process.stdout.write(`${result.trace.join("\n")}\n`);
  if (result.violations.length > 0)
    process.stdout.write(
      `${storyOf(await shrink(options, result))}\nseed ${seed} fails: ${result.violations[0]}\n`,
    );
}
const seconds = (performance.now() - startMs) / 1000;
if (await isCanaryFound()) passed++;
else {
  failed++;
  process.stdout.write(`FAIL: ${canary}, and it was not found\n`);
}
process.stdout.write(
  `${[...faults].map(([name, times]) => `${name} ${times}`).join(", ")}\nseeds from ${first} on: ${acked} writes and reads acknowledged, ${epochs} epochs, ` +
    `${Math.round(simulatedMs / 1000 / seconds)} simulated seconds a second\n${passed} passed, ${failed} failed\n`,
);

async function isCanaryFound(): Promise<boolean> {
  const mutant = mutants[canary];
  for (let seed = 1; seed <= 20; seed++)
    if (
      (await new EnsembleRun({ seed, seconds: 20, mutant, kinds: mutant.kinds ?? [] }).run()).violations
        .length > 0
    )
      return true;
  return false;
}

process.exit(failed === 0 ? 0 : 1);
