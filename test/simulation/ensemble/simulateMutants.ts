// Servers with one fault each, in the simulator: npm run simulate:mutants [-- --seeds 60] [--only word]
// Each must be caught within so many seeds. Ends with "N passed, N failed".
import { parseArgs } from "node:util";
import { deaths, EnsembleRun } from "./ensembleRun.ts";
import { mutants } from "./mutants/mutants.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    only: { type: "string", default: "" },
  },
});
let passed = 0;
let failed = 0;
for (const [name, mutant] of Object.entries(mutants)) {
  if (!name.includes(values.only)) continue;
  let seed = 0;
  let violations: readonly string[] = [];
  while (violations.length === 0 && seed < Number(values.seeds)) {
    seed++;
    // Every other seed keeps to sudden death, which most of them need.
    const kinds = mutant.kinds ?? (seed % 2 === 0 ? deaths : []);
    const run = new EnsembleRun({ seed, seconds: 20, mutant, kinds });
    try {
      ({ violations } = await run.run());
    } catch (error) {
      // A server that fails over its own fault has shown it.
      violations = [String(error)];
    }
  }
  if (violations.length > 0) passed++;
  else failed++;
  const found = violations.length > 0 ? `seed ${seed}: ${violations[0]}` : `not within ${seed} seeds`;
  process.stdout.write(`${name}: ${found}\n`);
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
