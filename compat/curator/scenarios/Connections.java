package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import harness.Relay;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.framework.state.SessionConnectionStateErrorPolicy;
import org.apache.curator.retry.RetryNTimes;
import org.apache.zookeeper.KeeperException;

/** States of the connection, and recipes that go on when the server is killed and comes back. */
final class Connections {
  private Connections() {}

  static void register(Registry registry) {
    registry
        .add("connection.states", Connections::states)
        .add("connection.retries", Connections::retries)
        .add("connection.first-server-down", Connections::firstServerDown)
        .add("connection.locks-over-restart", Connections::locksOverRestart)
        .add("connection.latch-over-restart", Connections::latchOverRestart)
        .add("connection.latch-session-policy", Connections::latchSessionPolicy)
        .add("connection.recipes-over-restart", Connections::recipesOverRestart);
  }

  /**
   * SUSPENDED and RECONNECTED with the session kept, then SUSPENDED, LOST and RECONNECTED with a
   * new one.
   */
  private static void states(Context context) throws Exception {
    Relay relay = context.relay();
    CuratorFramework client =
        context.client(builder -> builder.connectString(relay.address()).sessionTimeoutMs(3_000));
    Events<ConnectionState> states = Sessions.statesOf(client);
    long first = Sessions.idOf(client);
    relay.cut();
    states.expect(ConnectionState.SUSPENDED);
    relay.mend();
    states.expect(ConnectionState.RECONNECTED);
    Expect.same("session", first, Sessions.idOf(client));
    relay.cut();
    states.expectAll(ConnectionState.SUSPENDED, ConnectionState.LOST);
    relay.mend();
    states.expect(ConnectionState.RECONNECTED);
    Expect.that("another session", Sessions.idOf(client) != first);
  }

  /** A retry policy that ends gives the error to the caller, one that goes on hides it. */
  private static void retries(Context context) throws Exception {
    Relay relay = context.relay();
    CuratorFramework ending =
        context.client(
            builder ->
                builder
                    .connectString(relay.address())
                    .connectionTimeoutMs(1_000)
                    .retryPolicy(new RetryNTimes(0, 0)));
    CuratorFramework lasting = context.client(builder -> builder.connectString(relay.address()));
    Events<ConnectionState> states = Sessions.statesOf(ending);
    relay.cut();
    states.expect(ConnectionState.SUSPENDED);
    Expect.raises(
        "no retry",
        KeeperException.ConnectionLossException.class,
        () -> ending.getData().forPath("/"));
    Context.Job<String> job =
        context.spawn(() -> lasting.create().forPath(context.root(), bytes("x")));
    relay.mend();
    Expect.same("made at last", context.root(), job.result());
  }

  /** Of several addresses one is enough. */
  private static void firstServerDown(Context context) throws Exception {
    Relay down = context.relay();
    down.cut();
    String both = down.address() + "," + context.server().address();
    CuratorFramework client = context.client(builder -> builder.connectString(both));
    client.create().forPath(context.root(), bytes("x"));
    Expect.same("data", "x", text(client.getData().forPath(context.root())));
  }

