import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Place } from "../compat/ensemble/members.ts";
import { freePort } from "../compat/folders/launched.ts";

/** Three servers of a kind with usual settings, not launched yet; gone when the work is done. */
export async function withThreeServers(
  kind: string,
  work: (places: readonly Place[]) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "zabra-bench-three-"));
  const places = [1, 2, 3].map((sid) => new Place(folder, sid, kind));
  const keys: Record<string, string> = {
    tickTime: "2000",
    initLimit: "10",
    syncLimit: "5",
    snapCount: "100000",
    preAllocSize: "65536",
  };
  for (const { sid } of places) keys[`server.${sid}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
  for (const place of places) await place.prepare(keys);
  try {
    await work(places);
  } finally {
    for (const place of places) await place.server?.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Resolves when one leads and all the others serve. */
export async function leaderOf(places: readonly Place[]): Promise<Place> {
  for (;;) {
    const modes = await Promise.all(places.map((place) => place.mode()));
    const leader = modes.indexOf("leader");
    if (leader >= 0 && modes.every((mode) => mode !== "none")) return places[leader];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
