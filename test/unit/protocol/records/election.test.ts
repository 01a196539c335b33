import { expect } from "chai";
import { JuteWriter } from "../../../../protocol/jute/writer.ts";
import { InitialMessage, Notification } from "../../../../protocol/records/election.ts";
import { fromHex, roundTrip, same } from "../roundTrip.ts";

describe("election messages", () => {
  const initial = (length: number) => {
    const writer = new JuteWriter();
    writer.writeLong(-65536n);
    writer.writeLong(3n);
    writer.writeInt(length);
    writer.writeText("a".repeat(Math.max(length, 0)));
    return writer.copy();
  };
  const notification = (size: number, write: (writer: JuteWriter) => void = () => undefined) => {
    const writer = new JuteWriter();
    writer.writeInt(2);
    for (const value of [3n, 0x500000007n, 9n, 6n]) writer.writeLong(value);
    write(writer);
    return writer.copy().subarray(0, size);
  };
  const vote = { state: 2, leader: 3n, zxid: 0x500000007n, electionEpoch: 9n };

  it("read a first number that is not negative as the sid of a server before 3.5", () => {
    const old = { protocolVersion: null, sid: 7n, addresses: null };
    expect(InitialMessage.decode(fromHex("0000000000000007"))).to.deep.equal(old);
    expect(roundTrip(fromHex("0000000000000007"), [InitialMessage])).to.equal(same);
  });

  it("refuse unknown versions and lengths outside 1..2048", () => {
    expect(roundTrip(fromHex("fffffffffffefffe"), [InitialMessage])).to.equal(
      "VALUE InitialMessage.protocolVersion at 0",
    );
    for (const length of [-1, 0, 2049]) {
      expect(roundTrip(initial(length), [InitialMessage])).to.equal("LENGTH InitialMessage.addresses at 16");
    }
    for (const length of [1, 2048]) expect(roundTrip(initial(length), [InitialMessage])).to.equal(same);
    expect(roundTrip(initial(9).subarray(0, 28), [InitialMessage])).to.match(/^EOF InitialMessage/);
  });

  it("take the epoch from the zxid in a vote of 28 bytes", () => {
    expect(Notification.decode(notification(28))).to.deep.equal({
      ...vote,
      peerEpoch: 5n,
      version: 0,
      config: "",
    });
  });

  it("give a vote of 40 bytes version 0, whatever it says", () => {
    const bytes = notification(40, (writer) => writer.writeInt(1));
    expect(Notification.decode(bytes)).to.deep.equal({ ...vote, peerEpoch: 6n, version: 0, config: "" });
    expect(Notification.encode(Notification.decode(bytes))).to.have.length(40);
  });

  it("drop what is shorter, and what lies between", () => {
    for (const size of [0, 27, 29, 36, 39]) {
      const bytes = notification(size, (writer) => writer.writeInt(1));
      expect(roundTrip(bytes, [Notification]), `${size} bytes`).to.match(/^EOF Notification/);
    }
  });

  it("refuse a config length that is negative or goes past the end", () => {
    const withLength = (length: number) =>
      notification(60, (writer) => {
        writer.writeInt(2);
        writer.writeInt(length);
        writer.writeText("server.1");
      });
    expect(roundTrip(withLength(-1), [Notification])).to.equal("LENGTH Notification.config at 40");
    expect(roundTrip(withLength(9), [Notification])).to.equal("EOF Notification at 44");
    expect(roundTrip(withLength(0x7fffffff), [Notification])).to.equal("EOF Notification at 44");
    expect(roundTrip(withLength(8), [Notification])).to.equal(same);
  });
});
