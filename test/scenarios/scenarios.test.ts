import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { formatScenario, parseScenario } from "./scenarioFile.ts";
import { ScenarioRun } from "./scenarioRun.ts";

const folder = new URL("./", import.meta.url);
const rewrite = process.env["REWRITE"] === "1";

describe("scenarios", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));

  it("are there", () => expect(files).to.include("sessions.txt"));

  for (const file of files) {
    it(file, () => {
      const url = new URL(file, folder);
      const steps = parseScenario(readFileSync(url, "utf8"));
      const run = new ScenarioRun();
      const reactions = steps.map(({ command }) => run.run(command));
      if (rewrite) writeFileSync(url, formatScenario(steps, reactions));
      else {
        steps.forEach(({ command, expected }, i) => {
          expect(reactions[i], `step ${i + 1} of ${steps.length}: ${command}`).to.equal(expected);
        });
      }
    });
  }
});
