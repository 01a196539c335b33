import { expect } from "chai";
import {
  globalOutstandingLimitShare,
  OutstandingRequests,
} from "../../../../src/core/throttle/outstandingRequests.ts";

describe("OutstandingRequests", () => {
  it("stops reading beyond the limit, and reads again once this connection has drained or the server has", () => {
    const requests = new OutstandingRequests(2);
    const connection = { outstandingCount: 0 };
    requests.inProcess = 2;
    expect(requests.received(connection, 1)).to.equal(false);
    requests.inProcess = 3;
    expect(requests.received(connection, 2)).to.equal(true);
    expect(requests.answered(connection, 1)).to.equal(false);
    expect(requests.answered(connection, 2)).to.equal(true);
    requests.received(connection, 3);
    requests.received(connection, 4);
    requests.inProcess = 2;
    expect(requests.answered(connection, 3)).to.equal(true);
    expect(connection.outstandingCount).to.equal(1);
  });

  it("looks at the throttle's queue as well", () => {
    const requests = new OutstandingRequests(2);
    requests.queued = 3;
    expect(requests.received({ outstandingCount: 0 }, 1)).to.equal(true);
  });

  it("does not count xids that are not positive", () => {
    const requests = new OutstandingRequests(0);
    requests.inProcess = 9;
    const connection = { outstandingCount: 0 };
    for (const xid of [0, -1, -2, -8, -2147483648]) {
      expect(requests.received(connection, xid)).to.equal(false);
      expect(requests.answered(connection, xid)).to.equal(false);
    }
    expect(connection.outstandingCount).to.equal(0);
  });

  it("shares the limit among the servers of an ensemble", () => {
    const shares = [1, 2, 3, 5, 8].map((quorumSize) => globalOutstandingLimitShare(1000, quorumSize));
    expect(shares).to.deep.equal([1000, 1000, 500, 250, 142]);
  });
});
