import { expect } from "chai";
import fc from "fast-check";
import { type Expiring, ExpiryQueue, notQueued } from "../../../../src/core/sessions/expiryQueue.ts";

interface Element extends Expiring {
  readonly name: string;
}

function element(name: string): Element {
  return { name, expiryMs: notQueued };
}

function polled(queue: ExpiryQueue<Element>, nowMs: number): string[] {
  return [...(queue.poll(nowMs) ?? [])].map(({ name }) => name);
}

function shown(queue: ExpiryQueue<Element>): [number, string[]][] {
  return queue.buckets().map(({ expiryMs, elements }) => [expiryMs, [...elements].map(({ name }) => name)]);
}

describe("ExpiryQueue", () => {
  it("rounds up to the next interval, also from a multiple of it", () => {
    const queue = new ExpiryQueue<Element>(2000, 0);
    for (const [timeoutMs, expiryMs] of [
      [4000, 6000],
      [3999, 4000],
      [4001, 6000],
      [0, 2000],
    ]) {
      const one = element("one");
      queue.update(one, timeoutMs, 0);
      expect(one.expiryMs).to.equal(expiryMs);
    }
  });

  it("a connection without a session goes 10 to 20 s after it came (sessionlessCnxnTimeout)", () => {
    const queue = new ExpiryQueue<Element>(10000, 0);
    const one = element("one");
    queue.update(one, 10000, 4800);
    expect(polled(queue, 19999)).to.deep.equal([]);
    expect(polled(queue, 20000)).to.deep.equal(["one"]);
  });

  it("moves only when the bucket changes, and leaves the emptied bucket for dump", () => {
    const queue = new ExpiryQueue<Element>(1000, 0);
    const one = element("one");
    expect(queue.update(one, 4000, 0)).to.equal(true);
    expect(queue.update(one, 4000, 999)).to.equal(false);
    expect(queue.update(one, 4000, 1000)).to.equal(true);
    expect(shown(queue)).to.deep.equal([
      [5000, []],
      [6000, ["one"]],
    ]);
    expect(queue.count).to.equal(1);
  });

  it("gives one bucket at a time, in order, and each element once", () => {
    const queue = new ExpiryQueue<Element>(1000, 0);
    for (const [name, timeoutMs] of [
      ["late", 3500],
      ["a", 1500],
      ["b", 1600],
    ] as const) {
      queue.update(element(name), timeoutMs, 0);
    }
    expect(polled(queue, 1999)).to.deep.equal([]);
    expect(polled(queue, 9000)).to.deep.equal(["a", "b"]);
    expect(polled(queue, 9000)).to.deep.equal(["late"]);
    expect(queue.poll(9000)).to.equal(null);
    expect(queue.nextDueMs).to.equal(10000);
  });

  it("still counts a polled element until it is removed, and takes it back on an update", () => {
    const queue = new ExpiryQueue<Element>(1000, 0);
    const one = element("one");
    queue.update(one, 500, 0);
    queue.poll(1000);
    expect(queue.count).to.equal(1);
    queue.update(one, 500, 1000);
    expect([one.expiryMs, queue.count]).to.deep.equal([2000, 1]);
    expect(queue.remove(one)).to.equal(true);
    expect(queue.remove(one)).to.equal(false);
    expect([one.expiryMs, queue.count]).to.deep.equal([notQueued, 0]);
    expect(polled(queue, 5000)).to.deep.equal([]);
  });

  it("wakes from a long sleep in one step when it is empty", () => {
    const queue = new ExpiryQueue<Element>(1, 0);
    expect(queue.poll(1e15)).to.equal(null);
    expect(queue.nextDueMs).to.equal(1e15 + 1);
  });

  it("never gives an element early, nor later than a whole interval after its time", () => {
    const touch = fc.record({
      who: fc.nat(4),
      timeoutMs: fc.nat(5000),
      stepMs: fc.nat(700),
      poll: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2500 }),
        fc.array(touch, { maxLength: 80 }),
        (intervalMs, touches) => {
          let nowMs = 12345;
          const queue = new ExpiryQueue<Element>(intervalMs, nowMs);
          const elements = ["a", "b", "c", "d", "e"].map(element);
          const deadlines = new Map<string, number>();
          const drain = (): void => {
            for (let bucket = queue.poll(nowMs); bucket !== null; bucket = queue.poll(nowMs)) {
              for (const { name } of bucket) {
                expect(deadlines.get(name)).to.be.at.most(nowMs);
                deadlines.delete(name);
              }
            }
            for (const deadline of deadlines.values()) expect(deadline + intervalMs).to.be.greaterThan(nowMs);
          };
          for (const { who, timeoutMs, stepMs, poll } of touches) {
            nowMs += stepMs;
            if (poll) drain();
            queue.update(elements[who], timeoutMs, nowMs);
            deadlines.set(elements[who].name, nowMs + timeoutMs);
          }
          nowMs += 10000;
          drain();
          expect(deadlines.size).to.equal(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});
