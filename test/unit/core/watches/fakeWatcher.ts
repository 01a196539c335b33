import type { EventType } from "../../../../protocol/flags.ts";
import type { Watcher, WatchSink } from "../../../../src/core/watches/watcher.ts";

/** A connection with a name, for readable failures. */
export class FakeWatcher implements Watcher {
  readonly name: string;
  stale = false;
  lastTriggerNumber = 0;

  constructor(name: string) {
    this.name = name;
  }
}

/** Writes each event down as `name type path acl`, and each count as `type xN`. */
export class RecordingSink implements WatchSink<FakeWatcher, string> {
  readonly events: string[] = [];
  readonly counts: string[] = [];

  notify(watcher: FakeWatcher, type: EventType, path: string, acl: string): void {
    this.events.push(`${watcher.name} ${type} ${path} ${acl}`);
  }

  reached(type: EventType, count: number): void {
    this.counts.push(`${type} x${count}`);
  }

  /** What was recorded since the last call. */
  take(): string[] {
    return this.events.splice(0);
  }
}
