import { CreateMode } from "../../protocol/flags.ts";
import { OpCode } from "../../protocol/opcodes.ts";
import { SeededRandom } from "../simulation/random.ts";
import { type CoreClient, openAcl } from "../support/coreClient.ts";
import type { Corpus } from "./corpus.ts";
import { type FuzzClient, FuzzHost } from "./fuzzHost.ts";
import { randomOptions, superAuth } from "./fuzzOptions.ts";
import { Mutator } from "./mutator.ts";
import { treeInconsistencies } from "./treeCheck.ts";

/** Frames between two looks at everything. */
const framesPerCheck = 2000;
const clientsMax = 8;
/** Nodes that every tree has: the root, /zookeeper and its two children. */
const ownPaths = new Set(["/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"]);

/** What went wrong, with all that is needed to see it again. */
export class FuzzFailure extends Error {
  constructor(seed: number, frame: number, hex: string, cause: unknown) {
    const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`life seed ${seed}, frame ${frame}: ${what}\nlast frame: ${hex}`, { cause });
    this.name = "FuzzFailure";
  }
}

/**
 * One server from its birth to the moment when everything that was sent to it has been taken back: then nothing may
 * be left of it, neither nodes nor sessions, watches, counts or lists.
 */
export class FuzzLife {
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #mutator: Mutator;
  readonly #host: FuzzHost;
  readonly #healthy: CoreClient;
  #clients: FuzzClient[] = [];
  #lastFrame: Uint8Array = new Uint8Array(0);
  /** How soon the disk catches up: many writes under way in some lives, few in others. */
  readonly #settleChance: number;
  #version = 0;
  frames = 0;

  constructor(seed: number, corpus: Corpus) {
    this.#seed = seed;
    this.#random = new SeededRandom(seed);
    this.#mutator = new Mutator(this.#random, corpus);
    this.#host = new FuzzHost(randomOptions(this.#random), seed);
    this.#settleChance = [0.01, 0.1, 0.5][this.#random.below(3)];
    this.#healthy = this.#host.acceptHealthy();
    this.#connectHealthy();
  }

