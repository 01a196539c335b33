/**
 * Whether the fuzzer can fail: it is set on servers of ours that have one fault each, and must find each of them; first
 * on ours as it is, where the same sequences must show nothing.
 *
 *   npm run compat:mutants -- [name…] [--minutes 2] [--seed N] [--no-control]
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildMutant, findMutant } from "./mutants/buildMutant.ts";
import { mutants } from "./mutants/mutants.ts";

const fuzzer = fileURLToPath(new URL("main.ts", import.meta.url));
/** The fuzzer says the first as soon as it sees a difference, before it looks whether it comes again and shrinks it. */
const seenText = /: the servers differ|^the folders do not fit:/m;
/** And this of one that came again: a reply, a failure, a line of the trees at the end, or what is in the folders. */
const confirmedLine =
  /^(?:the folders do not fit:\n|seed \d+ sequence \d+: )(?!the servers differ|not again|no difference)(.+)$/m;

interface Finding {
  /** From the start of the fuzzer, servers included, to the difference that ended it; null if it saw none. */
  readonly seconds: number | null;
  /** The difference, once it came again. */
  readonly what: string | null;
  readonly output: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    control: { type: "boolean", default: true },
  },
});

/** Runs the fuzzer against Apache and the program, or our server as it is. */
async function fuzz(program: string | null): Promise<Finding> {
  // The kept cases may know a fault by heart; it is the random sequences that must find it.
  const limits = ["--seed", values.seed, "--minutes", values.minutes, "--first"];
  const words = [...limits, "--no-cases", "--no-save", "--no-shrink"];
  const child = spawn(process.execPath, ["--import", "tsx", fuzzer, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...(program === null ? {} : { ZABRA_PROGRAM: program }) },
  });
  const startMs = Date.now();
  let output = "";
  let seconds: number | null = null;
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (seenText.test(String(chunk))) seconds = (Date.now() - startMs) / 1000;
  }
  return { seconds, what: confirmedLine.exec(output)?.[1] ?? null, output };
}

function print(name: string, isOk: boolean, text: string): void {
  process.stdout.write(`${isOk ? "ok" : "FAIL"} ${name} ${text}\n`);
  if (isOk) passed++;
  else failed++;
}

let passed = 0;
let failed = 0;
const names = positionals.length > 0 ? positionals : mutants.map(({ name }) => name);
names.forEach(findMutant);
process.stdout.write(`seed ${values.seed}\n`);
if (values.control) {
  const { what, output } = await fuzz(null);
  const isPlayed = /^\d+ passed, 0 failed$/m.test(output);
  print("unchanged", isPlayed && what === null, isPlayed ? "nothing found" : `\n${output}`);
}
/** One mutant, or why it does not fit the source any more. */
async function judge(name: string): Promise<void> {
  const { seconds, what, output } = await fuzz(await buildMutant(name));
  const isInTime = seconds !== null && seconds <= Number(values.minutes) * 60;
  if (what !== null && isInTime) print(name, true, `found after ${seconds.toFixed(0)} s: ${what}`);
  else print(name, false, `not found in ${values.minutes} minutes\n${output}`);
}

for (const name of names) await judge(name).catch((error: unknown) => print(name, false, String(error)));
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
