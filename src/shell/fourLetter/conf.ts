import type { ServerView } from "../../core/stats/serverView.ts";

/** `conf`: the settings in effect, and in an ensemble its own and the membership, which ends without a line end. */
export function conf(view: ServerView): string {
  const settings = view.conf();
  const lines = [
    `clientPort=${settings.clientPort}`,
    `secureClientPort=${settings.secureClientPort}`,
    `dataDir=${settings.dataDir}`,
    `dataDirSize=${view.dataDirSize()}`,
    `dataLogDir=${settings.dataLogDir}`,
    `dataLogSize=${view.logDirSize()}`,
    `tickTime=${settings.tickTime}`,
    `maxClientCnxns=${settings.maxClientCnxns}`,
    `minSessionTimeout=${settings.minSessionTimeout}`,
    `maxSessionTimeout=${settings.maxSessionTimeout}`,
    `clientPortListenBacklog=${settings.clientPortListenBacklog}`,
    `serverId=${settings.serverId}`,
  ];
  const { quorum } = settings;
  if (quorum === null) return `${lines.join("\n")}\n`;
  lines.push(
    `initLimit=${quorum.initLimit}`,
    `syncLimit=${quorum.syncLimit}`,
    `electionAlg=${quorum.electionAlg}`,
    `electionPort=${quorum.electionPorts.join("|")}`,
    `quorumPort=${quorum.quorumPorts.join("|")}`,
    `peerType=${quorum.peerType}`,
  );
  if (quorum.membership === null) return `${lines.join("\n")}\n`;
  lines.push("membership: ", quorum.membership);
  return lines.join("\n");
}
