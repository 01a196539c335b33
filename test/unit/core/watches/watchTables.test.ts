import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { AddWatchMode, WatcherType } from "../../../../protocol/flags.ts";
import type { WatchPath } from "../../../../src/core/watches/watcher.ts";
import { WatcherMode } from "../../../../src/core/watches/watcherMode.ts";
import {
  addWatch,
  checkWatches,
  removeWatches,
  WatchTables,
} from "../../../../src/core/watches/watchTables.ts";
import { FakeWatcher } from "./fakeWatcher.ts";

const { CHILDREN, DATA, ANY, PERSISTENT, PERSISTENT_RECURSIVE } = WatcherType;

describe("removeWatches, checkWatches and addWatch", () => {
  const kinds = ["data", "child", "persistent", "recursive"] as const;
  type Kind = (typeof kinds)[number];

  function tablesWith(kind: Kind, path: WatchPath, watcher: FakeWatcher): WatchTables<FakeWatcher> {
    const tables = new WatchTables<FakeWatcher>();
    if (kind === "data") tables.data.add(path, watcher, WatcherMode.STANDARD);
    if (kind === "child") tables.child.add(path, watcher, WatcherMode.STANDARD);
    if (kind === "persistent") addWatch(tables, path, watcher, AddWatchMode.PERSISTENT);
    if (kind === "recursive") addWatch(tables, path, watcher, AddWatchMode.PERSISTENT_RECURSIVE);
    return tables;
  }

  const seenBy: [type: number, kinds: readonly Kind[]][] = [
    [CHILDREN, ["child"]],
    [DATA, ["data"]],
    [ANY, kinds],
    [PERSISTENT, ["persistent"]],
    [PERSISTENT_RECURSIVE, ["recursive"]],
  ];
  for (const [type, seen] of seenBy) {
    it(`type ${type} finds and removes ${seen.join(", ")} only`, () => {
      for (const kind of kinds) {
        for (const path of ["/n", "", null, "junk"]) {
          const watcher = new FakeWatcher("a");
          const tables = tablesWith(kind, path, watcher);
          const before = tables.watchCount;
          const expected = seen.includes(kind) ? ErrorCode.OK : ErrorCode.NOWATCHER;
          expect(checkWatches(tables, path, type, watcher), kind).to.equal(expected);
          expect(checkWatches(tables, path, type, new FakeWatcher("b"))).to.equal(ErrorCode.NOWATCHER);
          expect(removeWatches(tables, "/other", type, watcher)).to.equal(ErrorCode.NOWATCHER);
          expect(removeWatches(tables, path, type, watcher), kind).to.equal(expected);
          expect(tables.watchCount).to.equal(expected === ErrorCode.OK ? 0 : before);
          expect(checkWatches(tables, path, type, watcher)).to.equal(ErrorCode.NOWATCHER);
        }
      }
    });
  }

  it("type ANY removes every mode from both tables", () => {
    const watcher = new FakeWatcher("a");
    const tables = tablesWith("persistent", "/n", watcher);
    addWatch(tables, "/n", watcher, AddWatchMode.PERSISTENT_RECURSIVE);
    tables.child.add("/n", watcher, WatcherMode.STANDARD);
    expect(tables.watchCount).to.equal(2);
    expect(removeWatches(tables, "/n", ANY, watcher)).to.equal(ErrorCode.OK);
    expect([tables.watchCount, tables.data.watcherCount, tables.child.watcherCount]).to.deep.equal([0, 0, 0]);
  });

  it("answers MARSHALLINGERROR for unknown types and modes", () => {
    const watcher = new FakeWatcher("a");
    const tables = tablesWith("data", "/n", watcher);
    for (const type of [0, 6, -1]) {
      expect(checkWatches(tables, "/n", type, watcher)).to.equal(ErrorCode.MARSHALLINGERROR);
      expect(removeWatches(tables, "/n", type, watcher)).to.equal(ErrorCode.MARSHALLINGERROR);
    }
    for (const mode of [-1, 2]) {
      expect(addWatch(tables, "/m", watcher, mode)).to.equal(ErrorCode.MARSHALLINGERROR);
    }
    expect(tables.watchCount).to.equal(1);
  });

  it("forgets a closed connection in both tables", () => {
    const watcher = new FakeWatcher("a");
    const tables = tablesWith("persistent", "/n", watcher);
    tables.removeWatcher(watcher);
    expect(tables.watchCount).to.equal(0);
  });
});
