import type { LoadedConfig } from "../config/config.ts";
import { knownKey } from "../config/keys.ts";
import type { ConfigNotice } from "../config/notices.ts";

/** One line a key: value in effect and, after a #, where it came from; secrets masked. */
export function printedConfig({ config }: LoadedConfig): string {
  const lines = [...config.source.effective].map(([name, { value, origin }]) => {
    const shown = knownKey(name).secret && value !== "" ? "******" : value;
    return `${name}=${shown}  # ${origin}\n`;
  });
  return lines.join("");
}

/** One line a notice, with its level in front. */
export function printedNotices(notices: readonly ConfigNotice[]): string {
  return notices.map(({ level, text }) => `${level}: ${text}\n`).join("");
}