  /** Sends `frames` frames, then checks that all of it can be taken back. Throws a FuzzFailure. */
  run(frames: number): void {
    try {
      while (this.frames < frames) {
        this.#step();
        if (this.#host.fault !== null) throw new Error(this.#host.fault);
        if (this.frames % framesPerCheck === 0) this.#check();
      }
      this.#check();
      this.#takeBack();
    } catch (error) {
      throw new FuzzFailure(this.#seed, this.frames, Buffer.from(this.#lastFrame).toString("hex"), error);
    }
  }

  #connectHealthy(): void {
    const healthy = this.#healthy;
    healthy.connect({ timeOut: 40_000 });
    this.#host.settle();
    healthy.connected();
    healthy.send(OpCode.auth, { type: 0, scheme: "digest", auth: new TextEncoder().encode(superAuth) }, -4);
    this.#host.settle();
    healthy.takeReply(-4);
    for (const path of ["/healthy", "/fuzz", "/fuzz/a"]) healthy.create(path);
  }

  #step(): void {
    const random = this.#random;
    this.frames++;
    if (this.#clients.length < clientsMax && random.chance(this.#clients.length === 0 ? 1 : 0.1)) {
      this.#clients.push(this.#connect());
    }
    const index = random.below(this.#clients.length);
    const client = this.#clients[index];
    const frame = client.connection.phase === "new" ? this.#mutator.connect() : this.#mutator.request();
    this.#send(client, frame);
    if (random.chance(0.002)) {
      this.#host.server.disconnected(client.connection);
      client.end();
    }
    if (client.closed) {
      this.#clients = this.#clients.filter((one) => !one.closed);
    }
    if (random.chance(this.#settleChance)) this.#host.settle();
    if (random.chance(0.003)) this.#host.advance(random.below(3000));
  }

  /** Most get a session by a good handshake, or nearly all their frames would be refused with the connection. */
  #connect(): FuzzClient {
    const client = this.#host.accept();
    if (this.#random.chance(0.1)) return client;
    const connect = Buffer.alloc(45);
    connect.writeInt32BE(10_000, 12);
    connect.writeInt32BE(16, 24);
    this.#host.push(client, framed(connect));
    this.#host.settle();
    return client;
  }

  #send(client: FuzzClient, frame: Uint8Array): void {
    const random = this.#random;
    this.#lastFrame = frame;
    const bytes = framed(frame);
    // A length that lies: the rest of the connection is noise to the splitter.
    if (random.chance(0.002)) new DataView(bytes.buffer).setInt32(0, random.below(0xffffffff) | 0);
    if (random.chance(0.9)) return this.#host.push(client, bytes);
    const cut = random.below(bytes.length);
    this.#host.push(client, bytes.slice(0, cut));
    if (!client.closed) this.#host.push(client, bytes.slice(cut));
  }

  /** The healthy session still has a whole life, and the tree is what its parts say. */
  #check(): void {
    const healthy = this.#healthy;
    this.#host.settle();
    if (this.#host.fault !== null) throw new Error(this.#host.fault);
    const data = new Uint8Array([this.#version & 0xff]);
    healthy.ok(OpCode.getData, { path: "/healthy", watch: true });
    const { stat } = healthy.ok(OpCode.setData, { path: "/healthy", data, version: this.#version });
    this.#version++;
    if (stat.version !== this.#version)
      throw new Error(`version ${stat.version} behind ${this.#version} writes`);
    const events = healthy.take();
    if (events.length !== 1) throw new Error(`${events.length} events of one change`);
    const read = healthy.ok(OpCode.getData, { path: "/healthy", watch: false });
    if (read.data?.[0] !== data[0]) throw new Error("the healthy session does not read what it wrote");
    healthy.ok(OpCode.create, { path: "/healthy/e", data, acl: openAcl, flags: CreateMode.EPHEMERAL });
    healthy.ok(OpCode.delete, { path: "/healthy/e", version: -1 });
    healthy.call(OpCode.ping, {});
    const { server } = this.#host;
    if (!server.options.prep.digestEnabled) return;
    this.#nothing("the tree", treeInconsistencies(server.tree));
  }

  #takeBack(): void {
    for (const client of this.#clients) {
      this.#host.server.disconnected(client.connection);
      client.end();
    }
    this.#clients = [];
    this.#host.settle();
    for (let passedMs = 0; passedMs < 60_000; passedMs += 2000) {
      this.#host.advance(2000);
      this.#healthy.call(OpCode.ping, {});
    }
    this.#deleteAll();
    this.#healthy.take();
    const { server } = this.#host;
    const { tree, watches, outstanding } = server;
    const left = {
      connections: server.connections.size - 1,
      sessions: server.sessions.count - 1,
      timeouts: server.timeouts.size - 1,
      watches: watches.watchCount,
      "watched paths": watches.data.pathCount + watches.child.pathCount,
      // The healthy connection, whose watches have fired, still counts.
      watchers: watches.data.watcherCount + watches.child.watcherCount - 1,
      "requests in process": outstanding.inProcess,
      "requests queued": outstanding.queued,
      "bytes of large requests": server.largeRequests.bytes,
      "ephemeral nodes": tree.ephemeralsCount,
      proposals: server.outstandingProposals,
      nodes: tree.nodes.size - ownPaths.size,
      "connections counted": server.connections.limits.count - 1,
    };
    this.#nothing(
      "after all was taken back",
      Object.entries(left)
        .filter(([, count]) => count !== 0)
        .map(([what, count]) => `${count} ${what}`),
    );
  }

  #nothing(where: string, faults: readonly string[]): void {
    if (faults.length > 0) throw new Error(`${where}: ${faults.join("; ")}`);
  }

  #deleteAll(): void {
    const healthy = this.#healthy;
    const paths: string[] = [];
    const at = ["/"];
    for (let path = at.pop(); path !== undefined; path = at.pop()) {
      const children = healthy.ok(OpCode.getChildren, { path, watch: false }).children ?? [];
      for (const name of children) at.push(`${path === "/" ? "" : path}/${name}`);
      if (!ownPaths.has(path)) paths.push(path);
    }
    for (const path of paths.reverse()) healthy.ok(OpCode.delete, { path, version: -1 });
  }
}

function framed(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + frame.length);
  new DataView(bytes.buffer).setInt32(0, frame.length);
  bytes.set(frame, 4);
  return bytes;
}
