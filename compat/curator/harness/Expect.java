package harness;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.zookeeper.KeeperException;

/** What a scenario asserts. */
public final class Expect {
  /** How long anything may take that must come. */
  public static final int PATIENCE_SECONDS = 30;

  private Expect() {}

  /** What is not as expected; the message is the reason that the run prints. */
  public static final class Unmet extends RuntimeException {
    public Unmet(String message) {
      super(message);
    }
  }

  /** Something that throws. */
  public interface Action {
    void run() throws Exception;
  }

  /** Both must be equal. */
  public static void same(String what, Object expected, Object actual) {
    if (!Objects.equals(expected, actual))
      throw new Unmet(what + ": " + actual + ", expected " + expected);
  }

  /** It must hold. */
  public static void that(String what, boolean holds) {
    if (!holds) throw new Unmet("not so: " + what);
  }

  /** The action must end with this error, which is given back. */
  public static KeeperException fails(String what, KeeperException.Code code, Action action)
      throws Exception {
    try {
      action.run();
    } catch (KeeperException error) {
      same(what, code, error.code());
      return error;
    }
    throw new Unmet(what + ": no error, expected " + code);
  }

  /** The action must end with an exception of this class. */
  public static void raises(String what, Class<? extends Throwable> kind, Action action) {
    try {
      action.run();
    } catch (Throwable error) {
      if (kind.isInstance(error)) return;
      throw new Unmet(what + ": " + error + ", expected " + kind.getSimpleName());
    }
    throw new Unmet(what + ": no exception, expected " + kind.getSimpleName());
  }

  /** Waits for the latch. */
  public static void reached(String what, CountDownLatch latch) throws InterruptedException {
    if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS))
      throw new Unmet("waited in vain for " + what);
  }

  /** Asks again until it holds: for states of the library that no listener tells. */
  public static void until(String what, Callable<Boolean> holds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!holds.call()) {
      if (System.nanoTime() > end) throw new Unmet("waited in vain until " + what);
      Thread.sleep(10);
    }
  }

  /** Asks again until it is this; the error tells in what the last answer differs. */
  public static <K, V> void untilSame(String what, Map<K, V> expected, Callable<Map<K, V>> actual)
      throws Exception {
    AtomicReference<Map<K, V>> last = new AtomicReference<>();
    try {
      until(
          what,
          () -> {
            last.set(actual.call());
            return expected.equals(last.get());
          });
    } catch (Unmet late) {
      Map<K, V> missing = new HashMap<>(expected);
      Map<K, V> excess = new HashMap<>(last.get());
      missing.entrySet().removeAll(last.get().entrySet());
      excess.entrySet().removeAll(expected.entrySet());
      throw new Unmet(late.getMessage() + ": lacks " + missing + ", has " + excess);
    }
  }
}
