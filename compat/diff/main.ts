import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Campaign } from "./campaign.ts";
import { readOptions } from "./options.ts";

const options = readOptions(process.argv);
const folder = mkdtempSync(join(tmpdir(), "zabra-diff-"));
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const campaign = new Campaign(options, folder, print);
const startMs = Date.now();
print(`seed ${options.seed}`);
await campaign.run();
const seconds = (Date.now() - startMs) / 1000;
print(
  `${campaign.requests} requests in ${seconds.toFixed(0)} s, ${(campaign.requests / seconds).toFixed(0)} a second`,
);
if (campaign.unconfirmed > 0) print(`${campaign.unconfirmed} differed once and not again`);
print(`${campaign.passed} passed, ${campaign.failed} failed`);
if (campaign.failed === 0) rmSync(folder, { recursive: true });
else print(`folders of the servers: ${folder}`);
process.exit(campaign.failed === 0 ? 0 : 1);
