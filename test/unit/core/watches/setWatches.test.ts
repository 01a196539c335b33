import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { setWatches, type SetWatchesLists } from "../../../../src/core/watches/setWatches.ts";
import { WatcherMode } from "../../../../src/core/watches/watcherMode.ts";
import { WatchTables } from "../../../../src/core/watches/watchTables.ts";
import { FakeWatcher } from "./fakeWatcher.ts";

const { STANDARD, PERSISTENT, PERSISTENT_RECURSIVE } = WatcherMode;
const empty = { dataWatches: [], existWatches: [], childWatches: [] };

describe("setWatches", () => {
  // Zxids: /old changed at 5 (children at 6), /new at 20 (21); the root also answers to "".
  const mzxids: Record<string, bigint> = { "/old": 5n, "/new": 20n, "": 0n, "/": 0n };
  const pzxids: Record<string, bigint> = { "/old": 6n, "/new": 21n, "": 30n, "/": 30n };
  const lookup = {
    mzxid: (path: string): bigint | null => mzxids[path] ?? null,
    pzxid: (path: string): bigint | null => pzxids[path] ?? null,
  };

  function run(lists: Partial<SetWatchesLists>) {
    const tables = new WatchTables<FakeWatcher>();
    const watcher = new FakeWatcher("a");
    const events: string[] = [];
    const sink = { event: (type: number, path: string): void => void events.push(`${type} ${path}`) };
    const code = setWatches(tables, watcher, { relativeZxid: 10n, ...empty, ...lists }, lookup, sink);
    return { tables, watcher, events, code };
  }

  it("catches up on data watches", () => {
    const { tables, watcher, events, code } = run({ dataWatches: ["/gone", "/new", "/old", ""] });
    expect(code).to.equal(ErrorCode.OK);
    expect(events).to.deep.equal(["2 /gone", "3 /new"]);
    expect(tables.data.contains("/old", watcher, STANDARD)).to.equal(true);
    expect(tables.data.contains("", watcher, STANDARD)).to.equal(true);
    expect(tables.watchCount).to.equal(2);
  });

  it("catches up on exist watches: any node that is there counts as created", () => {
    const { tables, watcher, events } = run({ existWatches: ["/gone", "/new", "/old", ""] });
    expect(events).to.deep.equal(["1 /new", "1 /old", "1 "]);
    expect(tables.data.contains("/gone", watcher, STANDARD)).to.equal(true);
    expect(tables.watchCount).to.equal(1);
  });

  it("catches up on child watches by pzxid", () => {
    const { tables, watcher, events } = run({ childWatches: ["/gone", "/new", "/old", ""] });
    expect(events).to.deep.equal(["2 /gone", "4 /new", "4 "]);
    expect(tables.child.contains("/old", watcher, STANDARD)).to.equal(true);
    expect(tables.watchCount).to.equal(1);
  });

  it("an equal zxid is no change, and a relativeZxid in the future only sets again", () => {
    expect(run({ relativeZxid: 20n, dataWatches: ["/new"] }).events).to.deep.equal([]);
    expect(run({ relativeZxid: 19n, dataWatches: ["/new"] }).events).to.deep.equal(["3 /new"]);
    expect(
      run({ relativeZxid: 1n << 62n, dataWatches: ["/new"], childWatches: ["/new"] }).events,
    ).to.deep.equal([]);
  });

  it("sets persistent watches in both tables and recursive ones in the data table, without catch-up", () => {
    const { tables, watcher, events } = run({
      persistentWatches: ["/new", null],
      persistentRecursiveWatches: ["/gone"],
    });
    expect(events).to.deep.equal([]);
    expect(tables.data.contains("/new", watcher, PERSISTENT)).to.equal(true);
    expect(tables.child.contains("/new", watcher, PERSISTENT)).to.equal(true);
    expect(tables.data.contains(null, watcher, PERSISTENT)).to.equal(true);
    expect(tables.data.contains("/gone", watcher, PERSISTENT_RECURSIVE)).to.equal(true);
    expect(tables.child.contains("/gone", watcher, null)).to.equal(false);
  });

  it("goes through the lists in order, and the same path may be told several times", () => {
    const lists = { dataWatches: ["/new"], existWatches: ["/new"], childWatches: ["/new"] };
    expect(run(lists).events).to.deep.equal(["3 /new", "1 /new", "4 /new"]);
  });

  it("ends at a null list with what came before done", () => {
    const all: SetWatchesLists = {
      relativeZxid: 10n,
      dataWatches: ["/new"],
      existWatches: ["/new"],
      childWatches: ["/new"],
      persistentWatches: ["/x"],
      persistentRecursiveWatches: ["/x"],
    };
    const cases: [keyof SetWatchesLists, events: number, watches: number][] = [
      ["dataWatches", 0, 0],
      ["existWatches", 1, 0],
      ["childWatches", 2, 0],
      ["persistentWatches", 3, 0],
      ["persistentRecursiveWatches", 3, 2],
    ];
    for (const [list, eventCount, watchCount] of cases) {
      const { tables, events, code } = run({ ...all, [list]: null });
      expect(code, list).to.equal(ErrorCode.MARSHALLINGERROR);
      expect(events.length, list).to.equal(eventCount);
      expect(tables.watchCount, list).to.equal(watchCount);
    }
  });

  it("ends at a null path of the first three lists", () => {
    for (const list of ["dataWatches", "existWatches", "childWatches"]) {
      const { code, events } = run({ [list]: ["/gone", null, "/new"] });
      expect(code, list).to.equal(ErrorCode.MARSHALLINGERROR);
      expect(events.length, list).to.be.lessThan(2);
    }
  });
});
