import { expect } from "chai";
import { parseCommand } from "../../../../src/shell/cli/command.ts";

describe("parseCommand", () => {
  const cases: [string, unknown][] = [
    ["", { kind: "serve", positional: [], options: {}, defines: [] }],
    ["zoo.cfg", { kind: "serve", positional: ["zoo.cfg"], options: {}, defines: [] }],
    ["2181 /d 2000 5", { kind: "serve", positional: ["2181", "/d", "2000", "5"], options: {}, defines: [] }],
    ["-Da=1 zoo.cfg -Db", { kind: "serve", positional: ["zoo.cfg"], options: {}, defines: ["-Da=1", "-Db"] }],
    [
      "--port 0 -Da=1 --memory",
      { kind: "serve", positional: [], options: { port: "0", memory: true }, defines: ["-Da=1"] },
    ],
    [
      "zoo.cfg --check-config",
      { kind: "serve", positional: ["zoo.cfg"], options: { checkConfig: true }, defines: [] },
    ],
    [
      "--print-config --host ::1 --data-dir /d --log-level warn",
      {
        kind: "serve",
        positional: [],
        options: { printConfig: true, host: "::1", dataDir: "/d", logLevel: "warn" },
        defines: [],
      },
    ],
    ["-- -Da=1", { kind: "serve", positional: ["-Da=1"], options: {}, defines: [] }],
    ["txnlog a b --json", { kind: "txnlog", files: ["a", "b"], json: true }],
    ["snapshot a", { kind: "snapshot", files: ["a"], json: false }],
  ];
  for (const [line, expected] of cases) {
    it(JSON.stringify(line), async () => {
      expect(await parseCommand(line === "" ? [] : line.split(" "))).to.deep.equal(expected);
    });
  }
});
