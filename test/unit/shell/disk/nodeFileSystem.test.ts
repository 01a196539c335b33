import { expect } from "chai";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { datasync } from "../../../../src/core/storage/datasync.ts";
import type { FileHandle } from "../../../../src/core/storage/fileSystem.ts";
import { nodeFileSystem } from "../../../../src/shell/disk/nodeFileSystem.ts";

function write(file: FileHandle, text: string, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(Buffer.from(text), position, (error) => (error === null ? resolve() : reject(error)));
  });
}

describe("nodeFileSystem", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zabra-files-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("writes at positions, one write after the other, syncs, cuts and reads back", async () => {
    const path = join(folder, "a");
    const file = await nodeFileSystem.open(path, "w");
    await write(file, "world", 6);
    await write(file, "hello ", 0);
    await datasync(file);
    expect(await file.size()).to.equal(11);
    await file.truncate(8);
    await file.truncate(10);
    await file.close();
    expect(readFileSync(path, "latin1")).to.equal("hello wo\0\0");
    const reader = await nodeFileSystem.open(path, "r");
    const target = new Uint8Array(20);
    expect(await reader.read(target, 20, 6)).to.equal(4);
    expect(Buffer.from(target.subarray(0, 4)).toString("latin1")).to.equal("wo\0\0");
    expect(await reader.read(target, 20, 10)).to.equal(0);
    await reader.close();
  });

  it("writes little at once behind a quick sync, and tells of a failure of that as well", async () => {
    const path = join(folder, "a");
    const file = await nodeFileSystem.open(path, "w");
    const text = "x".repeat(100);
    await write(file, text, 0);
    let atOnce = false;
    // A sync on a busy machine may take its time: one of these is quick.
    for (let turn = 0; turn < 200 && !atOnce; turn++) {
      await datasync(file);
      let returned = false;
      await new Promise<void>((resolve) => {
        file.write(Buffer.from(text), 100, () => {
          atOnce = !returned;
          resolve();
        });
        returned = true;
      });
    }
    expect(atOnce).to.equal(true);
    expect(readFileSync(path, "utf8")).to.equal(text + text);
    await file.close();
    const error: unknown = await write(file, text, 0).catch((reason: unknown) => reason);
    expect(error).to.have.property("code", "EBADF");
  });

  it("tells of a write that failed", async () => {
    writeFileSync(join(folder, "a"), "x");
    const file = await nodeFileSystem.open(join(folder, "a"), "r");
    const error: unknown = await write(file, "y", 0).catch((reason: unknown) => reason);
    await file.close();
    expect(error).to.have.property("code", "EBADF");
  });

  it("opens only what is there unless told to create, which empties", async () => {
    const path = join(folder, "a");
    for (const mode of ["r", "r+"] as const) {
      const error: unknown = await nodeFileSystem.open(path, mode).catch((reason: unknown) => reason);
      expect(error).to.have.property("code", "ENOENT");
    }
    writeFileSync(path, "old");
    await (await nodeFileSystem.open(path, "w")).close();
    expect(readFileSync(path, "utf8")).to.equal("");
  });

  it("lists files with their sizes, without folders; null for a missing folder", async () => {
    writeFileSync(join(folder, "b"), "12345");
    mkdirSync(join(folder, "c"));
    expect(await nodeFileSystem.list(folder)).to.deep.equal([{ name: "b", size: 5 }]);
    expect(await nodeFileSystem.list(join(folder, "d"))).to.equal(null);
  });

  it("makes folders with all above them, renames over a file, removes, and syncs folders", async () => {
    const deep = join(folder, "x/y/z");
    await nodeFileSystem.makeDirectory(deep);
    await nodeFileSystem.makeDirectory(deep);
    writeFileSync(join(deep, "new"), "new");
    writeFileSync(join(deep, "old"), "old");
    await nodeFileSystem.rename(join(deep, "new"), join(deep, "old"));
    await nodeFileSystem.syncDirectory(deep);
    expect(await nodeFileSystem.list(deep)).to.deep.equal([{ name: "old", size: 3 }]);
    expect(readFileSync(join(deep, "old"), "utf8")).to.equal("new");
    await nodeFileSystem.remove(join(deep, "old"));
    expect(await nodeFileSystem.list(deep)).to.deep.equal([]);
  });

  it("tells of folders that cannot be made", async () => {
    writeFileSync(join(folder, "file"), "");
    symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
    const faults: Record<string, string> = {
      [join(folder, "file")]: "EEXIST",
      [join(folder, "file", "below")]: "ENOTDIR",
      [join(folder, "dangling")]: "EEXIST",
      [join(folder, "dangling", "below")]: "EEXIST",
    };
    // Where Node's own recursive mkdir would try for ever.
    if (existsSync("/proc/self")) faults["/proc/zabra/below"] = "ENOENT";
    for (const [path, code] of Object.entries(faults)) {
      const error: unknown = await nodeFileSystem.makeDirectory(path).catch((reason: unknown) => reason);
      expect(error, path).to.have.property("code", code);
    }
  });
});
