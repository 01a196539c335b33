package harness;

import org.apache.zookeeper.KeeperException;

/** What scenarios say about what they got. */
public final class Check {
  /** Longer than anything takes on a busy machine; a wait that ends here is a failure. */
  public static final int PATIENCE_SECONDS = 25;

  /** An expectation that does not hold; its text is the reason that is printed. */
  public static final class Unmet extends AssertionError {
    public Unmet(String why) {
      super(why);
    }
  }

  /** A piece of a scenario that may fail. */
  public interface Action {
    void run() throws Exception;
  }

  private Check() {}

  /** Fails with the text unless the condition holds. */
  public static void holds(boolean condition, String what) {
    if (!condition) throw new Unmet(what);
  }

  /** Fails unless both look the same when printed: numbers of different width and lists of different classes compare. */
  public static void equal(Object expected, Object got, String what) {
    String wanted = String.valueOf(expected);
    String given = String.valueOf(got);
    if (!wanted.equals(given)) throw new Unmet(what + ": got " + brief(given) + ", expected " + brief(wanted));
  }

  /** Runs what must be refused with this code, and returns the refusal. */
  public static KeeperException refused(KeeperException.Code code, Action action) throws Exception {
    try {
      action.run();
    } catch (KeeperException error) {
      if (error.code() == code) return error;
      throw new Unmet("expected " + code + ", got " + error);
    }
    throw new Unmet("expected " + code + ", but it was done");
  }

  private static String brief(String text) {
    return text.length() > 300 ? text.substring(0, 300) + "…" : text;
  }
}
