/**
 * A bucket of java.util.HashMap with so many colliding keys that Java keeps it as a red-black tree. Its entries are
 * also linked in a list, and that list is what an iteration follows; a new entry is linked in behind its parent of the
 * tree and the root always comes first, so the order follows from the tree's shape. The tree itself is the one of
 * CLRS, ordered by hash, then by text.
 *
 *        m            iteration: the root first, then as entries came to be linked
 *       / \           m -> d -> f -> t
 *      d   t
 *       \
 *        f
 */
export class TreeBin {
  first: TreeEntry | null = null;
  #root: TreeEntry | null = null;
  size = 0;

  /** Takes entries over in their order, which stays except that the root moves to the front. */
  static of(entries: readonly TreeEntry[]): TreeBin {
    const bin = new TreeBin();
    let last: TreeEntry | null = null;
    for (const entry of entries) {
      entry.left = entry.right = entry.parent = entry.next = null;
      entry.prev = last;
      if (last === null) bin.first = entry;
      else last.next = entry;
      last = entry;
      const parent = bin.#parentFor(entry);
      bin.#hang(entry, parent);
    }
    bin.size = entries.length;
    bin.#rootToFront();
    return bin;
  }

  find(key: string, hash: number): TreeEntry | null {
    let at = this.#root;
    while (at !== null && at.key !== key) at = comesBefore(hash, key, at) ? at.left : at.right;
    return at;
  }

  /** The entry must not be there yet. */
  add(entry: TreeEntry): void {
    const parent = this.#parentFor(entry);
    if (parent === null) {
      this.first = entry;
    } else {
      entry.next = parent.next;
      entry.prev = parent;
      if (parent.next !== null) parent.next.prev = entry;
      parent.next = entry;
    }
    this.#hang(entry, parent);
    this.#rootToFront();
    this.size++;
  }

  /** Takes the entry out. False: so few were left by the shape of the tree that Java makes a list of the bin again. */
  remove(entry: TreeEntry): boolean {
    this.#unlink(entry);
    this.size--;
    const root = this.#root;
    if (root === null || root.right === null || root.left === null || root.left.left === null) return false;
    this.#cut(entry);
    this.#rootToFront();
    return true;
  }

