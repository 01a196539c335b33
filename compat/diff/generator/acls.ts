import { createHash } from "node:crypto";
import type { AclEntry, AclText } from "../steps.ts";
import { pick, pickWeighted } from "./choose.ts";
import { openAcl } from "./model.ts";
import type { Sequence } from "./sequence.ts";

/** Digest users, as auth sends them. */
export const users = ["anna:1", "ben:2"];

/** The id that a digest user has in ACL lists. */
export function digestId(user: string): string {
  return `${user.split(":")[0]}:${createHash("sha1").update(user).digest("base64")}`;
}

const world = (perms: number): AclEntry => ({ perms, scheme: "world", id: "anyone" });
const digest = (user: string, perms: number): AclEntry => ({ perms, scheme: "digest", id: digestId(user) });
const ip = (perms: number, id: string): AclEntry => ({ perms, scheme: "ip", id });

const good: readonly (readonly AclEntry[])[] = [
  [world(1)],
  [world(27)],
  [world(23)],
  [world(30)],
  [world(15)],
  [world(0)],
  [digest(users[0], 31)],
  [digest(users[1], 31), world(1)],
  [digest(users[0], 3), digest(users[1], 12), world(16)],
  [{ perms: 31, scheme: "auth", id: "" }],
  [{ perms: 31, scheme: "auth", id: "" }, world(1)],
  [ip(31, "127.0.0.1")],
  [ip(31, "127.0.0.0/8"), digest(users[0], 1)],
  [ip(31, "10.0.0.1"), world(5)],
  [world(1), world(1), world(2), world(1)],
  [world(-1)],
  [world(64), world(31)],
];

const bad: readonly AclText[] = [
  null,
  [],
  [{ perms: 31, scheme: "world", id: "someone" }],
  [{ perms: 31, scheme: "none", id: "x" }],
  [{ perms: 31, scheme: null, id: "x" }],
  [{ perms: 31, scheme: "world", id: null }],
  [{ perms: 31, scheme: "digest", id: null }],
  [{ perms: 31, scheme: "digest", id: "a:b:c" }],
  [{ perms: 31, scheme: "digest", id: "a:" }],
  [{ perms: 31, scheme: "digest", id: ":b" }],
  [{ perms: 31, scheme: "ip", id: "localhost" }],
  [{ perms: 31, scheme: "ip", id: "127.0.0.1/33" }],
  [{ perms: 31, scheme: "ip", id: "::1/64" }],
  [{ perms: 31, scheme: "super", id: "" }],
  [{ perms: 31, scheme: "sasl", id: "bob" }],
  [world(31), { perms: 1, scheme: "x509", id: "CN=a" }],
];

/** Open to all as a rule; else one that some callers fail, or one that no server takes. */
export function anyAcl({ random }: Sequence, open = 0.8): AclText {
  if (random.chance(open)) return openAcl;
  return pickWeighted<() => AclText>(random, [
    [6, () => pick(random, good)],
    [1, () => pick(random, bad)],
  ])();
}
