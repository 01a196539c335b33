package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.zookeeper.KeeperException;

/** Locks under contention: a counter that is read and written without any check is right only if the lock is. */
final class Locks {
  private static final int CLIENTS = 8;
  private static final int ROUNDS = 15;

  private Locks() {}

  static void register(Registry registry) {
    registry
        .add("lock.mutex-reentrant", Locks::reentrant)
        .add("lock.mutex-revocable", Locks::revocable)
        .add("lock.mutex-session-killed", Locks::sessionKilled)
        .add("lock.semaphore-mutex", Locks::semaphoreMutex)
        .add("lock.read-write", Locks::readWrite)
        .add("lock.downgrade", Locks::downgrade)
        .add("lock.semaphore", Locks::semaphore)
        .add("lock.semaphore-count", Locks::semaphoreCount)
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

  /** What is done under a lock. */
  private interface Guarded {
    void run(int round) throws Exception;
  }

  /** Runs clients of their own side by side, each with some rounds of what it makes of its client. */
  private static void contend(Context context, java.util.function.Function<CuratorFramework, Guarded> make) throws Exception {
    List<Context.Job<Void>> jobs = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      CuratorFramework client = context.client();
      jobs.add(context.spawn(() -> {
        Guarded guarded = make.apply(client);
        for (int round = 0; round < ROUNDS; round++) guarded.run(round);
        return null;
      }));
    }
    for (Context.Job<Void> job : jobs) job.result();
  }

  private static void add(CuratorFramework client, String path) throws Exception {
    int value = Integer.parseInt(text(client.getData().forPath(path)));
    client.setData().forPath(path, bytes("" + (value + 1)));
  }

  private static CuratorFramework counter(Context context) throws Exception {
    CuratorFramework witness = context.client();
    witness.create().creatingParentsIfNeeded().forPath(context.at("counter"), bytes("0"));
    return witness;
  }

  /** The children of a recipe's znode; it is a container, so that it goes some time after its last child. */
  static List<String> left(CuratorFramework client, String path) throws Exception {
    try {
      return client.getChildren().forPath(path);
    } catch (KeeperException.NoNodeException gone) {
      return List.of();
    }
  }

  private static void expectCounted(Context context, CuratorFramework witness) throws Exception {
    Expect.same("counter", "" + CLIENTS * ROUNDS, text(witness.getData().forPath(context.at("counter"))));
  }

