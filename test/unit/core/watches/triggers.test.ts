import { expect } from "chai";
import { AddWatchMode } from "../../../../protocol/flags.ts";
import { triggerCreate, triggerDelete, triggerSetData } from "../../../../src/core/watches/triggers.ts";
import { WatcherMode } from "../../../../src/core/watches/watcherMode.ts";
import { addWatch, WatchTables } from "../../../../src/core/watches/watchTables.ts";
import { FakeWatcher, RecordingSink } from "./fakeWatcher.ts";

const { STANDARD } = WatcherMode;

describe("watch triggers", () => {
  let tables: WatchTables<FakeWatcher>;
  let sink: RecordingSink;
  let a: FakeWatcher;
  let b: FakeWatcher;

  beforeEach(() => {
    tables = new WatchTables();
    sink = new RecordingSink();
    a = new FakeWatcher("a");
    b = new FakeWatcher("b");
  });

  it("a create tells the path's data watches, then the parent's child watches, each with its list", () => {
    tables.child.add("/p", a, STANDARD);
    tables.data.add("/p/n", b, STANDARD);
    tables.data.add("/p/n", a, STANDARD);
    triggerCreate(tables, "/p/n", "own", "parent", sink);
    expect(sink.events).to.deep.equal(["b 1 /p/n own", "a 1 /p/n own", "a 4 /p parent"]);
    expect(sink.counts).to.deep.equal(["1 x2", "4 x1"]);
    expect(tables.watchCount).to.equal(0);
  });

  it("a delete tells a connection with data and child watch once, uses both up, then tells the parent", () => {
    tables.data.add("/p/n", a, STANDARD);
    tables.child.add("/p/n", a, STANDARD);
    tables.child.add("/p/n", b, STANDARD);
    tables.child.add("/p", a, STANDARD);
    triggerDelete(tables, "/p/n", "own", "parent", sink);
    expect(sink.events).to.deep.equal(["a 2 /p/n own", "b 2 /p/n own", "a 4 /p parent"]);
    expect(sink.counts).to.deep.equal(["2 x1", "2 x2", "4 x1"]);
    expect(tables.watchCount).to.equal(0);
  });

  it("a delete does not repeat itself in the child table to one told through a recursive watch", () => {
    addWatch(tables, "/p", a, AddWatchMode.PERSISTENT_RECURSIVE);
    tables.child.add("/p/n", a, STANDARD);
    triggerDelete(tables, "/p/n", "own", "parent", sink);
    expect(sink.events).to.deep.equal(["a 2 /p/n own"]);
  });

  it("recursive watches miss NodeChildrenChanged, persistent ones get it", () => {
    addWatch(tables, "/p", a, AddWatchMode.PERSISTENT_RECURSIVE);
    addWatch(tables, "/p", b, AddWatchMode.PERSISTENT);
    triggerCreate(tables, "/p/n", "own", "parent", sink);
    expect(sink.take()).to.deep.equal(["a 1 /p/n own", "b 4 /p parent"]);
    triggerCreate(tables, "/p/n/m", "own", "parent", sink);
    expect(sink.take()).to.deep.equal(["a 1 /p/n/m own"]);
    triggerDelete(tables, "/p", "own", "parent", sink);
    expect(sink.take()).to.deep.equal(["a 2 /p own", "b 2 /p own"]);
    triggerCreate(tables, "/p", "own", "parent", sink);
    expect(sink.take()).to.deep.equal(["a 1 /p own", "b 1 /p own"]);
  });

  it("the parent of a top node is the root, not its alias", () => {
    tables.child.add("/", a, STANDARD);
    tables.child.add("", b, STANDARD);
    triggerCreate(tables, "/n", "own", "parent", sink);
    expect(sink.events).to.deep.equal(["a 4 / parent"]);
  });

  it("a setData tells data watches only", () => {
    tables.data.add("/n", a, STANDARD);
    tables.child.add("/n", b, STANDARD);
    triggerSetData(tables, "/n", "own", sink);
    triggerSetData(tables, "/n", "own", sink);
    expect(sink.events).to.deep.equal(["a 3 /n own"]);
    expect(sink.counts).to.deep.equal(["3 x1"]);
  });
});
