import { ErrorCode } from "../../../protocol/errors.ts";
import { Perms } from "../../../protocol/flags.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { ReconfigRequest } from "../../../protocol/records/client.ts";
import { binsOfCopy } from "../java/javaMapOrder.ts";
import { configPath } from "../paths/paths.ts";
import type { PrepContext, PrepResult, WriteRequest } from "../prep/prepContext.ts";
import { QuorumConfig } from "../quorum/quorumConfig.ts";
import { QuorumConfigError } from "../quorum/quorumConfigError.ts";
import { parseQuorumServer, sharedAddress, type QuorumServer } from "../quorum/quorumServer.ts";
import { StatOffset, writeInt32, writeInt64 } from "../tree/statLayout.ts";

/**
 * reconfig: other members, other roles or addresses. The transaction carries the whole new configuration, whose version
 * is its own zxid; it is refused where a quorum of the new voters is not in sync, which would stop the ensemble
 * (PrepRequestProcessor of Apache 3.9.5, in its order; peer.md section 8.1).
 */
export function prepareReconfig(
  context: PrepContext,
  request: WriteRequest,
  asked: ReconfigRequest,
): PrepResult {
  const { ensemble, settings } = context;
  if (!settings.reconfigEnabled) return ErrorCode.RECONFIGDISABLED;
  if (request.sessionError !== 0) return request.sessionError as ErrorCode;
  // A server alone has no membership to change (client.md section 7).
  if (ensemble === null) return ErrorCode.UNIMPLEMENTED;
  const { committed, lastSeen } = ensemble;
  if (lastSeen.version !== committed.version) return ErrorCode.RECONFIGINPROGRESS;
  if (asked.curConfigId !== -1n && asked.curConfigId !== lastSeen.version) return ErrorCode.BADVERSION;
  const next = nextConfig(lastSeen, asked, request.zxid);
  if (!(next instanceof QuorumConfig)) return next;
  if (next.votingMembers.size < ensemble.votersMin) return ErrorCode.BADARGUMENTS;
  if (!ensemble.isSynced(next)) return ErrorCode.NEWCONFIGNOQUORUM;
  const node = context.changes.find(configPath);
  if (node === null) return ErrorCode.NONODE;
  if (!context.allows(node.acl, Perms.WRITE, request.authIds)) return ErrorCode.NOAUTH;
  const text = new JuteWriter(next.text.length);
  text.writeText(next.text);
  const data = text.copy();
  const changed = node.copyFor(request.zxid);
  context.changes.setData(changed, data);
  if (changed.stat !== null) {
    writeInt32(changed.stat, StatOffset.version, -1);
    writeInt64(changed.stat, StatOffset.mtime, request.time);
    writeInt64(changed.stat, StatOffset.mzxid, request.zxid);
  }
  context.changes.update(changed, node.digest);
  return { type: OpCode.reconfig, record: { path: configPath, data, version: -1 } };
}

/** The configuration that is asked for; an error code where that makes no sense. */
function nextConfig(before: QuorumConfig, asked: ReconfigRequest, zxid: bigint): QuorumConfig | ErrorCode {
  try {
    return asked.newMembers === null ? changed(before, asked, zxid) : whole(asked.newMembers, zxid);
  } catch (error) {
    if (error instanceof QuorumConfigError) return ErrorCode.BADARGUMENTS;
    throw error;
  }
}

/** All members anew; commas stand for ends of lines. */
function whole(members: string, zxid: bigint): QuorumConfig | ErrorCode {
  const lines = members.replaceAll(",", "\n").split("\n");
  const entries = lines.map((line) => line.trim()).filter((line) => line !== "" && !/^[#!]/.test(line));
  for (const entry of entries)
    if (!/^(server\.|group|weight|version\b)/.test(entry)) return ErrorCode.BADARGUMENTS;
  // Seen in Apache's source: a number that is none is no error of the argument but of the reading.
  if (entries.some((entry) => entry.startsWith("server.") && !/^server\.[+-]?\d+\s*[=:\s]/.test(entry)))
    return ErrorCode.MARSHALLINGERROR;
  return QuorumConfig.fromText(entries.join("\n")).withVersion(zxid);
}

/** Some leave, some join or change; with majority quorums alone. */
function changed(
  before: QuorumConfig,
  { leavingServers, joiningServers }: ReconfigRequest,
  zxid: bigint,
): QuorumConfig | ErrorCode {
  if (before.hierarchy !== null) return ErrorCode.BADARGUMENTS;
  const servers = new Map<bigint, QuorumServer>(before.servers);
  for (const word of wordsOf(leavingServers)) {
    if (!/^[+-]?\d+$/.test(word)) return ErrorCode.MARSHALLINGERROR;
    servers.delete(BigInt(word.replace("+", "")));
  }
  for (const word of wordsOf(joiningServers)) {
    const parts = word.split("=").map((part) => part.trim());
    if (parts.length !== 2) return ErrorCode.BADARGUMENTS;
    const number = parts[0].slice(parts[0].lastIndexOf(".") + 1);
    if (!/^[+-]?\d+$/.test(number)) return ErrorCode.MARSHALLINGERROR;
    const server = parseQuorumServer(BigInt(number.replace("+", "")), parts[1]);
    if (server.clientAddress === null) return ErrorCode.BADARGUMENTS;
    for (const other of servers.values())
      if (other.sid !== server.sid && sharedAddress(server, other) !== null) return ErrorCode.BADARGUMENTS;
    servers.delete(server.sid);
    servers.set(server.sid, server);
  }
  return new QuorumConfig(servers.values(), zxid, null, binsOfCopy(before.servers.size));
}

/** Between commas, without what is empty. */
function wordsOf(text: string | null): string[] {
  return (text ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
