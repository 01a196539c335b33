package harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs the scenarios whose names contain one of the given words, or all: a line for each, then the counts. */
public final class Suite {
  /** A scenario that takes longer hangs. */
  private static final int LIMIT_SECONDS = 75;

  private static Path folder;

  private Suite() {}

  /** The folder of this run: gone after it, unless something failed. */
  static synchronized Path folder() {
    try {
      if (folder == null) folder = Files.createTempDirectory("zabra-java-");
      return folder;
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  public static void main(String[] words) throws Exception {
    int passed = 0;
    int failed = 0;
    for (Catalogue.Entry entry : Catalogue.ENTRIES) {
      if (words.length > 0 && Arrays.stream(words).noneMatch(entry.name::contains)) continue;
      String missing = Catalogue.missing(entry);
      if (missing != null) {
        System.out.println("skip " + entry.name + ": " + missing);
        continue;
      }
      long start = System.nanoTime();
      String why = attempt(entry);
      long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      System.out.println((why == null ? "ok " : "FAIL ") + entry.name + " " + ms + (why == null ? "" : ": " + why));
      if (why == null) passed++;
      else failed++;
    }
    World.endCommon();
    if (failed > 0) System.err.println("logs are in " + folder());
    else remove(folder());
    System.out.println(passed + " passed, " + failed + " failed");
    // Threads of a scenario that hung do not keep the process.
    System.exit(failed == 0 && passed > 0 ? 0 : 1);
  }

  /** Runs one scenario; returns why it failed, on one line, or null. */
  private static String attempt(Catalogue.Entry entry) throws Exception {
    Method method = Catalogue.method(entry);
    World world = new World(entry.name);
    Throwable[] failure = {new Check.Unmet("no end within " + LIMIT_SECONDS + " s")};
    Thread thread =
        new Thread(
            () -> {
              try {
                method.invoke(null, world);
                failure[0] = null;
              } catch (InvocationTargetException error) {
                failure[0] = error.getCause();
              } catch (ReflectiveOperationException error) {
                failure[0] = error;
              }
            },
            entry.name);
    thread.setDaemon(true);
    thread.start();
    thread.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
    Throwable why = failure[0];
    if (thread.isAlive()) System.err.println(entry.name + " hangs at " + where(thread.getStackTrace()));
    world.end();
    if (why == null) return null;
    String text = why instanceof Check.Unmet ? why.getMessage() : why.toString();
    return text.replaceAll("\\s+", " ") + " (" + where(why.getStackTrace()) + ")";
  }

  /** The lines of the scenario in a stack. */
  private static String where(StackTraceElement[] stack) {
    return Arrays.stream(stack)
        .filter(frame -> frame.getClassName().startsWith("scenarios."))
        .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
        .collect(Collectors.joining(" < "));
  }

  private static void remove(Path folder) throws IOException {
    List<Path> inside;
    try (Stream<Path> walk = Files.walk(folder)) {
      inside = walk.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
    }
    for (Path path : inside) Files.deleteIfExists(path);
  }
}
