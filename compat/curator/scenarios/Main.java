package scenarios;

import harness.Registry;
import harness.Runner;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.logging.LogManager;

/**
 * The run: first argument the folder of keys and certificates, then words that select scenarios.
 */
public final class Main {
  private Main() {}

  /** Ends with the exit code of the run. */
  public static void main(String[] arguments) throws Exception {
    // Some recipes complain of clients that are closed before them.
    LogManager.getLogManager().reset();
    Path fixtures = Path.of(arguments[0]).toRealPath();
    List<String> words = Arrays.asList(arguments).subList(1, arguments.length);
    Registry registry = new Registry();
    Znodes.register(registry);
    Limits.register(registry);
    Watches.register(registry);
    WatchOrder.register(registry);
    Sessions.register(registry);
    Restarts.register(registry);
    Transactions.register(registry);
    Acls.register(registry);
    Frameworks.register(registry);
    Containers.register(registry);
    Ensembles.register(registry);
    Secure.register(registry);
    Uses.register(registry);
    Locks.register(registry);
    Semaphores.register(registry);
    Leaders.register(registry);
    Caches.register(registry);
    CacheContents.register(registry);
    OldCaches.register(registry);
    Counters.register(registry);
    Queues.register(registry);
    Nodes.register(registry);
    Discovery.register(registry);
    Connections.register(registry);
    AsyncDsl.register(registry);
    System.exit(new Runner(fixtures).run(registry, words));
  }
}
