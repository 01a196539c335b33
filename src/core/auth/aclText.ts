import type { ACL } from "../../../protocol/records/client.ts";
import { Perms } from "../../../protocol/flags.ts";

const letters: readonly (readonly [number, string])[] = [
  [Perms.CREATE, "c"],
  [Perms.DELETE, "d"],
  [Perms.READ, "r"],
  [Perms.WRITE, "w"],
  [Perms.ADMIN, "a"],
];

/** Letters of the set bits, in Apache's order `cdrwa`; bits without a letter are left out. */
export function permsText(perms: number): string {
  let text = "";
  for (const [bit, letter] of letters) if ((perms & bit) !== 0) text += letter;
  return text;
}

/** A list as the audit log shows it (ZKUtil.aclToString): `scheme:id:perms` without anything between entries. */
export function aclText(acl: readonly ACL[]): string {
  return acl.map(({ perms, id }) => `${id.scheme}:${id.id}:${permsText(perms)}`).join("");
}
