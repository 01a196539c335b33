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
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.AtomicValue;
import org.apache.curator.framework.recipes.atomic.CachedAtomicLong;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicInteger;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicValue;
import org.apache.curator.framework.recipes.atomic.PromotedToLock;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedCountListener;
import org.apache.curator.framework.recipes.shared.SharedCountReader;
import org.apache.curator.framework.recipes.shared.SharedValue;
import org.apache.curator.framework.recipes.shared.VersionedValue;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryNTimes;

/** Counters that clients share, and barriers at which they wait. */
final class Counters {
  private static final int CLIENTS = 6;

  private Counters() {}

  static void register(Registry registry) {
    registry
        .add("barrier.single", Counters::barrier)
        .add("barrier.double", Counters::doubleBarrier)
        .add("counter.shared", Counters::sharedCount)
        .add("counter.shared-value", Counters::sharedValue)
        .add("counter.atomic-long", Counters::atomicLong)
        .add("counter.atomic-kinds", Counters::atomicKinds)
        .add("counter.cached", Counters::cached);
  }

  private static void barrier(Context context) throws Exception {
    DistributedBarrier barrier = new DistributedBarrier(context.client(), context.at("barrier"));
    CuratorFramework witness = context.client();
    barrier.setBarrier();
    AtomicInteger through = new AtomicInteger();
    List<Context.Job<Boolean>> jobs = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      DistributedBarrier own = new DistributedBarrier(context.client(), context.at("barrier"));
      jobs.add(
          context.spawn(
              () -> {
                boolean opened = own.waitOnBarrier(20, TimeUnit.SECONDS);
                through.incrementAndGet();
                return opened;
              }));
    }
    Expect.same(
        "a short wait",
        false,
        new DistributedBarrier(witness, context.at("barrier"))
            .waitOnBarrier(50, TimeUnit.MILLISECONDS));
    Expect.same("through", 0, through.get());
    barrier.removeBarrier();
    for (Context.Job<Boolean> job : jobs) Expect.same("opened", true, job.result());
    Expect.same(
        "no barrier",
        true,
        new DistributedBarrier(witness, context.at("barrier")).waitOnBarrier(0, TimeUnit.SECONDS));
  }

  /** Twice: nobody goes in before all have come, and nobody out before all have finished. */
  private static void doubleBarrier(Context context) throws Exception {
    AtomicInteger came = new AtomicInteger();
    AtomicInteger finished = new AtomicInteger();
    List<Context.Job<Void>> jobs = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      CuratorFramework client = context.client();
      jobs.add(
          context.spawn(
              () -> {
                for (int round = 1; round <= 2; round++) {
                  DistributedDoubleBarrier barrier =
                      new DistributedDoubleBarrier(client, context.at("round" + round), CLIENTS);
                  came.incrementAndGet();
                  Expect.that("entered", barrier.enter(30, TimeUnit.SECONDS));
                  Expect.that("all have come", came.get() >= CLIENTS * round);
                  finished.incrementAndGet();
                  Expect.that("left", barrier.leave(30, TimeUnit.SECONDS));
                  Expect.that("all have finished", finished.get() >= CLIENTS * round);
                }
                return null;
              }));
    }
    for (Context.Job<Void> job : jobs) job.result();
  }

  private static void sharedCount(Context context) throws Exception {
    List<SharedCount> counts = new ArrayList<>();
    Events<Integer> seen = new Events<>();
    for (int i = 0; i < CLIENTS; i++) {
      counts.add(context.keep(new SharedCount(context.client(), context.at("count"), 5)));
      counts.get(i).start();
    }
    Expect.same("at first", 5, counts.get(3).getCount());
    counts.get(1).addListener(noting(seen));
    VersionedValue<Integer> old = counts.get(0).getVersionedValue();
    counts.get(0).setCount(6);
    Expect.same("told", 6, seen.next("the change"));
    Expect.same("with an old version", false, counts.get(0).trySetCount(old, 7));
    List<Context.Job<Void>> jobs = new ArrayList<>();
    for (SharedCount count : counts) {
      jobs.add(
          context.spawn(
              () -> {
                for (int round = 0; round < 10; round++) {
                  while (!count.trySetCount(
                      count.getVersionedValue(), count.getVersionedValue().getValue() + 1))
                    continue;
                }
                return null;
              }));
    }
    for (Context.Job<Void> job : jobs) job.result();
    CuratorFramework witness = context.client();
    SharedCount last = context.keep(new SharedCount(witness, context.at("count"), 0));
    last.start();
    Expect.that("at least one each round: " + last.getCount(), last.getCount() > 6);
    Expect.same(
        "every success is one version",
        last.getCount() - 4,
        witness.checkExists().forPath(context.at("count")).getVersion() + 1);
  }

  private static SharedCountListener noting(Events<Integer> seen) {
    return new SharedCountListener() {
      @Override
      public void countHasChanged(SharedCountReader count, int value) {
        seen.add(value);
      }

      @Override
      public void stateChanged(CuratorFramework client, ConnectionState state) {}
    };
  }

  private static void sharedValue(Context context) throws Exception {
    SharedValue first =
        context.keep(new SharedValue(context.client(), context.at("value"), bytes("seed")));
    SharedValue second =
        context.keep(new SharedValue(context.client(), context.at("value"), bytes("other")));
    first.start();
    second.start();
    Expect.same("seed", "seed", text(second.getValue()));
    first.setValue(bytes("new"));
    Expect.until("the other one is told", () -> text(second.getValue()).equals("new"));
    Expect.that(
        "with the version that it has",
        second.trySetValue(second.getVersionedValue(), bytes("newer")));
    Expect.until("the first one is told", () -> text(first.getValue()).equals("newer"));
  }

  private static void atomicLong(Context context) throws Exception {
    PromotedToLock lock =
        PromotedToLock.builder()
            .lockPath(context.at("lock"))
            .timeout(30, TimeUnit.SECONDS)
            .retryPolicy(new RetryNTimes(100, 5))
            .build();
    List<Context.Job<Void>> jobs = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      DistributedAtomicLong number =
          new DistributedAtomicLong(
              context.client(), context.at("long"), new RetryNTimes(2, 1), lock);
      jobs.add(
          context.spawn(
              () -> {
                for (int round = 0; round < 20; round++) {
                  AtomicValue<Long> value = number.increment();
                  Expect.that(
                      "done", value.succeeded() && value.postValue() == value.preValue() + 1);
                }
                return null;
              }));
    }
    for (Context.Job<Void> job : jobs) job.result();
    DistributedAtomicLong number =
        new DistributedAtomicLong(context.client(), context.at("long"), new RetryNTimes(2, 1));
    Expect.same("sum", 20L * CLIENTS, number.get().postValue());
    Expect.same("with a wrong value", false, number.compareAndSet(1L, 2L).succeeded());
    Expect.same("with the right one", true, number.compareAndSet(20L * CLIENTS, 2L).succeeded());
    Expect.same("subtracted", -40L, number.subtract(42L).postValue());
    number.forceSet(7L);
    Expect.same("set", 7L, number.get().postValue());
    Expect.same("a second start", false, number.initialize(1L));
  }

  private static void atomicKinds(Context context) throws Exception {
    CuratorFramework client = context.client();
    DistributedAtomicInteger integer =
        new DistributedAtomicInteger(client, context.at("int"), new RetryNTimes(2, 1));
    Expect.same("start", true, integer.initialize(3));
    Expect.same("decremented", 2, integer.decrement().postValue());
    Expect.same("set", 9, integer.trySet(9).postValue());
    DistributedAtomicValue value =
        new DistributedAtomicValue(client, context.at("value"), new RetryNTimes(2, 1));
    Expect.that("set", value.trySet(bytes("x")).succeeded());
    Expect.that(
        "compared",
        value.compareAndSet(bytes("x"), bytes("y")).succeeded()
            && !value.compareAndSet(bytes("x"), bytes("z")).succeeded());
    Expect.same("value", "y", text(value.get().postValue()));
  }

  /** Numbers that are fetched in blocks: none comes twice. */
  private static void cached(Context context) throws Exception {
    Events<Long> numbers = new Events<>();
    CountDownLatch done = new CountDownLatch(3);
    for (int i = 0; i < 3; i++) {
      CachedAtomicLong source =
          new CachedAtomicLong(
              new DistributedAtomicLong(
                  context.client(), context.at("numbers"), new RetryNTimes(50, 5)),
              10);
      context.spawn(
          () -> {
            for (int round = 0; round < 30; round++) numbers.add(source.next().postValue());
            done.countDown();
            return null;
          });
    }
    Expect.reached("all numbers", done);
    Expect.same("different ones", 90L, numbers.rest().stream().distinct().count());
  }
}
