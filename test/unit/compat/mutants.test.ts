import { expect } from "chai";
import { transform } from "esbuild";
import { findMutant, patchedSources } from "../../../compat/diff/mutants/buildMutant.ts";
import { mutants } from "../../../compat/diff/mutants/mutants.ts";

describe("mutants of the fuzzer", () => {
  it("are the fourteen of issue 4, each under a name of its own", () => {
    expect(new Set(mutants.map(({ name }) => name)).size).to.equal(14);
  });

  for (const mutant of mutants) {
    it(`${mutant.name} fits the source and can be compiled`, async () => {
      for (const [path, source] of patchedSources(mutant)) {
        const { warnings } = await transform(source, { loader: "ts", sourcefile: path });
        expect(warnings).to.deep.equal([]);
      }
    });
  }

  it("refuse a source that has moved on", () => {
    const patch = { file: "src/core/requests/reads.ts", find: "nowhere in that file", replace: "" };
    const mutant = { name: "lost", fault: "", patches: [patch] };
    expect(() => patchedSources(mutant)).to.throw("mutant lost: its text stands 0 times");
    expect(() => findMutant("unheard-of")).to.throw("no mutant is called unheard-of; there are create-keeps");
  });
});