  /** The fence is written with the counter, and the one that is found must be older. */
  static void mutex(Context context) throws Exception {
    CuratorFramework witness = counter(context);
    witness.create().forPath(context.at("fence"), bytes("-1 -1"));
    contend(context, client -> {
      FencedMutex mutex = new FencedMutex(client, context.at("lock"));
      return round -> {
        mutex.acquire();
        try {
          String path = mutex.heldBy();
          long sequence = Long.parseLong(path.substring(path.length() - 10));
          long czxid = client.checkExists().forPath(path).getCzxid();
          String[] found = text(client.getData().forPath(context.at("fence"))).split(" ");
          Expect.that("fence " + sequence + " after " + found[0], sequence > Long.parseLong(found[0]));
          Expect.that("czxid " + czxid + " after " + found[1], czxid > Long.parseLong(found[1]));
          client.setData().forPath(context.at("fence"), bytes(sequence + " " + czxid));
          add(client, context.at("counter"));
        } finally {
          mutex.release();
        }
      };
    });
    expectCounted(context, witness);
    Expect.same("left", List.of(), left(witness, context.at("lock")));
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
    Expect.raises("release of what is not held", IllegalMonitorStateException.class, mutex::release);
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

  private static void semaphoreMutex(Context context) throws Exception {
    CuratorFramework witness = counter(context);
    contend(context, client -> {
      InterProcessLock lock = new InterProcessSemaphoreMutex(client, context.at("lock"));
      return round -> {
        Expect.that("acquired", lock.acquire(30, TimeUnit.SECONDS));
        try {
          add(client, context.at("counter"));
        } finally {
          lock.release();
        }
      };
    });
    expectCounted(context, witness);
  }

  /** Writers change two znodes one after the other: readers see both the same. */
  private static void readWrite(Context context) throws Exception {
    CuratorFramework witness = counter(context);
    witness.create().forPath(context.at("copy"), bytes("0"));
    CountDownLatch together = new CountDownLatch(2);
    contend(context, client -> {
      InterProcessReadWriteLock lock = new InterProcessReadWriteLock(client, context.at("lock"));
      return round -> {
        lock.writeLock().acquire();
        try {
          add(client, context.at("counter"));
          add(client, context.at("copy"));
        } finally {
          lock.writeLock().release();
        }
        lock.readLock().acquire();
        try {
          Expect.same("copy", text(client.getData().forPath(context.at("counter"))), text(client.getData().forPath(context.at("copy"))));
        } finally {
          lock.readLock().release();
        }
      };
    });
    expectCounted(context, witness);
    for (int i = 0; i < 2; i++) {
      InterProcessReadWriteLock lock = new InterProcessReadWriteLock(context.client(), context.at("lock"));
      context.spawn(() -> {
        lock.readLock().acquire();
        together.countDown();
        together.await();
        return null;
      });
    }
    Expect.reached("two readers at once", together);
  }

  private static void downgrade(Context context) throws Exception {
    InterProcessReadWriteLock lock = new InterProcessReadWriteLock(context.client(), context.at("lock"));
    InterProcessReadWriteLock other = new InterProcessReadWriteLock(context.client(), context.at("lock"));
    lock.writeLock().acquire();
    lock.readLock().acquire();
    Expect.same("read while it is written", false, other.readLock().acquire(0, TimeUnit.SECONDS));
    lock.writeLock().release();
    Expect.same("read while it is read", true, other.readLock().acquire(20, TimeUnit.SECONDS));
    Expect.same("write while it is read", false, other.writeLock().acquire(0, TimeUnit.SECONDS));
    other.readLock().release();
    Context.Job<Boolean> writer = context.spawn(() -> other.writeLock().acquire(20, TimeUnit.SECONDS));
    Expect.until("the writer waits", () -> other.writeLock().getParticipantNodes().size() == 1);
    lock.readLock().release();
    Expect.same("write when nobody reads", true, writer.result());
  }

  /** Of three leases no fourth is given; each of those who hold one has a znode. */
  private static void semaphore(Context context) throws Exception {
    CuratorFramework witness = context.client();
    java.util.concurrent.atomic.AtomicInteger inside = new java.util.concurrent.atomic.AtomicInteger();
    Events<Integer> numbers = new Events<>();
    contend(context, client -> {
      InterProcessSemaphoreV2 semaphore = new InterProcessSemaphoreV2(client, context.at("semaphore"), 3);
      return round -> {
        Lease lease = semaphore.acquire(30, TimeUnit.SECONDS);
        numbers.add(inside.incrementAndGet());
        Expect.that("its znode", client.checkExists().forPath(context.at("semaphore/leases/" + lease.getNodeName())) != null);
        inside.decrementAndGet();
        semaphore.returnLease(lease);
      };
    });
    List<Integer> seen = numbers.rest();
    Expect.same("rounds", CLIENTS * ROUNDS, seen.size());
    Expect.that("never more than three: " + seen, seen.stream().allMatch(number -> number <= 3));
    Expect.same("left", List.of(), left(witness, context.at("semaphore/leases")));
  }

  /** The number of leases is a SharedCount that can be raised. */
  private static void semaphoreCount(Context context) throws Exception {
    CuratorFramework client = context.client();
    SharedCount count = context.keep(new SharedCount(client, context.at("count"), 2));
    count.start();
    InterProcessSemaphoreV2 semaphore = new InterProcessSemaphoreV2(client, context.at("semaphore"), count);
    semaphore.setNodeData(bytes("whose"));
    List<Lease> leases = new ArrayList<>(semaphore.acquire(2));
    Expect.same("data", "whose", text(leases.get(0).getData()));
    Expect.same("a third", null, semaphore.acquire(0, TimeUnit.SECONDS));
    Context.Job<Lease> third = context.spawn(() -> semaphore.acquire(20, TimeUnit.SECONDS));
    count.setCount(3);
    leases.add(third.result());
    Expect.same("participants", 3, semaphore.getParticipantNodes().size());
    semaphore.returnAll(leases);
    Expect.same("leases at the end", List.of(), left(client, context.at("semaphore/leases")));
  }

  private static void multiLock(Context context) throws Exception {
    CuratorFramework witness = counter(context);
    List<String> paths = List.of(context.at("one"), context.at("two"));
    InterProcessMutex second = new InterProcessMutex(witness, context.at("two"));
    second.acquire();
    CuratorFramework client = context.client();
    Expect.same("while one of both is held", false, new InterProcessMultiLock(client, paths).acquire(50, TimeUnit.MILLISECONDS));
    Expect.same("what it took is free again", List.of(), left(witness, context.at("one")));
    second.release();
    contend(context, each -> {
      InterProcessMultiLock lock = new InterProcessMultiLock(each, paths);
      return round -> {
        lock.acquire();
        try {
          add(each, context.at("counter"));
        } finally {
          lock.release();
        }
      };
    });
    expectCounted(context, witness);
  }
}
