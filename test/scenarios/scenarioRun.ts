import { errorCodeName } from "../../protocol/errors.ts";
import { EventType } from "../../protocol/flags.ts";
import { JuteReader } from "../../protocol/jute/reader.ts";
import { OpCode, opCodeName } from "../../protocol/opcodes.ts";
import type { ACL, Stat } from "../../protocol/records/client.ts";
import type { MultiRequestOp, MultiResult } from "../../protocol/records/multi.ts";
import { TxnHeader } from "../../protocol/records/txn.ts";
import { type CoreClient, openAcl } from "../support/coreClient.ts";
import { CoreHarness } from "../support/coreHarness.ts";
import type { Received, Reply } from "../support/coreFrames.ts";

/** Carries out the commands of one scenario; see README.md for them. */
export class ScenarioRun {
  readonly #harness = new CoreHarness();
  readonly #clientByName = new Map<string, CoreClient>();
  /** Names of the clients that made the sessions. */
  readonly #nameBySession = new Map<bigint, string>();
  readonly #closedTold = new Set<CoreClient>();
  #appendsTold = 0;

  constructor() {
    this.#harness.autoLog = true;
  }

  /** One command; its reaction, lines without the last newline. */
  run(command: string): string {
    const [first, ...words] = command.split(" ");
    const lines: string[] = [];
    if (first === "disk") this.#harness.autoLog = words[0] === "auto";
    else if (first === "log") this.#harness.logged(BigInt(words[0]));
    else if (first === "advance") this.#harness.advance(Number(words[0]));
    else if (first === "sessions") lines.push(...this.#sessions());
    else this.#client(first, words);
    if (this.#harness.autoLog) this.#harness.settle();
    return [...lines, ...this.#reaction()].join("\n");
  }

  #client(name: string, [verb, ...words]: string[]): void {
    if (verb === "connect") return this.#connect(name, words);
    const client = this.#clientByName.get(name);
    if (client === undefined) throw new Error(`no client ${name}`);
    const [path = "", ...rest] = words;
    if (!this.#write(client, verb, path, rest) && !this.#read(client, verb, path, rest)) {
      throw new Error(`unknown command ${verb}`);
    }
  }

  #connect(name: string, words: string[]): void {
    const fields = new Map(words.map((word) => word.split("=", 2) as [string, string]));
    const address = fields.get("address");
    const client = this.#harness.accept(address === undefined ? {} : { remoteAddress: address });
    const other = this.#clientByName.get(fields.get("session") ?? "");
    this.#clientByName.set(name, client);
    client.connect({
      timeOut: Number(fields.get("timeout") ?? 10_000),
      lastZxidSeen: BigInt(fields.get("zxid") ?? 0),
      sessionId: other?.sessionId ?? 0n,
      passwd: other === undefined || fields.get("password") === "wrong" ? new Uint8Array(16) : other.passwd,
    });
  }

  /** False for a verb that is no write. */
  #write(client: CoreClient, verb: string, path: string, words: string[]): boolean {
    switch (verb) {
      case "create": {
        const modes = words.filter((word) => word in modeFlags);
        const data = encode(words.find((word) => !(word in modeFlags)) ?? "");
        const flags = modes.reduce((sum, mode) => sum + modeFlags[mode], 0);
        const type = flags === 4 ? OpCode.createContainer : OpCode.create;
        client.send(type, { path, data, acl: openAcl, flags });
        return true;
      }
      case "set":
        client.send(OpCode.setData, { path, data: encode(words[0]), version: Number(words[1] ?? -1) });
        return true;
      case "delete":
        client.send(OpCode.delete, { path, version: Number(words[0] ?? -1) });
        return true;
      case "acl":
        client.send(OpCode.setACL, { path, acl: aclOf(words[0]), version: -1 });
        return true;
      case "multi":
        client.send(OpCode.multi, [path, ...words].map(multiOp));
        return true;
      case "close":
        client.send(OpCode.closeSession, {});
        return true;
      case "drop":
        client.disconnect();
        return true;
      default:
        return false;
    }
  }

