package harness;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** What callbacks told, in order, to be waited for. */
public final class Events<T> {
  private final BlockingQueue<T> queue = new LinkedBlockingQueue<>();

  /** For the callback. */
  public void add(T event) {
    queue.add(event);
  }

  /** The next one. */
  public T next(String what) throws InterruptedException {
    T event = queue.poll(Expect.PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (event == null) throw new Expect.Unmet("waited in vain for " + what);
    return event;
  }

  /** The next one must be this. */
  public void expect(T expected) throws InterruptedException {
    Expect.same("event", expected, next("event " + expected));
  }

  /** The next ones must be these, in this order. */
  @SafeVarargs
  public final void expectAll(T... expected) throws InterruptedException {
    for (T event : expected) expect(event);
  }

  /** Skips to the first one that fits; the error tells what was skipped. */
  public T skipTo(String what, Predicate<T> fits) throws InterruptedException {
    List<T> skipped = new ArrayList<>();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Expect.PATIENCE_SECONDS);
    while (true) {
      T event = queue.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      if (event == null) throw new Expect.Unmet("waited in vain for " + what + ", got " + skipped);
      if (fits.test(event)) return event;
      skipped.add(event);
    }
  }

  /** Those that have come until now and were not taken. */
  public List<T> rest() {
    List<T> all = new ArrayList<>();
    queue.drainTo(all);
    return all;
  }
}
