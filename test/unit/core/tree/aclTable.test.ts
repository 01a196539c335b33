import { expect } from "chai";
import { JuteReader } from "../../../../protocol/jute/reader.ts";
import { vector } from "../../../../protocol/jute/schema.ts";
import { JuteWriter } from "../../../../protocol/jute/writer.ts";
import type { ACL } from "../../../../protocol/records/client.ts";
import { AclEntry } from "../../../../protocol/records/snapshot.ts";
import { AclTable, openAclId } from "../../../../src/core/tree/aclTable.ts";

const list = (...perms: number[]): ACL[] =>
  perms.map((perm) => ({ perms: perm, id: { scheme: "ip", id: "::1" } }));

function written(table: AclTable): [bigint, ACL[] | null][] {
  const writer = new JuteWriter();
  table.write(writer);
  return (vector(AclEntry).read(new JuteReader(writer.view())) ?? []).map(({ id, acl }) => [id, acl]);
}

describe("AclTable", () => {
  it("keeps each list once, until its last use is gone", () => {
    const table = new AclTable();
    expect(table.use(list(1))).to.equal(1);
    expect(table.use(list(2))).to.equal(2);
    expect(table.use(list(1))).to.equal(1);
    table.release(1);
    expect(table.get(1)).to.deep.equal(list(1));
    table.release(1);
    expect(written(table)).to.deep.equal([[2n, list(2)]]);
    expect(table.use(list(1)), "a number is not used again").to.equal(3);
  });

  it("tells lists apart by order, perms, scheme and id", () => {
    const table = new AclTable();
    const base = list(1, 2);
    const others: ACL[][] = [
      list(2, 1),
      list(1),
      list(1, 2, 2),
      list(1, 3),
      [base[0], { perms: 2, id: { scheme: "i", id: "p::1" } }],
      [base[0], { perms: 2, id: { scheme: "ip", id: null } }],
      [],
    ];
    expect(new Set([base, ...others].map((acl) => table.use(acl))).size).to.equal(others.length + 1);
  });

  it("has the open list under a number of its own, which is not stored", () => {
    const table = new AclTable();
    expect(table.use(null)).to.equal(openAclId);
    table.release(openAclId);
    table.addUse(openAclId);
    expect(table.get(openAclId)).to.deep.equal([{ perms: 31, id: { scheme: "world", id: "anyone" } }]);
    expect(table.size).to.equal(0);
  });

  it("takes lists from a snapshot and drops those without a znode", () => {
    const table = new AclTable();
    table.load(4, list(4));
    table.load(9, list(9));
    table.load(2, null);
    table.addUse(4);
    table.purgeUnused();
    expect(written(table)).to.deep.equal([[4n, list(4)]]);
    expect(table.use(list(4))).to.equal(4);
    expect(table.use(list(9)), "numbers go on behind the highest").to.equal(10);
    table.release(4);
    expect(table.size).to.equal(2);
  });

  it("lets nobody in through a number that has no list, and gives it to no other list", () => {
    const table = new AclTable();
    table.load(1, list(1));
    table.addUse(3);
    expect(table.get(3)).to.deep.equal([{ perms: 0, id: { scheme: "world", id: "anyone" } }]);
    table.release(3);
    expect(table.use(list(7))).to.equal(4);
  });

  it("does not revive a list that has gone through the shortcut for the one used last", () => {
    const table = new AclTable();
    const id = table.use(list(5));
    table.release(id);
    const again = table.use(list(5));
    expect(table.get(again)).to.deep.equal(list(5));
    expect(table.size).to.equal(1);
    table.clear();
    expect(table.use(list(5))).to.equal(1);
    expect(table.size).to.equal(1);
  });
});