  /** Clients that count under a lock and under leases, while the server is killed twice. */
  private static void locksOverRestart(Context context) throws Exception {
    context.ownServer("");
    CuratorFramework witness = context.client();
    witness.create().creatingParentsIfNeeded().forPath(context.at("counter"), bytes("0"));
    int clients = 4;
    CountDownLatch some = new CountDownLatch(20);
    CountDownLatch more = new CountDownLatch(60);
    AtomicInteger counted = new AtomicInteger();
    List<Context.Job<Void>> jobs = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      CuratorFramework client = context.client();
      jobs.add(
          context.spawn(
              () -> {
                InterProcessMutex mutex = new InterProcessMutex(client, context.at("lock"));
                for (int round = 0; round < 30; round++) {
                  mutex.acquire();
                  try {
                    // A write that is tried again after a lost answer writes the same.
                    int value =
                        Integer.parseInt(text(client.getData().forPath(context.at("counter"))));
                    client.setData().forPath(context.at("counter"), bytes("" + (value + 1)));
                    counted.incrementAndGet();
                  } finally {
                    mutex.release();
                  }
                  some.countDown();
                  more.countDown();
                }
                return null;
              }));
    }
    Expect.reached("some rounds", some);
    context.server().kill();
    context.server().start();
    Expect.reached("more rounds", more);
    context.server().kill();
    context.server().start();
    for (Context.Job<Void> job : jobs) job.result();
    Expect.same("counted", clients * 30, counted.get());
    Expect.same(
        "counter", "" + clients * 30, text(witness.getData().forPath(context.at("counter"))));
    Expect.same("locks left", List.of(), Contention.left(witness, context.at("lock")));
  }

  private static LeaderLatch latch(Context context, CuratorFramework client, String id)
      throws Exception {
    LeaderLatch latch = context.keep(new LeaderLatch(client, context.at("latch"), id));
    latch.start();
    return latch;
  }

  /**
   * By the usual policy a leader without connection leads no more; afterwards there is one leader
   * again.
   */
  private static void latchOverRestart(Context context) throws Exception {
    context.ownServer("");
    List<LeaderLatch> latches = new ArrayList<>();
    for (int i = 0; i < 3; i++) latches.add(latch(context, context.client(), "l" + i));
    Expect.until("one leads", () -> latches.stream().anyMatch(LeaderLatch::hasLeadership));
    context.server().kill();
    Expect.until("none leads", () -> latches.stream().noneMatch(LeaderLatch::hasLeadership));
    context.server().start();
    Expect.until(
        "one leads again",
        () ->
            latches.stream().filter(LeaderLatch::hasLeadership).count() == 1
                && latches.get(0).getParticipants().size() == 3);
    Expect.same(
        "it is the same for all",
        1L,
        latches.stream().map(Connections::leaderOf).distinct().count());
  }

  private static String leaderOf(LeaderLatch latch) {
    try {
      return latch.getLeader().getId();
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }

  /** By the session policy a leader goes on to lead while its session may live. */
  private static void latchSessionPolicy(Context context) throws Exception {
    Relay relay = context.relay();
    CuratorFramework client =
        context.client(
            builder ->
                builder
                    .connectString(relay.address())
                    .connectionStateErrorPolicy(new SessionConnectionStateErrorPolicy())
                    .sessionTimeoutMs(3_000));
    Events<ConnectionState> states = Sessions.statesOf(client);
    LeaderLatch latch = latch(context, client, "one");
    Expect.that("leads", latch.await(30, TimeUnit.SECONDS));
    String path = latch.getOurPath();
    relay.cut();
    states.expect(ConnectionState.SUSPENDED);
    Expect.that("leads without connection", latch.hasLeadership());
    relay.mend();
    states.expect(ConnectionState.RECONNECTED);
    Expect.same("its znode", path, latch.getOurPath());
    relay.cut();
    states.expectAll(ConnectionState.SUSPENDED, ConnectionState.LOST);
    Expect.until("leads no more", () -> !latch.hasLeadership());
    relay.mend();
    states.expect(ConnectionState.RECONNECTED);
    Expect.until("leads again", latch::hasLeadership);
  }

  /** What is held over a crash of the server is held afterwards. */
  private static void recipesOverRestart(Context context) throws Exception {
    context.ownServer("");
    CuratorFramework client = context.client();
    CuratorFramework other = context.client();
    Events<ConnectionState> states = Sessions.statesOf(client);
    InterProcessMutex mutex = new InterProcessMutex(client, context.at("mutex"));
    InterProcessMutex othersMutex = new InterProcessMutex(other, context.at("mutex"));
    mutex.acquire();
    InterProcessSemaphoreV2 semaphore =
        new InterProcessSemaphoreV2(client, context.at("semaphore"), 1);
    Lease lease = semaphore.acquire();
    SharedCount count = context.keep(new SharedCount(client, context.at("count"), 1));
    count.start();
    GroupMember member = context.keep(new GroupMember(client, context.at("group"), "me"));
    GroupMember othersMember = context.keep(new GroupMember(other, context.at("group"), "other"));
    member.start();
    othersMember.start();
    Expect.until("two members", () -> othersMember.getCurrentMembers().size() == 2);
    Context.Job<Boolean> waiting = context.spawn(() -> othersMutex.acquire(30, TimeUnit.SECONDS));
    Expect.until("the other one waits", () -> mutex.getParticipantNodes().size() == 2);
    context.server().kill();
    states.expect(ConnectionState.SUSPENDED);
    context.server().start();
    states.expect(ConnectionState.RECONNECTED);
    Expect.same(
        "a second lease",
        null,
        new InterProcessSemaphoreV2(other, context.at("semaphore"), 1)
            .acquire(0, TimeUnit.SECONDS));
    Expect.that(
        "the other one waits on", !waiting.isDone() && mutex.getParticipantNodes().size() == 2);
    mutex.release();
    Expect.same("its turn", true, waiting.result());
    semaphore.returnLease(lease);
    Expect.that(
        "a lease again",
        new InterProcessSemaphoreV2(other, context.at("semaphore"), 1).acquire(20, TimeUnit.SECONDS)
            != null);
    SharedCount othersCount = context.keep(new SharedCount(other, context.at("count"), 9));
    othersCount.start();
    othersCount.setCount(2);
    Expect.until("the count is told", () -> count.getCount() == 2);
    Expect.until(
        "both are members",
        () ->
            othersMember.getCurrentMembers().size() == 2 && member.getCurrentMembers().size() == 2);
  }
}
