import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { authIdsMax, authIdUnitsMax } from "../../../../src/core/auth/authId.ts";
import type { CoreClient } from "../../../support/coreClient.ts";
import { CoreHarness } from "../../../support/coreHarness.ts";

describe("identities of one connection", () => {
  const digest = (client: CoreClient, text: string): number =>
    client.call(OpCode.auth, { type: 0, scheme: "digest", auth: new TextEncoder().encode(text) }).err;

  it("are kept once each, up to the limit, whose passing costs the connection", () => {
    const client = new CoreHarness().session();
    // The address is one of them.
    for (let i = 1; i < authIdsMax; i++) expect(digest(client, `user${i}:secret`)).to.equal(ErrorCode.OK);
    expect(digest(client, "user1:secret")).to.equal(ErrorCode.OK);
    expect(client.connection.authIds).to.have.length(authIdsMax);
    expect(digest(client, "one:toomany")).to.equal(ErrorCode.AUTHFAILED);
    expect(client.closed).to.equal(true);
  });

  it("are bounded in length too", () => {
    const client = new CoreHarness().session();
    const name = "n".repeat(1_000_000);
    const fitting = Math.floor(authIdUnitsMax / (name.length + 40));
    for (let i = 0; i < fitting; i++) expect(digest(client, `${i}${name}:x`)).to.equal(ErrorCode.OK);
    expect(digest(client, `${name}:x`)).to.equal(ErrorCode.AUTHFAILED);
    expect(client.closed).to.equal(true);
  });
});
