import { expect } from "chai";
import fc from "fast-check";
import { PathTrie } from "../../../../src/core/quota/pathTrie.ts";
import { limitsPath, statsPath, trimQuotaPath } from "../../../../src/core/quota/quotas.ts";

describe("PathTrie", () => {
  const trieOf = (...paths: string[]): PathTrie => {
    const trie = new PathTrie();
    for (const path of paths) trie.addPath(path);
    return trie;
  };

  it("finds the longest registered path", () => {
    const trie = trieOf("/a", "/a/b/c", "/d/e");
    const prefixes: [string, string][] = [
      ["/a", "/a"],
      ["/a/b", "/a"],
      ["/a/b/c", "/a/b/c"],
      ["/a/b/c/d/e", "/a/b/c"],
      ["/a/bb", "/a"],
      ["/aa", "/"],
      ["/d", "/"],
      ["/d/e/", "/d/e"],
      ["/", "/"],
      ["", "/"],
    ];
    for (const [path, prefix] of prefixes) expect(trie.findMaxPrefix(path), path).to.equal(prefix);
  });

  it("counts what is registered: each path once, and no more when it was deleted", () => {
    const trie = trieOf("/a", "/a", "/a/b", "/", "");
    expect(trie.size).to.equal(2);
    trie.deletePath("/nowhere");
    trie.deletePath("/");
    expect(trie.size).to.equal(2);
    trie.deletePath("/a");
    trie.deletePath("/a");
    expect(trie.size).to.equal(1);
    trie.deletePath("/a/b");
    expect(trie.size).to.equal(0);
    trie.addPath("/c");
    trie.clear();
    expect(trie.size).to.equal(0);
  });

  it("keeps what is registered below a path that is deleted, and above", () => {
    const trie = trieOf("/a", "/a/b", "/a/b/c");
    trie.deletePath("/a/b");
    expect(trie.findMaxPrefix("/a/b/x")).to.equal("/a");
    expect(trie.findMaxPrefix("/a/b/c/x")).to.equal("/a/b/c");
    trie.deletePath("/a/b/c");
    expect(trie.findMaxPrefix("/a/b/c/x")).to.equal("/a");
    trie.deletePath("/nowhere/at/all");
    trie.clear();
    expect(trie.findMaxPrefix("/a")).to.equal("/");
  });

  // Answers of PathTrie of Apache 3.9.5.
  it("takes blank components out, as Apache does", () => {
    const trie = trieOf("/b", "/a/  /a", "/  /  /c");
    expect(trie.findMaxPrefix("/  /b")).to.equal("/b");
    expect(trie.findMaxPrefix("/ /b/")).to.equal("/b");
    expect(trie.findMaxPrefix("/a/a")).to.equal("/a/a");
    expect(trie.findMaxPrefix("/a/ ")).to.equal("/");
    expect(trie.findMaxPrefix("/ /c/x")).to.equal("/c");
    expect(trie.findMaxPrefix("/a/\u00a0/a")).to.equal("/");
  });

  it("never registers the root, and deleting it does nothing", () => {
    const trie = trieOf("/", "", "/ ", "/a");
    expect(trie.findMaxPrefix("/b")).to.equal("/");
    for (const path of ["/", "", "/ "]) trie.deletePath(path);
    expect(trie.findMaxPrefix("/a/b")).to.equal("/a");
  });

  it("agrees with a search through a list of paths", () => {
    const path = fc
      .array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 4 })
      .map((names) => `/${names.join("/")}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), path), { maxLength: 30 }), path, (steps, asked) => {
        const trie = new PathTrie();
        const registered = new Set<string>();
        for (const [add, one] of steps) {
          if (add) {
            trie.addPath(one);
            registered.add(one);
          } else {
            trie.deletePath(one);
            registered.delete(one);
          }
        }
        let longest = "/";
        for (const one of registered) {
          if (`${asked}/`.startsWith(`${one}/`) && one.length > longest.length) longest = one;
        }
        expect(trie.findMaxPrefix(asked)).to.equal(longest);
      }),
    );
  });
});

describe("quota paths", () => {
  it("lie below /zookeeper/quota", () => {
    expect(limitsPath("/a/b")).to.equal("/zookeeper/quota/a/b/zookeeper_limits");
    expect(statsPath("/a/b")).to.equal("/zookeeper/quota/a/b/zookeeper_stats");
    expect(trimQuotaPath("/zookeeper/quota/a/b")).to.equal("/a/b");
    expect(trimQuotaPath("/zookeeper/quota")).to.equal("");
  });
});
