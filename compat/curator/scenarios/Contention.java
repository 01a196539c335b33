package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Expect;
import java.util.ArrayList;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.KeeperException;

/**
 * Clients that do the same at once, and count without any check: right only if something keeps them
 * apart.
 */
final class Contention {
  static final int CLIENTS = 8;
  static final int ROUNDS = 15;

  private Contention() {}

  /** What is done under a lock. */
  interface Guarded {
    void run(int round) throws Exception;
  }

  /**
   * Runs clients of their own side by side, each with some rounds of what it makes of its client.
   */
  static void contend(Context context, java.util.function.Function<CuratorFramework, Guarded> make)
      throws Exception {
    List<Context.Job<Void>> jobs = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      CuratorFramework client = context.client();
      jobs.add(
          context.spawn(
              () -> {
                Guarded guarded = make.apply(client);
                for (int round = 0; round < ROUNDS; round++) guarded.run(round);
                return null;
              }));
    }
    for (Context.Job<Void> job : jobs) job.result();
  }

  static void add(CuratorFramework client, String path) throws Exception {
    int value = Integer.parseInt(text(client.getData().forPath(path)));
    client.setData().forPath(path, bytes("" + (value + 1)));
  }

  static CuratorFramework counter(Context context) throws Exception {
    CuratorFramework witness = context.client();
    witness.create().creatingParentsIfNeeded().forPath(context.at("counter"), bytes("0"));
    return witness;
  }

  static void expectCounted(Context context, CuratorFramework witness) throws Exception {
    Expect.same(
        "counter", "" + CLIENTS * ROUNDS, text(witness.getData().forPath(context.at("counter"))));
  }

  /**
   * The children of a recipe's znode; it is a container, so that it goes some time after its last
   * child.
   */
  static List<String> left(CuratorFramework client, String path) throws Exception {
    try {
      return client.getChildren().forPath(path);
    } catch (KeeperException.NoNodeException gone) {
      return List.of();
    }
  }
}
