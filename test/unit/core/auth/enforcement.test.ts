import { expect } from "chai";
import { OpCode } from "../../../../protocol/opcodes.ts";
import {
  type AuthSettings,
  defaultAuthSettings,
  splitAtCommas,
} from "../../../../src/core/auth/authSettings.ts";
import { AuthEnforcement } from "../../../../src/core/auth/enforcement.ts";

const available = (scheme: string): boolean => ["ip", "digest", "sasl"].includes(scheme);
const enforcement = (settings: Partial<AuthSettings>): AuthEnforcement =>
  new AuthEnforcement({ ...defaultAuthSettings, ...settings }, available);
const ip = { scheme: "ip", id: "::1" };
const digest = { scheme: "digest", id: "a:b" };

describe("AuthEnforcement", () => {
  it("refuses nothing when off, whatever the schemes are", () => {
    const off = enforcement({ enforceAuthSchemes: ["foo"] });
    expect(off.refuses(OpCode.create, [])).to.equal(false);
    expect(off.saslRequired).to.equal(false);
  });

  it("refuses all but auth and sasl until an id of a listed scheme is there", () => {
    const on = enforcement({ enforceAuthEnabled: true, enforceAuthSchemes: ["sasl", "digest"] });
    for (const opcode of [OpCode.create, OpCode.ping, OpCode.closeSession, 12345]) {
      expect(on.refuses(opcode, [ip]), String(opcode)).to.equal(true);
      expect(on.refuses(opcode, [ip, digest]), String(opcode)).to.equal(false);
    }
    expect(on.refuses(OpCode.auth, [ip])).to.equal(false);
    expect(on.refuses(OpCode.sasl, [ip])).to.equal(false);
    expect(on.saslRequired).to.equal(true);
  });

  it("lets an address pass if ip is listed", () => {
    expect(enforcement({ enforceAuthEnabled: true, enforceAuthSchemes: ["ip"] }).refuses(1, [ip])).to.equal(
      false,
    );
  });

  it("lets sessionRequireClientSASLAuth win over the others", () => {
    const on = enforcement({
      sessionRequireClientSASLAuth: true,
      enforceAuthEnabled: true,
      enforceAuthSchemes: ["digest"],
    });
    expect(on.refuses(1, [digest])).to.equal(true);
    expect(on.saslRequired).to.equal(true);
  });

  it("refuses settings without a scheme or with one that is missing", () => {
    expect(() => enforcement({ enforceAuthEnabled: true })).to.throw(/enforce\.auth\.schemes is not set/);
    expect(() => enforcement({ enforceAuthEnabled: true, enforceAuthSchemes: ["ip", "foo"] })).to.throw(
      /enforce\.auth\.schemes.*"foo"/,
    );
    const noSasl = { ...defaultAuthSettings, sessionRequireClientSASLAuth: true };
    expect(() => new AuthEnforcement(noSasl, () => false)).to.throw(/sessionRequireClientSASLAuth.*"sasl"/);
  });

  it("splits lists as Java does", () => {
    expect(splitAtCommas(" a, b ")).to.deep.equal(["a", "b"]);
    expect(splitAtCommas("a,,")).to.deep.equal(["a"]);
    expect(splitAtCommas(",a")).to.deep.equal(["", "a"]);
    expect(splitAtCommas(",")).to.deep.equal([]);
    expect(splitAtCommas("")).to.deep.equal([""]);
  });
});
