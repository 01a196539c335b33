// Runs the scenarios one after another; see suite.
import { Clients } from "./clients.mjs";
import { Server } from "./server.mjs";
import { sessions } from "./scenarios/sessions.mjs";
import { skipped } from "./scenarios/skipped.mjs";
import { uses } from "./scenarios/uses.mjs";
import { watches } from "./scenarios/watches.mjs";
import { znodes } from "./scenarios/znodes.mjs";

const words = process.argv.slice(2);
const chosen = (name) => words.length === 0 || words.some((word) => name.includes(word));
const say = (line) => process.stdout.write(`${line}\n`);
let passed = 0;
let failed = 0;
const server = await Server.start();
const limitMs = 60_000;

async function run(name, scenario) {
  const clients = new Clients();
  const startMs = performance.now();
  const spent = () => Math.round(performance.now() - startMs);
  let timer;
  try {
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error("not done within a minute")), limitMs);
    });
    await Promise.race([scenario({ server, clients, root: `/${name.replaceAll(".", "-")}` }), late]);
    passed++;
    say(`ok ${name} ${spent()}`);
  } catch (error) {
    failed++;
    say(`FAIL ${name} ${spent()}: ${String(error?.stack ?? error).replaceAll("\n", " ")}`);
  } finally {
    clearTimeout(timer);
    await clients.closeAll();
  }
}

for (const [name, scenario] of Object.entries({ ...znodes, ...watches, ...sessions, ...uses })) {
  if (chosen(name)) await run(name, scenario);
}
for (const [name, why] of Object.entries(skipped)) if (chosen(name)) say(`skip ${name}: ${why}`);
await server.remove();
process.stdout.write(`${passed} passed, ${failed} failed\n`, () => process.exit(failed > 0 ? 1 : 0));
