import { expect } from "chai";
import { execFileSync } from "node:child_process";
import process from "node:process";

/** The zone of a process is fixed when it starts, so each case needs one of its own. */
function dateTextIn(zone: string, timeMs: number): string {
  const file = new URL("../../../../src/shell/fourLetter/javaDateText.ts", import.meta.url).href;
  const script = `import(${JSON.stringify(file)}).then((m) => process.stdout.write(m.javaDateText(${timeMs})))`;
  return execFileSync(process.execPath, ["--import", "tsx", "-e", script], {
    env: { ...process.env, TZ: zone },
  }).toString();
}

describe("javaDateText", () => {
  const november = Date.UTC(2026, 10, 22, 23, 2, 5);
  const july = Date.UTC(2026, 6, 1, 12, 0, 0);
  // Java 17's `new Date(ms).toString()` under the same TZ.
  const cases: [zone: string, timeMs: number, text: string][] = [
    ["UTC", november, "Sun Nov 22 23:02:05 UTC 2026"],
    ["Europe/Berlin", november, "Mon Nov 23 00:02:05 CET 2026"],
    ["Europe/Berlin", july, "Wed Jul 01 14:00:00 CEST 2026"],
    ["America/Los_Angeles", july, "Wed Jul 01 05:00:00 PDT 2026"],
    ["Asia/Tokyo", july, "Wed Jul 01 21:00:00 JST 2026"],
    ["Asia/Kolkata", july, "Wed Jul 01 17:30:00 IST 2026"],
  ];
  for (const [zone, timeMs, text] of cases) {
    it(`${zone}: ${text}`, () => {
      expect(dateTextIn(zone, timeMs)).to.equal(text);
    });
  }
});
