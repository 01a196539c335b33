interface TrieNode {
  readonly children: Map<string, TrieNode>;
  registered: boolean;
}

const emptyNode = (): TrieNode => ({ children: new Map(), registered: false });

/** Registered paths, and the longest of them at or above another path (PathTrie). */
export class PathTrie {
  #root = emptyNode();
  #size = 0;

  /** Registered paths. */
  get size(): number {
    return this.#size;
  }

  addPath(path: string): void {
    let node = this.#root;
    for (const name of components(path)) {
      let child = node.children.get(name);
      if (child === undefined) node.children.set(name, (child = emptyNode()));
      node = child;
    }
    if (node === this.#root || node.registered) return;
    node.registered = true;
    this.#size++;
  }

  /** Nothing happens if the path is not registered, or is the root. */
  deletePath(path: string): void {
    const trail: [TrieNode, string][] = [];
    let node: TrieNode | undefined = this.#root;
    for (const name of components(path)) {
      trail.push([node, name]);
      node = node.children.get(name);
      if (node === undefined) return;
    }
    if (node.registered) this.#size--;
    node.registered = false;
    for (let i = trail.length - 1; i >= 0; i--) {
      const [parent, name] = trail[i];
      const child = parent.children.get(name);
      if (child === undefined || child.registered || child.children.size > 0) return;
      parent.children.delete(name);
    }
  }

  /** The longest registered path that is `path` or above it; "/" when there is none. */
  findMaxPrefix(path: string): string {
    let node = this.#root;
    let prefix = "";
    let longest = "/";
    for (const name of components(path)) {
      const child = node.children.get(name);
      if (child === undefined) break;
      prefix += `/${name}`;
      if (child.registered) longest = prefix;
      node = child;
    }
    return longest;
  }

  clear(): void {
    this.#size = 0;
    this.#root = emptyNode();
  }
}

/** Without the blank ones, as Apache's trie takes paths apart: a znode named by spaces alone counts as its parent. */
function components(path: string): string[] {
  return path.split("/").filter((name) => /[^\0- ]/.test(name));
}
