import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { javaRandomBytes, sessionPassword } from "../../../../src/core/java/javaRandom.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("javaRandomBytes", () => {
  // Printed by Java 17; 19 bytes end in the middle of a word.
  const recorded: [bigint, string][] = [
    [0n, "60b420bb3851d9d47acb933dbe70399b"],
    [1n, "73d51abbd89cb8196f0efb6892f94d68fccc2c"],
    [-1n, "b36cd944c3228770172024039eff4b8c"],
    [42n, "359d41baf78afe0de1bbe7ae28c0450ce43c08"],
    [0x7fffffffffffffffn, "b36cd944c3228770172024039eff4b8c"],
    [-0x8000000000000000n, "60b420bb3851d9d47acb933dbe70399bf6c92d"],
    [0xb3415c00n, "f22acd4a97e69d6d20a49bb638eadb38"],
    [123456789012345n, "9d274dab494c8a84079a34dd580af19b9adfad"],
  ];
  for (const [seed, bytes] of recorded) {
    it(`of seed ${seed}`, () => expect(hex(javaRandomBytes(seed, bytes.length / 2))).to.equal(bytes));
  }

  it("gives no bytes for none", () => expect(javaRandomBytes(7n, 0).length).to.equal(0));
});

describe("sessionPassword", () => {
  it("is the one that Apache handed out with each session of the recordings", () => {
    const folder = new URL("../../../golden/wire/", import.meta.url);
    let count = 0;
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".jsonl"))) {
      for (const line of readFileSync(new URL(file, folder), "utf8").split("\n")) {
        if (!line.includes('"ConnectResponse')) continue;
        const { dir, hex: text } = JSON.parse(line) as { dir: string; hex: string };
        const bytes = Buffer.from(text, "hex");
        // Length, protocol version, timeout, session id, 16 as length of the password.
        if (dir !== "s2c" || bytes.length < 40 || bytes.readInt32BE(20) !== 16) continue;
        const sessionId = bytes.readBigInt64BE(12);
        if (sessionId === 0n) continue;
        expect(hex(sessionPassword(sessionId)), `${file}: ${text}`).to.equal(text.slice(48, 80));
        count++;
      }
    }
    expect(count).to.be.above(100);
  });
});
