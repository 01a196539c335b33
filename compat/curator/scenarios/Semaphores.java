package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.shared.SharedCount;

/** Leases, and the mutex that is made of one. */
final class Semaphores {
  private Semaphores() {}

  static void register(Registry registry) {
    registry
        .add("lock.semaphore-mutex", Semaphores::semaphoreMutex)
        .add("lock.semaphore", Semaphores::semaphore)
        .add("lock.semaphore-count", Semaphores::semaphoreCount);
  }

  private static void semaphoreMutex(Context context) throws Exception {
    CuratorFramework witness = Contention.counter(context);
    Contention.contend(
        context,
        client -> {
          InterProcessLock lock = new InterProcessSemaphoreMutex(client, context.at("lock"));
          return round -> {
            Expect.that("acquired", lock.acquire(30, TimeUnit.SECONDS));
            try {
              Contention.add(client, context.at("counter"));
            } finally {
              lock.release();
            }
          };
        });
    Contention.expectCounted(context, witness);
  }

  /** Of three leases no fourth is given; each of those who hold one has a znode. */
  private static void semaphore(Context context) throws Exception {
    CuratorFramework witness = context.client();
    java.util.concurrent.atomic.AtomicInteger inside =
        new java.util.concurrent.atomic.AtomicInteger();
    Events<Integer> numbers = new Events<>();
    Contention.contend(
        context,
        client -> {
          InterProcessSemaphoreV2 semaphore =
              new InterProcessSemaphoreV2(client, context.at("semaphore"), 3);
          return round -> {
            Lease lease = semaphore.acquire(30, TimeUnit.SECONDS);
            numbers.add(inside.incrementAndGet());
            Expect.that(
                "its znode",
                client.checkExists().forPath(context.at("semaphore/leases/" + lease.getNodeName()))
                    != null);
            inside.decrementAndGet();
            semaphore.returnLease(lease);
          };
        });
    List<Integer> seen = numbers.rest();
    Expect.same("rounds", Contention.CLIENTS * Contention.ROUNDS, seen.size());
    Expect.that("never more than three: " + seen, seen.stream().allMatch(number -> number <= 3));
    Expect.same("left", List.of(), Contention.left(witness, context.at("semaphore/leases")));
  }

  /** The number of leases is a SharedCount that can be raised. */
  private static void semaphoreCount(Context context) throws Exception {
    CuratorFramework client = context.client();
    SharedCount count = context.keep(new SharedCount(client, context.at("count"), 2));
    count.start();
    InterProcessSemaphoreV2 semaphore =
        new InterProcessSemaphoreV2(client, context.at("semaphore"), count);
    semaphore.setNodeData(bytes("whose"));
    List<Lease> leases = new ArrayList<>(semaphore.acquire(2));
    Expect.same("data", "whose", text(leases.get(0).getData()));
    Expect.same("a third", null, semaphore.acquire(0, TimeUnit.SECONDS));
    Context.Job<Lease> third = context.spawn(() -> semaphore.acquire(20, TimeUnit.SECONDS));
    count.setCount(3);
    leases.add(third.result());
    Expect.same("participants", 3, semaphore.getParticipantNodes().size());
    semaphore.returnAll(leases);
    Expect.same(
        "leases at the end", List.of(), Contention.left(client, context.at("semaphore/leases")));
  }
}
