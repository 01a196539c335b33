import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { startServer } from "../../src/index.ts";
import { createBody, RawClient } from "../support/rawClient.ts";

function contents(folder: string): Record<string, string> {
  const names = readdirSync(join(folder, "version-2")).sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(folder, "version-2", name), "base64")]),
  );
}

async function rejection(promise: Promise<unknown>): Promise<Error & { exitCode?: number }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("did not reject");
}

function needsLocks(test: Mocha.Context): void {
  if (process.platform === "linux" || process.platform === "win32") return;
  process.stdout.write("skipped: this system has no names of local sockets to lock by\n");
  test.skip();
}

describe("a second server on the same folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "zabra-shared-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is refused before it reads or mends anything, and the first goes on", async function () {
    needsLocks(this);
    const first = await startServer({ dataDir: folder });
    const client = await RawClient.open(first.port);
    await client.connect();
    expect((await client.ask(1, 1, createBody("/a"))).err).to.equal(0);
    const before = contents(folder);
    const error = await rejection(startServer({ dataDir: folder }));
    expect(error.message).to.include(folder).and.to.include("in use");
    expect(error.exitCode).to.equal(3);
    expect(contents(folder)).to.deep.equal(before);
    expect((await client.ask(2, 1, createBody("/b"))).err).to.equal(0);
    client.close();
    await first.stop();
    const again = await startServer({ dataDir: folder });
    await again.stop();
  });

  it("is refused by whatever way it comes, also to a folder that the first one made", async function () {
    needsLocks(this);
    const base = mkdtempSync(join(tmpdir(), "zabra-links-"));
    const link = join(base, "link");
    mkdirSync(join(base, "real"));
    symlinkSync(join(base, "real"), link);
    const first = await startServer({ dataDir: join(link, "new", "data") });
    for (const way of [join(link, "new", "data"), join(base, "real", "new", "data")]) {
      const error = await rejection(startServer({ dataDir: way }));
      expect(error.message).to.include("in use by another server");
    }
    await first.stop();
    rmSync(base, { recursive: true });
  });

  it("finds its port taken before it mends the folder: a torn end stays for the one whose folder it is", async () => {
    const first = await startServer();
    const torn = mkdtempSync(join(tmpdir(), "zabra-torn-"));
    const golden = new URL("../golden/disk/damaged_torn_padded/data/", import.meta.url);
    cpSync(golden, torn, { recursive: true });
    const before = contents(torn);
    const error = await rejection(startServer({ dataDir: torn, port: first.port }));
    expect(error.message).to.include(String(first.port));
    expect(contents(torn)).to.deep.equal(before);
    rmSync(torn, { recursive: true });
    await first.stop();
  });
});