  #unlink(entry: TreeEntry): void {
    if (entry.prev === null) this.first = entry.next;
    else entry.prev.next = entry.next;
    if (entry.next !== null) entry.next.prev = entry.prev;
  }

  #rootToFront(): void {
    const root = this.#root;
    if (root === null || root === this.first) return;
    this.#unlink(root);
    root.prev = null;
    root.next = this.first;
    if (this.first !== null) this.first.prev = root;
    this.first = root;
  }

  #parentFor(entry: TreeEntry): TreeEntry | null {
    let parent: TreeEntry | null = null;
    for (let at = this.#root; at !== null; at = comesBefore(entry.hash, entry.key, at) ? at.left : at.right)
      parent = at;
    return parent;
  }

  #hang(entry: TreeEntry, parent: TreeEntry | null): void {
    entry.parent = parent;
    if (parent === null) this.#root = entry;
    else if (comesBefore(entry.hash, entry.key, parent)) parent.left = entry;
    else parent.right = entry;
    entry.red = true;
    this.#balanceAdded(entry);
  }

  #balanceAdded(added: TreeEntry): void {
    for (let at = added; ;) {
      const parent = at.parent;
      if (parent === null) {
        at.red = false;
        return;
      }
      const grandparent = parent.parent;
      if (!parent.red || grandparent === null) return;
      const onLeft = grandparent.left === parent;
      const uncle = onLeft ? grandparent.right : grandparent.left;
      if (isRed(uncle)) {
        uncle.red = parent.red = false;
        grandparent.red = true;
        at = grandparent;
        continue;
      }
      let top = parent;
      if (at === (onLeft ? parent.right : parent.left)) {
        this.#rotate(parent, onLeft);
        top = at;
      }
      top.red = false;
      grandparent.red = true;
      this.#rotate(grandparent, !onLeft);
      return;
    }
  }

  /** Takes the entry out of the tree; with two children its successor takes its place and colour first. */
  #cut(entry: TreeEntry): void {
    if (entry.left !== null && entry.right !== null) this.#swapWithSuccessor(entry, entry.right);
    const child = entry.left ?? entry.right;
    if (child !== null) {
      this.#replaceAtParent(entry, child);
      // An entry with one child is black and the child red: painting it restores every count.
      child.red = false;
      return;
    }
    if (!entry.red) this.#balanceMissing(entry);
    this.#replaceAtParent(entry, null);
  }

  #swapWithSuccessor(entry: TreeEntry, right: TreeEntry): void {
    let successor = right;
    while (successor.left !== null) successor = successor.left;
    const { parent, left, red } = entry;
    const successorParent = successor.parent;
    const successorRight = successor.right;
    entry.red = successor.red;
    successor.red = red;
    this.#replaceAtParent(entry, successor);
    successor.parent = parent;
    successor.left = left;
    if (left !== null) left.parent = successor;
    if (successor === right) {
      successor.right = entry;
      entry.parent = successor;
    } else {
      successor.right = right;
      right.parent = successor;
      entry.parent = successorParent;
      if (successorParent !== null) successorParent.left = entry;
    }
    entry.left = null;
    entry.right = successorRight;
    if (successorRight !== null) successorRight.parent = entry;
  }

  #replaceAtParent(entry: TreeEntry, by: TreeEntry | null): void {
    const parent = entry.parent;
    if (parent === null) this.#root = by;
    else if (parent.left === entry) parent.left = by;
    else parent.right = by;
    if (by !== null) by.parent = parent;
  }

  /** `missing` is about to leave one black entry less on its side. */
  #balanceMissing(missing: TreeEntry): void {
    let at = missing;
    for (let parent = at.parent; parent !== null && !at.red; parent = at.parent) {
      const onLeft = parent.left === at;
      let sibling = onLeft ? parent.right : parent.left;
      if (isRed(sibling)) {
        sibling.red = false;
        parent.red = true;
        this.#rotate(parent, onLeft);
        sibling = onLeft ? parent.right : parent.left;
      }
      if (sibling === null) {
        at = parent;
        continue;
      }
      let near = onLeft ? sibling.left : sibling.right;
      let far = onLeft ? sibling.right : sibling.left;
      if (!isRed(near) && !isRed(far)) {
        sibling.red = true;
        at = parent;
        continue;
      }
      if (!isRed(far) && near !== null) {
        near.red = false;
        sibling.red = true;
        this.#rotate(sibling, !onLeft);
        [far, sibling, near] = [sibling, near, null];
      }
      sibling.red = parent.red;
      parent.red = false;
      if (far !== null) far.red = false;
      this.#rotate(parent, onLeft);
      return;
    }
    at.red = false;
  }

  /** Turns the edge between `top` and its right (`toLeft`) or left child, which comes to stand above it. */
  #rotate(top: TreeEntry, toLeft: boolean): void {
    const riser = toLeft ? top.right : top.left;
    if (riser === null) return;
    const middle = toLeft ? riser.left : riser.right;
    this.#replaceAtParent(top, riser);
    if (toLeft) {
      top.right = middle;
      riser.left = top;
    } else {
      top.left = middle;
      riser.right = top;
    }
    if (middle !== null) middle.parent = top;
    top.parent = riser;
  }
}

/** A key in a TreeBin. `next` is the iteration's order; the rest is the bin's own. */
export class TreeEntry {
  readonly key: string;
  readonly hash: number;
  next: TreeEntry | null = null;
  prev: TreeEntry | null = null;
  left: TreeEntry | null = null;
  right: TreeEntry | null = null;
  parent: TreeEntry | null = null;
  red = false;

  /** `hash` is the spread one. */
  constructor(key: string, hash: number) {
    this.key = key;
    this.hash = hash;
  }
}

function comesBefore(hash: number, key: string, other: TreeEntry): boolean {
  return hash < other.hash || (hash === other.hash && key < other.key);
}

function isRed(entry: TreeEntry | null): entry is TreeEntry {
  return entry !== null && entry.red;
}
