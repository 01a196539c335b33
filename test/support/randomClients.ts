import { OpCode } from "../../protocol/opcodes.ts";
import type { ACL } from "../../protocol/records/client.ts";
import type { MultiRequestOp } from "../../protocol/records/multi.ts";
import { SeededRandom } from "../simulation/random.ts";
import { type CoreClient, openAcl } from "./coreClient.ts";
import { CoreHarness, type HarnessOptions } from "./coreHarness.ts";

const names = ["a", "b", "c"];
const acls: readonly ACL[][] = [
  openAcl,
  [
    { perms: 31, id: { scheme: "world", id: "anyone" } },
    { perms: 1, id: { scheme: "ip", id: "10.0.0.1" } },
  ],
  [{ perms: 15, id: { scheme: "world", id: "anyone" } }],
  [
    { perms: 16, id: { scheme: "ip", id: "127.0.0.1" } },
    { perms: 13, id: { scheme: "world", id: "anyone" } },
  ],
];

/**
 * Clients that write at random to a small tree, so that collisions, refusals and re-creations are frequent: all write
 * opcodes, failing multis, sessions that come, close and expire. Many requests are under way at a time; `log` decides
 * by itself when the disk has caught up.
 */
export class RandomClients {
  readonly harness: CoreHarness;
  readonly random: SeededRandom;
  #clients: CoreClient[] = [];

  constructor(seed: number, options: HarnessOptions = {}) {
    this.random = new SeededRandom(seed);
    this.harness = new CoreHarness({ ...options, prep: { extendedTypesEnabled: true, ...options.prep } });
    for (let i = 0; i < 3; i++) this.#connect();
  }

  #connect(): void {
    const client = this.harness.accept();
    client.connect({ timeOut: 4000 });
    this.harness.settle();
    client.connected();
    this.#clients.push(client);
  }

  /** One request of one client, or a step of the disk or the clock. */
  step(): void {
    const { random, harness } = this;
    this.#clients = this.#clients.filter((client) => !client.closed);
    if (this.#clients.length < 3) this.#connect();
    const client = this.#clients[random.below(this.#clients.length)];
    if (random.chance(0.03)) client.send(OpCode.closeSession, {});
    else if (random.chance(0.02)) client.disconnect();
    else if (random.chance(0.021)) harness.advance(1500);
    else if (random.chance(0.2)) this.#sendMulti(client);
    else this.#sendSingle(client);
    if (random.chance(0.25)) this.log();
  }

  /** The disk catches up with some of what was appended. */
  log(): void {
    const { harness, random } = this;
    const behind = Number(harness.lastAppendedZxid - harness.loggedZxid);
    if (behind > 0) harness.logged(harness.loggedZxid + BigInt(1 + random.below(behind)));
  }

  #path(): string {
    const { random } = this;
    let path = "";
    do path += `/${names[random.below(names.length)]}`;
    while (path.length < 6 && random.chance(0.5));
    return path;
  }

  #data(): Uint8Array | null {
    return this.random.chance(0.1) ? null : new Uint8Array(this.random.below(5)).fill(this.random.below(256));
  }

  #version(): number {
    return this.random.chance(0.8) ? -1 : this.random.below(3);
  }

  #operation(): MultiRequestOp {
    const { random } = this;
    const path = this.#path();
    switch (random.below(7)) {
      case 0:
      case 1:
      case 2: {
        const record = {
          path,
          data: this.#data(),
          acl: acls[random.below(acls.length)],
          flags: random.below(4),
        };
        const type = [OpCode.create, OpCode.create2, OpCode.createContainer][random.below(3)];
        return { type, record: type === OpCode.createContainer ? { ...record, flags: 4 } : record };
      }
      case 3: {
        const record = {
          path,
          data: this.#data(),
          acl: openAcl,
          flags: 5,
          ttl: BigInt(1 + random.below(1000)),
        };
        return { type: OpCode.createTTL, record };
      }
      case 4:
        return { type: OpCode.setData, record: { path, data: this.#data(), version: this.#version() } };
      default:
        return { type: OpCode.delete, record: { path, version: this.#version() } };
    }
  }

  #sendSingle(client: CoreClient): void {
    const { random } = this;
    if (random.chance(0.1)) {
      const acl = acls[random.below(acls.length)];
      client.send(OpCode.setACL, { path: this.#path(), acl, version: this.#version() });
      return;
    }
    const operation = this.#operation();
    switch (operation.type) {
      case OpCode.createTTL:
        client.send(operation.type, operation.record);
        return;
      case OpCode.setData:
        client.send(operation.type, operation.record);
        return;
      case OpCode.delete:
        client.send(operation.type, operation.record);
        return;
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
        client.send(operation.type, operation.record);
        return;
      default:
    }
  }

  #sendMulti(client: CoreClient): void {
    const { random } = this;
    const ops: MultiRequestOp[] = [];
    for (let count = random.below(5); count > 0; count--) {
      if (random.chance(0.2))
        ops.push({ type: OpCode.check, record: { path: this.#path(), version: this.#version() } });
      else ops.push(this.#operation());
    }
    client.send(OpCode.multi, ops);
  }
}
