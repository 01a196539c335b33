package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Expect;
import harness.Registry;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;

/** Locks under contention, and what becomes of them when their holder does. */
final class Locks {
  private Locks() {}

  static void register(Registry registry) {
    registry
        .add("lock.mutex-reentrant", Locks::reentrant)
        .add("lock.mutex-revocable", Locks::revocable)
        .add("lock.mutex-session-killed", Locks::sessionKilled)
        .add("lock.read-write", Locks::readWrite)
        .add("lock.downgrade", Locks::downgrade)
        .add("lock.multi", Locks::multiLock);
  }

  /** A mutex that tells the znode by which it is held: its sequence is the fence. */
  static final class FencedMutex extends InterProcessMutex {
    FencedMutex(CuratorFramework client, String path) {
      super(client, path);
    }

    String heldBy() {
      return getLockPath();
    }
  }

  /** The fence is written with the counter, and the one that is found must be older. */
  static void mutex(Context context) throws Exception {
    CuratorFramework witness = Contention.counter(context);
    witness.create().forPath(context.at("fence"), bytes("-1 -1"));
    Contention.contend(
        context,
        client -> {
          FencedMutex mutex = new FencedMutex(client, context.at("lock"));
          return round -> {
            mutex.acquire();
            try {
              String path = mutex.heldBy();
              long sequence = Long.parseLong(path.substring(path.length() - 10));
              long czxid = client.checkExists().forPath(path).getCzxid();
              String[] found = text(client.getData().forPath(context.at("fence"))).split(" ");
              Expect.that(
                  "fence " + sequence + " after " + found[0], sequence > Long.parseLong(found[0]));
              Expect.that(
                  "czxid " + czxid + " after " + found[1], czxid > Long.parseLong(found[1]));
              client.setData().forPath(context.at("fence"), bytes(sequence + " " + czxid));
              Contention.add(client, context.at("counter"));
            } finally {
              mutex.release();
            }
          };
        });
    Contention.expectCounted(context, witness);
    Expect.same("left", List.of(), Contention.left(witness, context.at("lock")));
  }

  private static void reentrant(Context context) throws Exception {
    CuratorFramework client = context.client();
    InterProcessMutex mutex = new InterProcessMutex(client, context.at("lock"));
    InterProcessMutex other = new InterProcessMutex(context.client(), context.at("lock"));
    mutex.acquire();
    mutex.acquire();
    Expect.that("held", mutex.isOwnedByCurrentThread() && mutex.getParticipantNodes().size() == 1);
    Expect.same("no waiting", false, other.acquire(0, TimeUnit.MILLISECONDS));
    Expect.same("some waiting", false, other.acquire(50, TimeUnit.MILLISECONDS));
    mutex.release();
    Expect.that("still held", mutex.isAcquiredInThisProcess());
    Context.Job<Boolean> waiting = context.spawn(() -> other.acquire(20, TimeUnit.SECONDS));
    Expect.until("the other one waits", () -> mutex.getParticipantNodes().size() == 2);
    mutex.release();
    Expect.same("its turn", true, waiting.result());
    Expect.raises(
        "release of what is not held", IllegalMonitorStateException.class, mutex::release);
  }

  /** Whoever wants the lock asks its holder, by a write to its znode. */
  private static void revocable(Context context) throws Exception {
    CuratorFramework holder = context.client();
    CuratorFramework client = context.client();
    FencedMutex mutex = new FencedMutex(holder, context.at("lock"));
    CountDownLatch asked = new CountDownLatch(1);
    mutex.makeRevocable(lock -> asked.countDown());
    mutex.acquire();
    InterProcessMutex other = new InterProcessMutex(client, context.at("lock"));
    Context.Job<Boolean> waiting = context.spawn(() -> other.acquire(20, TimeUnit.SECONDS));
    org.apache.curator.framework.recipes.locks.Revoker.attemptRevoke(client, mutex.heldBy());
    Expect.reached("the request to give it up", asked);
    mutex.release();
    Expect.same("its turn", true, waiting.result());
  }

