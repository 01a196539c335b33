package scenarios;

import static harness.Context.bytes;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import harness.Relay;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.leader.Participant;

/** Leader election, by latch and by selector; use.leader is the one with fencing. */
final class Leaders {
  private Leaders() {}

  static void register(Registry registry) {
    registry
        .add("leader.latch", Leaders::latch)
        .add("leader.latch-session-killed", Leaders::latchSessionKilled)
        .add("leader.latch-znode-deleted", Leaders::latchZnodeDeleted)
        .add("leader.selector", Leaders::selector)
        .add("leader.selector-session-killed", Leaders::selectorSessionKilled)
        .add("leader.selector-suspended", Leaders::selectorSuspended);
  }

  private static LeaderLatch joined(
      Context context, CuratorFramework client, String id, Events<String> events) throws Exception {
    LeaderLatch latch =
        context.keep(
            new LeaderLatch(client, context.at("latch"), id, LeaderLatch.CloseMode.NOTIFY_LEADER));
    latch.addListener(
        new LeaderLatchListener() {
          @Override
          public void isLeader() {
            events.add(id + " leads");
          }

          @Override
          public void notLeader() {
            events.add(id + " leads no more");
          }
        });
    latch.start();
    return latch;
  }

  private static void latch(Context context) throws Exception {
    Events<String> events = new Events<>();
    List<LeaderLatch> latches = new ArrayList<>();
    CuratorFramework witness = context.client();
    for (int i = 0; i < 5; i++) {
      int expected = i + 1;
      latches.add(joined(context, context.client(), "l" + i, events));
      Expect.until("it has joined", () -> latches.get(0).getParticipants().size() == expected);
    }
    for (int i = 0; i < 5; i++) {
      events.expect("l" + i + " leads");
      LeaderLatch leader = latches.get(i);
      Expect.same("as others see it", new Participant("l" + i, true), latches.get(4).getLeader());
      Expect.same(
          "as they see themselves",
          List.of(leader),
          latches.stream().filter(LeaderLatch::hasLeadership).collect(Collectors.toList()));
      Expect.same("participants", 5 - i, leader.getParticipants().size());
      leader.close();
      events.expect("l" + i + " leads no more");
    }
    // Closing removes the last one's znode in the background.
    Expect.until("no znode is left", () -> Contention.left(witness, context.at("latch")).isEmpty());
  }

  /** The one whose session has ended steps back and joins again at the end. */
  private static void latchSessionKilled(Context context) throws Exception {
    Events<String> events = new Events<>();
    CuratorFramework client = context.client(4_000);
    LeaderLatch first = joined(context, client, "first", events);
    events.expect("first leads");
    LeaderLatch second = joined(context, context.client(), "second", events);
    Expect.until("both have joined", () -> second.getParticipants().size() == 2);
    context.killSession(client);
    List<String> told = List.of(events.next("a change"), events.next("another change"));
    Expect.that(
        "both are told: " + told, told.containsAll(List.of("first leads no more", "second leads")));
    Expect.until(
        "the first one is back",
        () ->
            second
                .getParticipants()
                .equals(List.of(new Participant("second", true), new Participant("first", false))));
    second.close();
    events.skipTo("the first one leads again", event -> event.equals("first leads"));
    Expect.that("it leads", first.hasLeadership());
  }

  private static void latchZnodeDeleted(Context context) throws Exception {
    Events<String> events = new Events<>();
    CuratorFramework witness = context.client();
    LeaderLatch first = joined(context, context.client(), "first", events);
    events.expect("first leads");
    LeaderLatch second = joined(context, context.client(), "second", events);
    Expect.until("both have joined", () -> second.getParticipants().size() == 2);
    witness.delete().forPath(first.getOurPath());
    events.skipTo("the second one leads", event -> event.equals("second leads"));
  }

  /** Each of five leads three times, and never two at once. */
  private static void selector(Context context) throws Exception {
    AtomicInteger leading = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Map<String, AtomicInteger> terms = new ConcurrentHashMap<>();
    CountDownLatch done = new CountDownLatch(15);
    for (int i = 0; i < 5; i++) {
      String id = "s" + i;
      LeaderSelector selector =
          context.keep(
              new LeaderSelector(
                  context.client(),
                  context.at("selector"),
                  new LeaderSelectorListenerAdapter() {
                    @Override
                    public void takeLeadership(CuratorFramework client) throws Exception {
                      most.accumulateAndGet(leading.incrementAndGet(), Math::max);
                      client.create().orSetData().forPath(context.at("leader"), bytes(id));
                      if (terms.computeIfAbsent(id, none -> new AtomicInteger()).incrementAndGet()
                          <= 3) done.countDown();
                      leading.decrementAndGet();
                    }
                  }));
      selector.setId(id);
      selector.autoRequeue();
      selector.start();
    }
    Expect.reached("three terms for each of five: " + terms, done);
    Expect.same("leaders at once", 1, most.get());
  }

  /** Leads until it is told to stop. */
  private static final class Reign extends LeaderSelectorListenerAdapter {
    private final String id;
    private final Events<String> events;

    Reign(String id, Events<String> events) {
      this.id = id;
      this.events = events;
    }

    @Override
    public void takeLeadership(CuratorFramework client) {
      events.add(id + " leads");
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException deposed) {
        events.add(id + " leads no more");
      }
    }
  }

  private static LeaderSelector selecting(
      Context context, CuratorFramework client, String id, Events<String> events) {
    LeaderSelector selector =
        context.keep(new LeaderSelector(client, context.at("selector"), new Reign(id, events)));
    selector.setId(id);
    selector.autoRequeue();
    selector.start();
    return selector;
  }

  private static void selectorSessionKilled(Context context) throws Exception {
    Events<String> events = new Events<>();
    CuratorFramework client = context.client(4_000);
    LeaderSelector first = selecting(context, client, "first", events);
    events.expect("first leads");
    LeaderSelector second = selecting(context, context.client(), "second", events);
    Expect.until("both have joined", () -> second.getParticipants().size() == 2);
    Expect.same("leader", new Participant("first", true), second.getLeader());
    context.killSession(client);
    List<String> told = List.of(events.next("a change"), events.next("another change"));
    Expect.that(
        "both are told: " + told, told.containsAll(List.of("first leads no more", "second leads")));
    Expect.until("the first one is back", () -> second.getParticipants().size() == 2);
    second.interruptLeadership();
    events.expectAll("second leads no more", "first leads");
    Expect.that("as they see themselves", first.hasLeadership() && !second.hasLeadership());
  }

  /** A leader that loses its connection stops to lead, though its session lives on. */
  private static void selectorSuspended(Context context) throws Exception {
    Events<String> events = new Events<>();
    Relay relay = context.relay();
    CuratorFramework client = context.client(builder -> builder.connectString(relay.address()));
    selecting(context, client, "first", events);
    events.expect("first leads");
    long before = Sessions.idOf(client);
    relay.cut();
    events.expect("first leads no more");
    relay.mend();
    events.expect("first leads");
    Expect.same("session", before, Sessions.idOf(client));
  }
}
