import type { PeerEffects } from "../../../../src/core/peer/peerEffects.ts";
import { changed, type Mutants } from "./mutant.ts";

/**
 * What a synchronisation brings is kept from the log until `flush` is called; `held` is told of each transaction. Behind
 * it waits what comes once the clients are served.
 */
function holdSync(
  effects: PeerEffects,
  held: (zxid: bigint, flush: () => void, isFirst: boolean) => void,
): Partial<PeerEffects> {
  const waiting: (() => void)[] = [];
  const flush = (): void => {
    for (const append of waiting.splice(0)) append();
  };
  let isServing = false;
  return {
    serve: (place, mode) => {
      isServing = true;
      return effects.serve(place, mode);
    },
    endServing: () => {
      isServing = false;
      effects.endServing();
    },
    append: (zxid, data) => {
      if (isServing && waiting.length === 0) return effects.append(zxid, data);
      waiting.push(() => effects.append(zxid, data));
      if (!isServing) held(zxid, flush, waiting.length === 1);
    },
  };
}

/** Files that do not say the truth, and what is said before it is on disk. */
export const diskMutants: Mutants = {
  "a proposal is acknowledged before it is on disk": {
    effects: (effects, { soon, logged }) => ({
      append: (zxid, data) => {
        effects.append(zxid, data);
        soon(() => logged(zxid));
      },
    }),
  },
  "epochs are not written": {
    effects: (_, { soon }) => ({ writeEpoch: (_which, _epoch, done) => soon(done) }),
  },
  "the accepted epoch is not written": {
    effects: (effects, { soon }) => ({
      writeEpoch: (which, epoch, done) =>
        which === "accepted" ? soon(done) : effects.writeEpoch(which, epoch, done),
    }),
  },
  "TRUNC is skipped": {
    effects: (_, { soon }) => ({ truncate: (_zxid, done) => soon(done) }),
  },
  "TRUNC is one transaction too short": {
    effects: (effects) => ({ truncate: (zxid, done) => effects.truncate(zxid + 1n, done) }),
  },
  "TRUNC takes one transaction too many": {
    effects: (effects) => ({ truncate: (zxid, done) => effects.truncate(zxid - 1n, done) }),
  },
  "the leader's snapshot is not saved": {
    effects: (_, { soon }) => ({ saveSnapshot: (_zxid, done) => soon(done) }),
  },
  "proposals are dropped on their way to the log": {
    effects: (effects, { soon, logged }) => {
      let count = 0;
      return {
        append: (zxid, data) => {
          if (++count % 50 === 0) soon(() => logged(zxid));
          else effects.append(zxid, data);
        },
      };
    },
  },
  // 3911, 4646, 4685 and 4785 of ZooKeeper.
  "a synchronised history is acknowledged before it is on disk": {
    kinds: ["leapfrog"],
    effects: (effects, { soon, logged }) =>
      holdSync(effects, (zxid, flush) => {
        soon(() => logged(zxid));
        soon(flush, 400);
      }),
  },
  // 4643 of ZooKeeper.
  "the current epoch is written before the history": {
    kinds: ["leapfrog"],
    effects: (effects, { soon, data }) =>
      holdSync(effects, (_, flush, isFirst) => {
        if (isFirst) effects.writeEpoch("current", data.epochs.accepted, () => soon(flush, 200));
      }),
  },
  "a cut is not made durable": {
    disk: (disk) =>
      changed(disk, {
        open: async (path, mode) => {
          const file = await disk.open(path, mode);
          let isCut = false;
          return {
            read: (target, length, position) => file.read(target, length, position),
            write: (bytes, position, done) => file.write(bytes, position, done),
            size: () => file.size(),
            close: () => file.close(),
            datasync: (done) => (isCut ? queueMicrotask(() => done(null)) : file.datasync(done)),
            truncate: (length) => {
              isCut = true;
              return file.truncate(length);
            },
          };
        },
      }),
  },
  "folders are not made durable": {
    disk: (disk) => changed(disk, { syncDirectory: () => Promise.resolve() }),
  },
};
