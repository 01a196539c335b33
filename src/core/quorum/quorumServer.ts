import { QuorumConfigError } from "./quorumConfigError.ts";

/** One place where a server can be reached by the others: a host with the port of its leader and that of its votes. */
export interface ServerAddress {
  readonly host: string;
  readonly quorumPort: number;
  readonly electionPort: number;
}

export interface ClientAddress {
  readonly host: string;
  readonly port: number;
}

/** A member of the ensemble, as a line server.N names it. */
export interface QuorumServer {
  readonly sid: bigint;
  /** One or more, in the order of Apache's texts: by host. */
  readonly addresses: readonly ServerAddress[];
  readonly isParticipant: boolean;
  /** Null where it stands in the config file of the server alone. */
  readonly clientAddress: ClientAddress | null;
}

const shape = "host:quorumPort:electionPort[:participant|:observer][;[clientHost:]clientPort]";
const portMax = 65535;

/**
 * Reads the value of a line server.N (QuorumPeer.QuorumServer of Apache 3.9.5). Several addresses stand beside each
 * other with `|` in between, an IPv6 host stands in brackets. Throws QuorumConfigError.
 */
export function parseQuorumServer(sid: bigint, text: string): QuorumServer {
  const fail = (what: string): never => {
    throw new QuorumConfigError(`server.${sid}=${text}: ${what}; write ${shape}`);
  };
  const [servers, client, ...more] = javaSplit(text, ";");
  if (more.length > 0) return fail("more than one ';'");
  const addresses: ServerAddress[] = [];
  let role: boolean | null = null;
  for (const address of javaSplit(servers ?? "", "|")) {
    const parts = hostAndPorts(address) ?? fail(`'${address}' has an IPv6 host that does not end in ']:'`);
    if (parts.length < 3 || parts.length > 4) return fail(`'${address}' has ${parts.length} parts`);
    const [host, quorum, election, type] = parts;
    const quorumPort = portOf(quorum) ?? fail(`'${quorum}' is no port`);
    const electionPort = portOf(election) ?? fail(`'${election}' is no port`);
    if (quorumPort === electionPort) return fail(`both ports are ${quorumPort}, they must differ`);
    addresses.push({ host, quorumPort, electionPort });
    if (type === undefined) continue;
    const isParticipant = roleOf(type) ?? fail(`'${type}' is neither participant nor observer`);
    if (role !== null && role !== isParticipant) return fail("its addresses name different roles");
    role = isParticipant;
  }
  if (addresses.length === 0) return fail("no address");
  const clientAddress = client === undefined ? null : clientOf(client, fail);
  return { sid, addresses: sortedByHost(addresses), isParticipant: role ?? true, clientAddress };
}

/** The member as Apache writes it behind `server.N=`. */
export function quorumServerText({ addresses, isParticipant, clientAddress }: QuorumServer): string {
  const places = addresses.map(
    ({ host, quorumPort, electionPort }) => `${delimited(host)}:${quorumPort}:${electionPort}`,
  );
  const client = clientAddress === null ? "" : `;${delimited(clientAddress.host)}:${clientAddress.port}`;
  return `${places.join("|")}:${isParticipant ? "participant" : "observer"}${client}`;
}

/** Whether both are reached at the same places by the other servers of the ensemble. */
export function hasQuorumAddressesOf(one: QuorumServer, other: QuorumServer): boolean {
  const placesOf = ({ addresses }: QuorumServer): string =>
    addresses.map(({ host, quorumPort }) => `${host}:${quorumPort}`).join("|");
  return placesOf(one) === placesOf(other);
}

/**
 * An address that both would listen on, for a message; null without one. The loopback and the wildcard are on every
 * machine, so that they say nothing (QuorumServer.checkAddressDuplicate).
 */
export function sharedAddress(one: QuorumServer, other: QuorumServer): string | null {
  const taken = new Set(placesOf(other));
  return placesOf(one).find((place) => taken.has(place)) ?? null;
}

function placesOf({ addresses, clientAddress }: QuorumServer): string[] {
  const places = addresses.flatMap(({ host, quorumPort, electionPort }) => [
    { host, port: quorumPort },
    { host, port: electionPort },
  ]);
  if (clientAddress !== null) places.push(clientAddress);
  return places
    .filter(({ host }) => !isEverywhere(host))
    .map(({ host, port }) => `${delimited(host)}:${port}`);
}

function isEverywhere(host: string): boolean {
  return /^(localhost|127\.[\d.]+|0\.0\.0\.0|::1?|0:0:0:0:0:0:0:[01])$/i.test(host);
}

function clientOf(text: string, fail: (what: string) => never): ClientAddress {
  const parts = hostAndPorts(text) ?? fail(`'${text}' has an IPv6 host that does not end in ']:'`);
  if (parts.length > 2 || parts.length === 0) return fail(`'${text}' is no client address`);
  const port = portOf(parts[parts.length - 1]) ?? fail(`'${parts[parts.length - 1]}' is no port`);
  return { host: parts.length === 2 ? parts[0] : "0.0.0.0", port };
}

/** By host, as the texts of all versions since 3.6 have them; what has one host stays as it came. */
function sortedByHost(addresses: readonly ServerAddress[]): ServerAddress[] {
  return [...addresses].sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));
}

/** Host and what follows it; null for a bracket that nothing closes, or that something else follows. */
function hostAndPorts(text: string): string[] | null {
  if (!text.startsWith("[")) return javaSplit(text, ":");
  const end = text.indexOf("]");
  if (end < 0) return null;
  const host = text.slice(1, end);
  const rest = text.slice(end + 1);
  if (rest === "") return [host];
  return rest.startsWith(":") ? [host, ...javaSplit(rest.slice(1), ":")] : null;
}

/** Java's String.split: what is empty at the end is left out. */
function javaSplit(text: string, separator: string): string[] {
  const parts = text.split(separator);
  while (parts.length > 1 && parts[parts.length - 1] === "") parts.pop();
  return parts;
}

function portOf(text: string): number | null {
  if (!/^\+?\d{1,9}$/.test(text)) return null;
  const port = Number(text);
  return port <= portMax ? port : null;
}

function roleOf(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  return word === "participant" ? true : word === "observer" ? false : null;
}

function delimited(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