  /** A holder whose session is ended loses the lock to the next one. */
  private static void sessionKilled(Context context) throws Exception {
    CuratorFramework holder = context.client(4_000);
    FencedMutex mutex = new FencedMutex(holder, context.at("lock"));
    mutex.acquire();
    String held = mutex.heldBy();
    InterProcessMutex other = new InterProcessMutex(context.client(), context.at("lock"));
    Context.Job<Boolean> waiting = context.spawn(() -> other.acquire(20, TimeUnit.SECONDS));
    Expect.until("the other one waits", () -> other.getParticipantNodes().size() == 2);
    context.killSession(holder);
    Expect.same("its turn", true, waiting.result());
    Expect.that("its znode has gone", !other.getParticipantNodes().contains(held));
  }

  /** Writers change two znodes one after the other: readers see both the same. */
  private static void readWrite(Context context) throws Exception {
    CuratorFramework witness = Contention.counter(context);
    witness.create().forPath(context.at("copy"), bytes("0"));
    CountDownLatch together = new CountDownLatch(2);
    Contention.contend(
        context,
        client -> {
          InterProcessReadWriteLock lock =
              new InterProcessReadWriteLock(client, context.at("lock"));
          return round -> {
            lock.writeLock().acquire();
            try {
              Contention.add(client, context.at("counter"));
              Contention.add(client, context.at("copy"));
            } finally {
              lock.writeLock().release();
            }
            lock.readLock().acquire();
            try {
              Expect.same(
                  "copy",
                  text(client.getData().forPath(context.at("counter"))),
                  text(client.getData().forPath(context.at("copy"))));
            } finally {
              lock.readLock().release();
            }
          };
        });
    Contention.expectCounted(context, witness);
    for (int i = 0; i < 2; i++) {
      InterProcessReadWriteLock lock =
          new InterProcessReadWriteLock(context.client(), context.at("lock"));
      context.spawn(
          () -> {
            lock.readLock().acquire();
            together.countDown();
            together.await();
            return null;
          });
    }
    Expect.reached("two readers at once", together);
  }

  private static void downgrade(Context context) throws Exception {
    InterProcessReadWriteLock lock =
        new InterProcessReadWriteLock(context.client(), context.at("lock"));
    InterProcessReadWriteLock other =
        new InterProcessReadWriteLock(context.client(), context.at("lock"));
    lock.writeLock().acquire();
    lock.readLock().acquire();
    Expect.same("read while it is written", false, other.readLock().acquire(0, TimeUnit.SECONDS));
    lock.writeLock().release();
    Expect.same("read while it is read", true, other.readLock().acquire(20, TimeUnit.SECONDS));
    Expect.same("write while it is read", false, other.writeLock().acquire(0, TimeUnit.SECONDS));
    other.readLock().release();
    Context.Job<Boolean> writer =
        context.spawn(() -> other.writeLock().acquire(20, TimeUnit.SECONDS));
    Expect.until("the writer waits", () -> other.writeLock().getParticipantNodes().size() == 1);
    lock.readLock().release();
    Expect.same("write when nobody reads", true, writer.result());
  }

  private static void multiLock(Context context) throws Exception {
    CuratorFramework witness = Contention.counter(context);
    List<String> paths = List.of(context.at("one"), context.at("two"));
    InterProcessMutex second = new InterProcessMutex(witness, context.at("two"));
    second.acquire();
    CuratorFramework client = context.client();
    Expect.same(
        "while one of both is held",
        false,
        new InterProcessMultiLock(client, paths).acquire(50, TimeUnit.MILLISECONDS));
    Expect.same(
        "what it took is free again", List.of(), Contention.left(witness, context.at("one")));
    second.release();
    Contention.contend(
        context,
        each -> {
          InterProcessMultiLock lock = new InterProcessMultiLock(each, paths);
          return round -> {
            lock.acquire();
            try {
              Contention.add(each, context.at("counter"));
            } finally {
              lock.release();
            }
          };
        });
    Contention.expectCounted(context, witness);
  }
}
