import { expect } from "chai";
import fc from "fast-check";
import { EventType } from "../../../../protocol/flags.ts";
import type { WatchPath } from "../../../../src/core/watches/watcher.ts";
import { WatcherMode } from "../../../../src/core/watches/watcherMode.ts";
import { WatchManager } from "../../../../src/core/watches/watchManager.ts";
import { FakeWatcher, RecordingSink } from "./fakeWatcher.ts";

const { STANDARD, PERSISTENT, PERSISTENT_RECURSIVE } = WatcherMode;
const modes = [STANDARD, PERSISTENT, PERSISTENT_RECURSIVE];

describe("WatchManager", () => {
  let table: WatchManager<FakeWatcher>;
  let sink: RecordingSink;
  let a: FakeWatcher;
  let b: FakeWatcher;
  let triggerNumber = 0;

  beforeEach(() => {
    table = new WatchManager();
    sink = new RecordingSink();
    a = new FakeWatcher("a");
    b = new FakeWatcher("b");
  });

  function fire(path: string): string[] {
    table.collect(path, ++triggerNumber, EventType.NodeDataChanged, "acl", sink);
    return sink.take().map((event) => event.split(" ")[0]);
  }

  it("uses a standard watch up and keeps the persistent ones", () => {
    table.add("/n", a, STANDARD);
    table.add("/n", b, PERSISTENT);
    expect(fire("/n")).to.deep.equal(["a", "b"]);
    expect(fire("/n")).to.deep.equal(["b"]);
  });

  it("tells a connection once however many modes reach it", () => {
    for (const mode of modes) table.add("/p/n", a, mode);
    table.add("/p", a, PERSISTENT_RECURSIVE);
    table.add("/", a, PERSISTENT_RECURSIVE);
    expect(fire("/p/n")).to.deep.equal(["a"]);
    expect(table.contains("/p/n", a, STANDARD)).to.equal(false);
    expect(table.contains("/p/n", a, PERSISTENT)).to.equal(true);
  });

  it("reaches recursive watches by whole path components only, the base included", () => {
    table.add("/a", a, PERSISTENT_RECURSIVE);
    table.add("/", b, PERSISTENT_RECURSIVE);
    expect(fire("/a")).to.deep.equal(["a", "b"]);
    expect(fire("/a/x/y")).to.deep.equal(["a", "b"]);
    expect(fire("/ax")).to.deep.equal(["b"]);
    expect(fire("/")).to.deep.equal(["b"]);
  });

  it("does not let standard and persistent watches of an ancestor fire", () => {
    table.add("/a", a, STANDARD);
    table.add("/a", a, PERSISTENT);
    table.add("/a", b, PERSISTENT_RECURSIVE);
    expect(fire("/a/x")).to.deep.equal(["b"]);
    expect(table.contains("/a", a, STANDARD)).to.equal(true);
  });

  it("keeps the empty path apart and never fires it", () => {
    table.add("", a, STANDARD);
    table.add("", b, PERSISTENT_RECURSIVE);
    expect(fire("/")).to.deep.equal([]);
    expect(fire("")).to.deep.equal([]);
    expect(fire("/x")).to.deep.equal([]);
    expect(table.watchCount).to.equal(2);
  });

  it("counts a connection that carries the trigger's number without telling it", () => {
    table.add("/n", a, STANDARD);
    table.add("/n", b, STANDARD);
    a.lastTriggerNumber = 1e9;
    expect(table.collect("/n", 1e9, EventType.NodeDeleted, "acl", sink)).to.equal(2);
    expect(sink.take()).to.deep.equal(["b 2 /n acl"]);
    expect(table.watchCount).to.equal(0);
  });

  it("ignores watches of a closed connection", () => {
    a.stale = true;
    expect(table.add("/n", a, STANDARD)).to.equal(false);
    expect(table.watchCount).to.equal(0);
  });

  it("lets a connection be dropped while it is told", () => {
    table.add("/n", a, STANDARD);
    table.add("/n", b, PERSISTENT);
    const dropping = {
      notify: (): void => {
        table.removeWatcher(a);
        table.removeWatcher(b);
      },
      reached: (): void => undefined,
    };
    table.collect("/n", ++triggerNumber, EventType.NodeDataChanged, "", dropping);
    expect([table.watchCount, table.pathCount, table.watcherCount]).to.deep.equal([0, 0, 0]);
    expect(fire("/n")).to.deep.equal([]);
  });

  it("counts a connection whose watches have all fired, but not one that removed them", () => {
    table.add("/n", a, STANDARD);
    fire("/n");
    expect([table.watchCount, table.pathCount, table.watcherCount]).to.deep.equal([0, 0, 1]);
    expect([...table.byWatcher()]).to.deep.equal([[a, []]]);
    table.add("/n", a, STANDARD);
    table.remove("/n", a, STANDARD);
    expect(table.watcherCount).to.equal(0);
  });

  it("shows paths in the order of Apache's recorded wchp and wchc", () => {
    // golden/4lw/leader and golden/4lw/follower.
    table.add("/rec/s2/none", a, STANDARD);
    table.add("/rec/s2/a", a, STANDARD);
    table.add("/rec/s0/a", b, STANDARD);
    table.add("/rec/s0/none", b, STANDARD);
    expect([...table.byWatcher()]).to.deep.equal([
      [a, ["/rec/s2/a", "/rec/s2/none"]],
      [b, ["/rec/s0/none", "/rec/s0/a"]],
    ]);
    const byPath = [...table.byPath()].map(([path, watchers]) => [path, [...watchers]]);
    expect(byPath).to.deep.include.members([
      ["/rec/s2/a", [a]],
      ["/rec/s0/none", [b]],
    ]);
  });

  it("agrees with a plain model over random operations", () => {
    const names = ["/", "/a", "/a/b", "/a/b/c", "/ab", "", null, "junk"];
    const operation = fc.record({
      kind: fc.constantFrom("add", "add", "add", "remove", "removeAll", "gone", "fire", "fire"),
      path: fc.constantFrom<WatchPath>(...names),
      who: fc.nat(2),
      mode: fc.constantFrom(...modes),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const subject = new WatchManager<FakeWatcher>();
        const model = new Map<string, number>();
        const watchers = ["a", "b", "c"].map((name) => new FakeWatcher(name));
        const recording = new RecordingSink();
        for (const [step, { kind, path, who, mode }] of operations.entries()) {
          const watcher = watchers[who];
          const key = `${watcher.name} ${path ?? "(null)"}`;
          const had = model.get(key) ?? 0;
          const put = (modesLeft: number): unknown =>
            modesLeft === 0 ? model.delete(key) : model.set(key, modesLeft);
          if (kind === "add") {
            expect(subject.add(path, watcher, mode)).to.equal((had & mode) === 0);
            put(had | mode);
          } else if (kind === "remove") {
            expect(subject.remove(path, watcher, mode)).to.equal((had & mode) !== 0);
            put(had & ~mode);
          } else if (kind === "removeAll") {
            expect(subject.remove(path, watcher, null)).to.equal(had !== 0);
            put(0);
          } else if (kind === "gone") {
            subject.removeWatcher(watcher);
            for (const other of model.keys()) if (other.startsWith(`${watcher.name} `)) model.delete(other);
          } else if (path !== null && path !== "" && path !== "junk") {
            const expected = fireModel(model, path);
            expect(subject.collect(path, step + 1, EventType.NodeDataChanged, "", recording)).to.equal(
              expected.length,
            );
            const told = recording.take().map((event) => event.split(" ")[0]);
            expect(told.toSorted()).to.deep.equal(expected.toSorted());
          }
          expect(subject.watchCount).to.equal(model.size);
          expect(subject.pathCount).to.equal(new Set([...model.keys()].map((k) => k.slice(2))).size);
          expect(subject.contains(path, watcher, null)).to.equal(model.has(key));
        }
        expect(dumped(subject.byWatcher())).to.deep.equal([...model.keys()].toSorted());
        const pairs = [...subject.byPath()].flatMap(([p, ws]) =>
          [...ws].map((w) => `${w.name} ${p ?? "(null)"}`),
        );
        expect(pairs.toSorted()).to.deep.equal([...model.keys()].toSorted());
      }),
      { numRuns: 300 },
    );
  });
});

/** Who hears of a change, by looking at every entry; standard modes on the path itself go away. */
function fireModel(model: Map<string, number>, path: string): string[] {
  const told = new Set<string>();
  for (const [key, had] of model) {
    const name = key[0];
    const watched = key.slice(2);
    if (watched === path) {
      told.add(name);
      if ((had & ~STANDARD) === 0) model.delete(key);
      else model.set(key, had & ~STANDARD);
    } else if ((had & PERSISTENT_RECURSIVE) !== 0 && watched.startsWith("/")) {
      if (path.startsWith(watched === "/" ? "/" : `${watched}/`)) told.add(name);
    }
  }
  return [...told];
}

function dumped(byWatcher: Iterable<[FakeWatcher, readonly WatchPath[]]>): string[] {
  return [...byWatcher].flatMap(([w, paths]) => paths.map((p) => `${w.name} ${p ?? "(null)"}`)).toSorted();
}
