/** One exact piece of source text, which must be there once, and what stands in its place. */
export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A server with one fault that the fuzzer must find. */
export interface Mutant {
  readonly name: string;
  /** What a client would notice. */
  readonly fault: string;
  readonly patches: readonly Patch[];
}

/** The faults that issue 4 names, in its order. Each is the smallest one of its kind that we could think of. */
export const mutants: readonly Mutant[] = [
  {
    name: "create-keeps-cversion",
    fault: "cversion of the parent is not raised on create",
    patches: [
      {
        file: "src/core/tree/dataTree.ts",
        find: "    writeInt32(block, at + StatOffset.cversion, cversion);\n",
        replace: "",
      },
    ],
  },
  {
    name: "delete-keeps-pzxid",
    fault: "pzxid of the parent is not raised on delete",
    patches: [
      {
        file: "src/core/tree/dataTree.ts",
        find: "    this.#raisePzxid(parent, parentPath, zxid);\n",
        replace: "",
      },
    ],
  },
  {
    name: "delete-without-child-event",
    fault: "watchers of the parent's children hear of creates and never of deletes",
    patches: [
      {
        file: "src/core/watches/triggers.ts",
        find: `  trigger(tables.child, path, triggerNumber, EventType.NodeDeleted, acl, sink);
  triggerParent(tables, path, parentAcl, sink);
`,
        replace: "  trigger(tables.child, path, triggerNumber, EventType.NodeDeleted, acl, sink);\n",
      },
    ],
  },
  {
    name: "exists-without-created-event",
    fault: "exists leaves no watch on a node that is not there",
    patches: [
      {
        file: "src/core/requests/reads.ts",
        find: `  if (watch) context.watches.data.add(path, connection, WatcherMode.STANDARD);
  if (ref === noNode) return ErrorCode.NONODE;
`,
        replace: `  if (ref === noNode) return ErrorCode.NONODE;
  if (watch) context.watches.data.add(path, connection, WatcherMode.STANDARD);
`,
      },
    ],
  },
  {
    name: "no-node-before-no-auth",
    fault: "delete looks the node up before it asks for the right: NoNode where NoAuth is due",
    patches: [
      {
        file: "src/core/requests/delete.ts",
        find: `  if (!context.allows(parent.acl, Perms.DELETE, request.authIds)) return ErrorCode.NOAUTH;
  const node = context.changes.find(deletion.path);
  if (node === null || node.stat === null) return ErrorCode.NONODE;
`,
        replace: `  const node = context.changes.find(deletion.path);
  if (node === null || node.stat === null) return ErrorCode.NONODE;
  if (!context.allows(parent.acl, Perms.DELETE, request.authIds)) return ErrorCode.NOAUTH;
`,
      },
    ],
  },
  {
    name: "sequence-skips-after-delete",
    fault: "a sequence number is one too high where a child was deleted",
    patches: [
      {
        file: "src/core/requests/create.ts",
        find: "create.path + sequenceSuffix(parentCVersion)",
        replace:
          "create.path + sequenceSuffix(parentCVersion + (parent.childCount < parentCVersion ? 1 : 0))",
      },
    ],
  },
  {
    name: "multi-skips-second-acl",
    fault: "the second operation of a multi may do everything",
    patches: [
      {
        file: "src/core/requests/multi.ts",
        find: "const prepared = prepareOp(context, request, op);",
        // The scheme has no provider, so the id is left out where a list is made of the caller's ids.
        replace: `const authIds = [...request.authIds, { scheme: "super", id: "" }];
    const prepared = prepareOp(context, txns.length === 1 ? { ...request, authIds } : request, op);`,
      },
    ],
  },
  {
    name: "multi-errors-shifted",
    fault: "in the answer to a failed multi each result stands one place too late",
    patches: [
      {
        file: "src/core/txns/applyTxn.ts",
        find: `    else if (op.type === OpCode.error) result = op.record.err;
    else result = i < failedAt ? ErrorCode.OK : ErrorCode.RUNTIMEINCONSISTENCY;
`,
        replace: `    else {
      const before = ops[i - 1];
      result = before?.type === OpCode.error ? before.record.err : ErrorCode.OK;
    }
`,
      },
    ],
  },
  {
    name: "expiry-leaves-ephemeral",
    fault: "one ephemeral of a session that expired stays; a session that is closed takes all along",
    patches: [
      {
        file: "src/core/prep/prep.ts",
        find: "        return prepareCloseSession(this, this.#take(submission));\n",
        replace: `{
        const closing = prepareCloseSession(this, this.#take(submission));
        if (!submission.fromClient) closing.record?.paths2Delete.pop();
        return closing;
      }
`,
      },
      {
        file: "src/core/txns/applyTxn.ts",
        find: "  for (const path of tree.ephemeralsOf(place.clientId)) tree.delete(path, place.zxid);\n",
        replace: `  if (paths !== null) return ErrorCode.OK;
  for (const path of tree.ephemeralsOf(place.clientId)) tree.delete(path, place.zxid);
`,
      },
    ],
  },
  {
    name: "setwatches-misses-deleted",
    fault: "setWatches sets a watch on a node that was deleted meanwhile and tells nothing",
    patches: [
      {
        file: "src/core/watches/setWatches.ts",
        find: "  if (changeZxid === null) sink.event(EventType.NodeDeleted, path);\n",
        replace: "  if (changeZxid === null) table.add(path, watcher, WatcherMode.STANDARD);\n",
      },
    ],
  },
  {
    name: "reply-before-event",
    fault: "the reply that shows a change comes before the event that tells of it",
    patches: [
      {
        file: "src/core/server/events.ts",
        find: "    watcher.out.writeBytes(this.#frame.view());\n",
        replace: `    const late = this.#frame.view().slice();
    queueMicrotask(() => {
      watcher.out.writeBytes(late);
      this.#wrote(watcher);
    });
`,
      },
    ],
  },
  {
    name: "setdata-keeps-ttl",
    fault: "the time of a TTL node runs from its creation, whatever was written since",
    patches: [
      {
        file: "src/core/tree/dataTree.ts",
        find: "if (ttlMs !== 0 && nowWallMs - this.mtimeMs(slot) > ttlMs) due.add(path);",
        replace: `const ctime = readInt64(this.nodes.block(slot), this.nodes.statAt(slot) + StatOffset.ctime);
      if (ttlMs !== 0 && nowWallMs - Number(ctime) > ttlMs) due.add(path);`,
      },
    ],
  },
  {
    name: "refusal-takes-no-zxid",
    fault: "a write that is refused takes no zxid",
    patches: [
      {
        file: "src/core/prep/prep.ts",
        find: `      const prepared = this.#prepareBody(submission, reader);
      return typeof prepared === "number" ? errorOp(prepared) : prepared;
`,
        replace: `      const before = this.lastZxid;
      this.refusal = undefined;
      const prepared = this.#prepareBody(submission, reader);
      if (typeof prepared !== "number") return prepared;
      this.lastZxid = before;
      this.refusal = prepared;
      return null;
`,
      },
      {
        file: "src/core/server/writeRequests.ts",
        find: `    const refused = new HeldRequest(xid, type, none, receivedMs, largeBytes, ErrorCode.MARSHALLINGERROR);
`,
        replace: `    const code = this.#writes.prep.refusal ?? ErrorCode.MARSHALLINGERROR;
    const refused = new HeldRequest(xid, type, none, receivedMs, largeBytes, code);
`,
      },
    ],
  },
  {
    name: "ephemerals-by-component",
    fault: "getEphemerals takes its prefix for a path: /a does not find /ab",
    patches: [
      {
        file: "src/core/requests/reads.ts",
        find: "owned.filter((path) => path.startsWith(prefix))",
        replace: "owned.filter((path) => path === prefix || path.startsWith(`${prefix}/`))",
      },
    ],
  },
];
