import { expect } from "chai";
import { loadConfig } from "../../../../src/shell/config/config.ts";

describe("keys of surfaces that are not built yet", () => {
  for (const key of ["admin.serverPort=8081", "metricsProvider.httpPort=7001", "audit.enable=true"]) {
    it(`${key}, alone, is accepted with a warning that names it`, () => {
      const [name, value] = key.split("=");
      const { warnings } = loadConfig({ keys: { [name]: value }, overrides: { port: "0", memory: true } });
      expect(warnings.filter((text) => text.includes("not built yet") && text.includes(name))).to.have.length(
        1,
      );
    });
  }

  it("naming a provider that exports nothing warns of nothing", () => {
    const className = "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider";
    const keys = { "metricsProvider.className": className };
    const { warnings } = loadConfig({ keys, overrides: { port: "0", memory: true } });
    expect(warnings.filter((text) => text.includes("metricsProvider"))).to.deep.equal([]);
  });
});
