import { FOUR_LETTER_WORDS, TELNET_CLOSE } from "./words.ts";

/**
 * The words that may be asked, from `4lw.commands.whitelist`: a comma list, `*` in it for all, null when not set.
 * srvr is always among them since zkServer.sh needs it, isro in read-only mode since clients do (FourLetterCommands).
 * Names that are no words are kept and match nothing.
 */
export function parseWhitelist(list: string | null, readOnlyModeEnabled: boolean): ReadonlySet<string> {
  const names = (list ?? "").split(",").map((name) => name.trim());
  const enabled = new Set<string>(names.includes("*") ? [...FOUR_LETTER_WORDS, TELNET_CLOSE] : names);
  enabled.delete("");
  if (readOnlyModeEnabled) enabled.add("isro");
  enabled.add("srvr");
  return enabled;
}
