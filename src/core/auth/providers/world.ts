import type { ACL } from "../../../../protocol/records/client.ts";

/** Whether an entry is world:anyone, which needs no provider: `world` is no scheme to authenticate with. */
export function isWorldAnyone(entry: ACL): boolean {
  return entry.id.id === "anyone" && entry.id.scheme === "world";
}
