package harness;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs the scenarios that words select, a few side by side since most of them wait, and prints a
 * line for each.
 */
public final class Runner {
  /** A scenario that takes longer hangs. */
  private static final int LIMIT_SECONDS = 75;

  private static final int SIDE_BY_SIDE = 4;

  private final SharedServers shared;
  private int passed;
  private int failed;

  /**
   * @param fixtures the folder of keys and certificates
   */
  public Runner(Path fixtures) {
    this.shared = new SharedServers(fixtures);
  }

  /** Returns the exit code. */
  public int run(Registry registry, List<String> words) throws Exception {
    registry.skips.forEach(
        (name, why) -> {
          if (selected(name, words)) System.out.println("skip " + name + ": " + why);
        });
    ExecutorService pool = Executors.newFixedThreadPool(SIDE_BY_SIDE);
    Map<String, Future<String>> lines = new LinkedHashMap<>();
    registry.scenarios.forEach(
        (name, scenario) -> {
          if (selected(name, words))
            lines.put(name, pool.submit((Callable<String>) () -> attempt(name, scenario)));
        });
    for (Future<String> line : lines.values()) print(line.get());
    pool.shutdown();
    shared.close();
    System.out.println(passed + " passed, " + failed + " failed");
    return failed > 0 || passed == 0 ? 1 : 0;
  }

  private void print(String line) {
    System.out.println(line);
    if (line.startsWith("ok ")) passed++;
    else failed++;
  }

  private static boolean selected(String name, List<String> words) {
    return words.isEmpty() || words.stream().anyMatch(name::contains);
  }

  private String attempt(String name, Registry.Scenario scenario) throws InterruptedException {
    Context context = new Context(name, shared);
    CompletableFuture<String> outcome = new CompletableFuture<>();
    Thread thread = new Thread(() -> outcome.complete(failureOf(scenario, context)), name);
    thread.setDaemon(true);
    long start = System.nanoTime();
    thread.start();
    String why;
    try {
      why = outcome.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      why = "no end within " + LIMIT_SECONDS + " s, it is" + place(thread.getStackTrace());
    } catch (java.util.concurrent.ExecutionException never) {
      throw new IllegalStateException(never);
    }
    long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    context.close();
    return why.isEmpty()
        ? "ok " + name + " " + ms
        : "FAIL " + name + " " + ms + ": " + why.replaceAll("\\s+", " ");
  }

  /** Why the scenario failed; empty if it did not. */
  private static String failureOf(Registry.Scenario scenario, Context context) {
    try {
      scenario.run(context);
      return "";
    } catch (Expect.Unmet unmet) {
      return unmet.getMessage() + place(unmet.getStackTrace());
    } catch (Throwable error) {
      return error + place(error.getStackTrace());
    }
  }

  /** The lines of scenarios that lead to the place. */
  private static String place(StackTraceElement[] trace) {
    List<String> places = new ArrayList<>();
    Arrays.stream(trace)
        .filter(element -> element.getClassName().startsWith("scenarios."))
        .limit(2)
        .forEach(element -> places.add(element.getFileName() + ":" + element.getLineNumber()));
    return " at " + String.join(" < ", places);
  }
}
