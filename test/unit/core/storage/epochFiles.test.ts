import { expect } from "chai";
import { zxidOf } from "../../../../protocol/longs.ts";
import { loadEpochs, writeEpoch } from "../../../../src/core/storage/epochFiles.ts";
import { SimulatedDisk } from "../../../simulation/simulatedDisk.ts";
import { SeededRandom } from "../../../simulation/random.ts";

const folder = "/data/version-2";

async function disk(accepted: number | null, current: number | null): Promise<SimulatedDisk> {
  const made = new SimulatedDisk();
  await made.makeDirectory(folder);
  if (accepted !== null) await writeEpoch(made, folder, "accepted", accepted);
  if (current !== null) await writeEpoch(made, folder, "current", current);
  return made;
}

async function refusal(made: SimulatedDisk, lastZxid: bigint): Promise<string> {
  try {
    await loadEpochs(made, folder, lastZxid);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("nothing was refused");
}

describe("the epochs of a member", () => {
  it("are what was written, also after a crash at any moment", async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const made = await disk(3, 2);
      const after = made.crash(new SeededRandom(seed));
      expect(await loadEpochs(after, folder, zxidOf(2, 9))).to.deep.equal({ accepted: 3, current: 2 });
    }
  });

  it("follow from the newest transaction where a server was alone before", async () => {
    const made = await disk(null, null);
    expect(await loadEpochs(made, folder, zxidOf(4, 1))).to.deep.equal({ accepted: 4, current: 4 });
    expect(await loadEpochs(made, folder, zxidOf(4, 1))).to.deep.equal({ accepted: 4, current: 4 });
  });

  it("catch up with transactions of a leader whose epoch was accepted and not noted yet", async () => {
    const made = await disk(3, 2);
    expect(await loadEpochs(made, folder, zxidOf(3, 74))).to.deep.equal({ accepted: 3, current: 3 });
    expect(await loadEpochs(made, folder, zxidOf(3, 74))).to.deep.equal({ accepted: 3, current: 3 });
  });

  it("refuse the start where they contradict the data or each other, or are none", async () => {
    expect(await refusal(await disk(2, 2), zxidOf(3, 1))).to.match(
      /acceptedEpoch says 2, and the newest transaction/,
    );
    expect(await refusal(await disk(2, 3), zxidOf(2, 1))).to.match(/currentEpoch says 3, and acceptedEpoch/);
    const bad = await disk(2, 2);
    const file = await bad.open(`${folder}/currentEpoch`, "w");
    await new Promise((done) => file.write(Uint8Array.of(0x78, 0x79), 0, done));
    expect(await refusal(bad, 0n)).to.match(/currentEpoch holds "xy", which is no epoch/);
  });
});