  #read(client: CoreClient, verb: string, path: string, words: string[]): boolean {
    const watch = words.includes("watch");
    switch (verb) {
      case "get":
        client.send(OpCode.getData, { path, watch });
        return true;
      case "exists":
        client.send(OpCode.exists, { path, watch });
        return true;
      case "children":
        client.send(OpCode.getChildren, { path, watch });
        return true;
      case "addWatch":
        client.send(OpCode.addWatch, { path, mode: words[0] === "recursive" ? 1 : 0 });
        return true;
      case "removeWatches":
        client.send(OpCode.removeWatches, { path, type: Number(words[0]) });
        return true;
      case "setWatches":
        client.send(OpCode.setWatches2, watchLists(path, words), -8);
        return true;
      case "sync":
        client.send(OpCode.sync, { path });
        return true;
      case "ping":
        client.send(OpCode.ping, {}, -2);
        return true;
      default:
        return false;
    }
  }

  #sessions(): string[] {
    const { timeouts, tree } = this.#harness.server;
    return [...timeouts].map(([id, timeoutMs]) => {
      const paths = tree.ephemeralsOf(id).sort().join(" ");
      return `${this.#nameBySession.get(id)} ${timeoutMs} ms${paths === "" ? "" : `, ${paths}`}`;
    });
  }

  #reaction(): string[] {
    const { log, clients } = this.#harness;
    const lines = log.slice(this.#appendsTold).map(({ zxid, body }) => {
      const { type } = TxnHeader.read(new JuteReader(body));
      return `append ${zxid} ${opCodeName(type)}`;
    });
    this.#appendsTold = log.length;
    for (const client of clients) {
      const name = this.#nameOf(client);
      for (const one of client.take()) lines.push(`${name} < ${this.#show(name, one)}`);
      if (client.closeReason === null || this.#closedTold.has(client)) continue;
      this.#closedTold.add(client);
      lines.push(`${name} is closed: ${client.closeReason}`);
    }
    return lines;
  }

  #nameOf(client: CoreClient): string {
    for (const [name, known] of this.#clientByName) if (known === client) return name;
    return `old connection ${client.number}`;
  }

  #show(name: string, one: Received): string {
    switch (one.kind) {
      case "connect": {
        const { sessionId, timeOut } = one.response;
        this.#clientByName.get(name)?.remember(one.response);
        if (sessionId === 0n) return "refused";
        if (!this.#nameBySession.has(sessionId)) this.#nameBySession.set(sessionId, name);
        return `connected to the session of ${this.#nameBySession.get(sessionId)}, ${timeOut} ms`;
      }
      case "event":
        return `${eventNames.get(one.type) ?? one.type} ${one.path} at ${one.zxid}`;
      case "reply":
        return `${opCodeName(one.type)} at ${one.zxid}: ${one.err === 0 ? showBody(one) : errorCodeName(one.err)}`;
    }
  }
}

const modeFlags: Record<string, number> = { ephemeral: 1, sequential: 2, container: 4 };
const eventNames = new Map<number, string>(Object.entries(EventType).map(([name, type]) => [type, name]));
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (data: Uint8Array | null): string =>
  JSON.stringify(data === null ? null : new TextDecoder().decode(data));

function aclOf(word: string): ACL[] {
  if (word === "open") return openAcl;
  if (word === "none") return [{ perms: 0, id: { scheme: "world", id: "anyone" } }];
  return [{ perms: 31, id: { scheme: "ip", id: word } }];
}

function multiOp(word: string): MultiRequestOp {
  const [verb, path] = word.split(":");
  if (verb === "create") return { type: OpCode.create, record: { path, data: null, acl: openAcl, flags: 0 } };
  if (verb === "delete") return { type: OpCode.delete, record: { path, version: -1 } };
  return { type: OpCode.check, record: { path, version: -1 } };
}

function watchLists(zxid: string, words: string[]) {
  const lists = new Map(words.map((word) => word.split("=", 2) as [string, string]));
  const list = (name: string): string[] => (lists.get(name) ?? "").split(",").filter((path) => path !== "");
  return {
    relativeZxid: BigInt(zxid),
    dataWatches: list("data"),
    existWatches: list("exist"),
    childWatches: list("child"),
    persistentWatches: list("persistent"),
    persistentRecursiveWatches: list("recursive"),
  };
}

const showStat = ({ version, cversion, numChildren }: Stat): string =>
  `version ${version}, cversion ${cversion}, ${numChildren} children`;

function showBody({ type, body }: Reply): string {
  if (type === OpCode.multi) return (body as MultiResult[]).map(showResult).join(", ");
  if (type === OpCode.sync || typeof body !== "object" || body === null) return "ok";
  const parts: string[] = [];
  if ("path" in body) parts.push(String(body.path));
  if ("data" in body) parts.push(decode(body.data as Uint8Array | null));
  if ("children" in body) parts.push(`[${(body.children as string[]).join(" ")}]`);
  if ("stat" in body) parts.push(showStat(body.stat as Stat));
  return parts.length === 0 ? "ok" : parts.join(", ");
}

function showResult({ type, record }: MultiResult): string {
  return "err" in record ? errorCodeName(record.err) : opCodeName(type);
}
