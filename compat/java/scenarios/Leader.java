package scenarios;

import static harness.Check.equal;
import static harness.Check.holds;
import static harness.World.make;
import static harness.World.result;

import harness.Check;
import harness.Events;
import harness.Relay;
import harness.World;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;

/** Election of a leader among clients that come to an end in two ways. */
public final class Leader {
  private static final int CANDIDATES = 5;
  private static final int SESSION_MS = 3000;

  private Leader() {}

  private static final class Candidate {
    final int number;
    final Relay relay;
    final ZooKeeper client;

    Candidate(int number, Relay relay, ZooKeeper client) {
      this.number = number;
      this.relay = relay;
      this.client = client;
    }
  }

  public static void election(World world) throws Exception {
    ZooKeeper observer = world.rooted();
    String line = make(observer, world.root + "/line");
    // Who thinks that it leads. It stops thinking so when it hears that it has lost the server, and before it closes.
    Set<Integer> leading = ConcurrentHashMap.newKeySet();
    BlockingQueue<Integer> elected = new LinkedBlockingQueue<>();
    Map<Integer, Candidate> candidates = new HashMap<>();
    List<String> places = new ArrayList<>();
    for (int number = 0; number < CANDIDATES; number++) {
      Candidate candidate = candidate(world, number, leading);
      candidates.put(number, candidate);
      places.add(Recipes.enter(candidate.client, line, String.valueOf(number)));
    }
    List<CompletableFuture<Void>> runs = new ArrayList<>();
    for (int number = 0; number < CANDIDATES; number++) {
      Candidate candidate = candidates.get(number);
      String place = places.get(number);
      runs.add(world.spawn(() -> campaign(candidate, line, place, leading, elected)));
    }
    List<Integer> leaders = new ArrayList<>();
    for (int term = 0; term < CANDIDATES; term++) {
      Integer leader = elected.poll(Check.PATIENCE_SECONDS, TimeUnit.SECONDS);
      holds(leader != null && leader >= 0, term + ". leader: " + leader);
      leaders.add(leader);
      holds(leading.equals(Collections.singleton(leader)), "leaders in term " + term + ": " + leading);
      Events gone = Events.ofNodes();
      equal(CANDIDATES - term, observer.getChildren(line, gone).size(), "candidates in term " + term);
      end(candidates.get(leader), term, leading);
      gone.expect("NodeChildrenChanged " + line);
    }
    for (CompletableFuture<Void> run : runs) result(run);
    equal(CANDIDATES, leaders.stream().distinct().count(), "everybody has led: " + leaders);
    holds(elected.isEmpty(), "one more leader");
  }

  /** Closes the leader's session in an orderly way, or takes its network away until the server has expired it. */
  private static void end(Candidate leader, int term, Set<Integer> leading) throws Exception {
    if (term % 2 == 1) {
      leader.relay.down();
      return;
    }
    leading.remove(leader.number);
    leader.client.close();
  }

  private static Candidate candidate(World world, int number, Set<Integer> leading) throws Exception {
    Relay relay = world.relay(world.server());
    Watcher stepsDown =
        event -> {
          if (event.getState() == Watcher.Event.KeeperState.Disconnected) leading.remove(number);
        };
    return new Candidate(number, relay, world.client(relay.address(), SESSION_MS, stepsDown));
  }

  private static Void campaign(Candidate candidate, String line, String place, Set<Integer> leading, BlockingQueue<Integer> elected)
      throws Exception {
    Recipes.awaitFirst(candidate.client, line, place);
    leading.add(candidate.number);
    // Two at once would both be in the set now.
    elected.add(leading.size() == 1 ? candidate.number : -leading.size());
    return null;
  }
}
