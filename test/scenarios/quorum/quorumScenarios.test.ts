import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { formatScenario, parseScenario } from "../scenarioFile.ts";
import { ChoiceRun } from "./choiceRun.ts";
import { ElectionRun } from "./electionRun.ts";
import { LearnerRun } from "./learnerRun.ts";

const folder = new URL("./", import.meta.url);
const rewrite = process.env["REWRITE"] === "1";
const runs = {
  election: () => new ElectionRun(),
  choice: () => new ChoiceRun(),
  learner: () => new LearnerRun(),
} as const;

describe("scenarios of several servers", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));

  it("are there", () =>
    expect(files).to.include.members(["election.txt", "choice.txt", "learner-trunc.txt"]));

  for (const file of files) {
    it(file, () => {
      const url = new URL(file, folder);
      const steps = parseScenario(readFileSync(url, "utf8"));
      const kind = Object.keys(runs).find((name): name is keyof typeof runs => file.startsWith(name));
      if (kind === undefined) throw new Error(`${file} begins with none of ${Object.keys(runs).join(", ")}`);
      const run = runs[kind]();
      const reactions = steps.map(({ command }) => run.run(command.split(" ")).join("\n"));
      if (rewrite) writeFileSync(url, formatScenario(steps, reactions));
      else
        steps.forEach(({ command, expected }, i) => {
          expect(reactions[i], `step ${i + 1} of ${steps.length}: ${command}`).to.equal(expected);
        });
    });
  }
});
