import { readFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { firstDifference, type LineDifference } from "./compareTexts.ts";
import { LaunchedServer } from "./launchedServer.ts";
import { askWord, RawClient } from "./rawClient.ts";

const USAGE = "usage: tsx compat/fourletter/check.ts --launch <launcher> [--json]\n";
const SESSION_TIMEOUT_MS = 10_000;

/** In the order of the recording: what changes the server comes last. */
const words =
  "conf cons dirs dump envi gtmk hash isro mntr ruok srvr stat wchc wchp wchs crst srst stmk".split(" ");

interface WordResult {
  readonly role: string;
  readonly word: string;
  readonly difference: LineDifference | null;
}

/** Brings a server to the state of the recording: an ephemeral, a watch on a node and one on a missing node. */
async function prepare(port: number): Promise<RawClient> {
  const client = await RawClient.open(port, SESSION_TIMEOUT_MS);
  for (const path of ["/rec", "/rec/s0", "/rec/s0/a"]) await client.create(path, 0);
  await client.create("/rec/s0/eph", 1);
  await client.exists("/rec/s0/none", true);
  await client.getData("/rec/s0/a", true);
  return client;
}

async function askAll(port: number, role: string): Promise<WordResult[]> {
  const results: WordResult[] = [];
  for (const word of words) {
    const golden = new URL(`../../test/golden/4lw/${role}/${word}.txt`, import.meta.url);
    const mask = word === "stmk" ? Buffer.of(0, 0, 0, 0, 0, 0, 0, 127) : undefined;
    const difference = firstDifference(word, readFileSync(golden, "utf8"), await askWord(port, word, mask));
    results.push({ role, word, difference });
  }
  return results;
}

async function checkStandalone(launcher: string): Promise<WordResult[]> {
  const server = await LaunchedServer.start(launcher, "*");
  try {
    const client = await prepare(server.port);
    const results = await askAll(server.port, "standalone");
    await client.close();
    return results;
  } finally {
    await server.stop();
  }
}

async function checkWhitelist(launcher: string): Promise<WordResult[]> {
  const server = await LaunchedServer.start(launcher, "ruok");
  try {
    return await askAll(server.port, "whitelist-ruok");
  } finally {
    await server.stop();
  }
}

function resultText({ role, word, difference }: WordResult): string {
  if (difference === null) return `ok   ${role}/${word}\n`;
  const { line, expected, actual } = difference;
  return `DIFF ${role}/${word} line ${line}\n  expected ${JSON.stringify(expected)}\n  actual   ${JSON.stringify(actual)}\n`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { launch: { type: "string" }, json: { type: "boolean", default: false } },
  });
  if (values.launch === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const results = [...(await checkStandalone(values.launch)), ...(await checkWhitelist(values.launch))];
  const failed = results.filter(({ difference }) => difference !== null).length;
  const passed = results.length - failed;
  if (values.json) process.stdout.write(`${JSON.stringify({ passed, failed, results })}\n`);
  else process.stdout.write(`${results.map(resultText).join("")}${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(
    `check of the four-letter words stopped: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
