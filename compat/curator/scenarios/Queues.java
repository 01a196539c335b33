package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Events;
import harness.Expect;
import harness.Registry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.queue.DistributedDelayQueue;
import org.apache.curator.framework.recipes.queue.DistributedIdQueue;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.state.ConnectionState;

/** Queues: nothing is lost, nothing comes twice, and the order is that of the queue. */
final class Queues {
  private Queues() {}

  static void register(Registry registry) {
    registry
        .add("queue.distributed", Queues::distributed)
        .add("queue.contended", Queues::contended)
        .add("queue.lock-safe", Queues::lockSafe)
        .add("queue.id", Queues::byId)
        .add("queue.priority", Queues::priority)
        .add("queue.delay", Queues::delay)
        .add("queue.simple", Queues::simple);
  }

  private static final QueueSerializer<String> TEXTS =
      new QueueSerializer<>() {
        @Override
        public byte[] serialize(String item) {
          return bytes(item);
        }

        @Override
        public String deserialize(byte[] bytes) {
          return text(bytes);
        }
      };

  /** What is done with an item. */
  private interface Taker {
    void take(String item) throws Exception;
  }

  private static QueueConsumer<String> consumer(Taker taker) {
    return new QueueConsumer<>() {
      @Override
      public void consumeMessage(String item) throws Exception {
        taker.take(item);
      }

      @Override
      public void stateChanged(CuratorFramework client, ConnectionState state) {}
    };
  }

  private static QueueBuilder<String> builder(Context context, Taker taker) throws Exception {
    return QueueBuilder.builder(
        context.client(), taker == null ? null : consumer(taker), TEXTS, context.at("queue"));
  }

  private static List<String> names(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).collect(Collectors.toList());
  }

  private static void distributed(Context context) throws Exception {
    Events<String> items = new Events<>();
    DistributedQueue<String> source = context.keep(builder(context, null).buildQueue());
    source.start();
    for (String name : names("n", 50)) source.put(name);
    Expect.that("written", source.flushPuts(20, TimeUnit.SECONDS));
    DistributedQueue<String> sink = context.keep(builder(context, items::add).buildQueue());
    sink.start();
    for (String name : names("n", 50)) items.expect(name);
    for (String name : names("m", 50)) source.put(name);
    for (String name : names("m", 50)) items.expect(name);
  }

  private static void contended(Context context) throws Exception {
    Events<String> items = new Events<>();
    CountDownLatch all = new CountDownLatch(300);
    for (int i = 0; i < 4; i++) {
      DistributedQueue<String> sink =
          context.keep(
              builder(
                      context,
                      item -> {
                        items.add(item);
                        all.countDown();
                      })
                  .buildQueue());
      sink.start();
    }
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      DistributedQueue<String> source = context.keep(builder(context, null).buildQueue());
      source.start();
      List<String> own = names("from" + i + "-", 100);
      expected.addAll(own);
      context.spawn(
          () -> {
            for (String item : own) source.put(item);
            return null;
          });
    }
    Expect.reached("all items", all);
    List<String> got = items.rest();
    Collections.sort(got);
    Collections.sort(expected);
    Expect.same("items", expected, got);
  }

  /** A consumer that fails gives the item back: it comes again. */
  private static void lockSafe(Context context) throws Exception {
    Events<String> items = new Events<>();
    AtomicInteger deliveries = new AtomicInteger();
    DistributedQueue<String> queue =
        context.keep(
            builder(
                    context,
                    item -> {
                      items.add(item);
                      if (deliveries.incrementAndGet() == 1)
                        throw new IllegalStateException("not this time");
                      items.add("done " + item);
                    })
                .lockPath(context.at("locks"))
                .buildQueue());
    queue.start();
    queue.put("x");
    items.skipTo("the second time", item -> item.equals("done x"));
  }

  private static void byId(Context context) throws Exception {
    Events<String> items = new Events<>();
    DistributedIdQueue<String> source = context.keep(builder(context, null).buildIdQueue());
    source.start();
    for (String name : List.of("a", "b", "c", "b")) source.put("item " + name, name);
    Expect.that("written", source.flushPuts(20, TimeUnit.SECONDS));
    Expect.same("removed", 2, source.remove("b"));
    DistributedIdQueue<String> sink = context.keep(builder(context, items::add).buildIdQueue());
    sink.start();
    items.expectAll("item a", "item c");
  }

  private static void priority(Context context) throws Exception {
    Events<String> items = new Events<>();
    DistributedPriorityQueue<String> source =
        context.keep(builder(context, null).buildPriorityQueue(0));
    source.start();
    for (int number : List.of(5, -3, 100, 0, 7, -1000)) source.put("p" + number, number);
    Expect.that("written", source.flushPuts(20, TimeUnit.SECONDS));
    DistributedPriorityQueue<String> sink =
        context.keep(builder(context, items::add).buildPriorityQueue(0));
    sink.start();
    items.expectAll("p-1000", "p-3", "p0", "p5", "p7", "p100");
  }

  private static void delay(Context context) throws Exception {
    Events<String> items = new Events<>();
    DistributedDelayQueue<String> queue =
        context.keep(
            builder(
                    context,
                    item ->
                        items.add(
                            item
                                + (System.currentTimeMillis() >= Long.parseLong(item.split("@")[1])
                                    ? ""
                                    : " early")))
                .buildDelayQueue());
    queue.start();
    long now = System.currentTimeMillis();
    for (int delay : List.of(900, 0, 300))
      queue.put("after " + delay + "@" + (now + delay), now + delay);
    for (int delay : List.of(0, 300, 900)) items.expect("after " + delay + "@" + (now + delay));
  }

  private static void simple(Context context) throws Exception {
    SimpleDistributedQueue queue =
        new SimpleDistributedQueue(context.client(), context.at("queue"));
    SimpleDistributedQueue other =
        new SimpleDistributedQueue(context.client(), context.at("queue"));
    Expect.same("peek of none", null, queue.peek());
    Expect.same("poll of none", null, queue.poll(50, TimeUnit.MILLISECONDS));
    Expect.raises("remove of none", NoSuchElementException.class, queue::remove);
    Context.Job<String> waiting = context.spawn(() -> text(other.take()));
    queue.offer(bytes("first"));
    Expect.same("taken", "first", waiting.result());
    for (String name : names("n", 20)) queue.offer(bytes(name));
    Expect.same("peek", "n0", text(other.peek()));
    List<Context.Job<List<String>>> jobs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      SimpleDistributedQueue own =
          new SimpleDistributedQueue(context.client(), context.at("queue"));
      jobs.add(
          context.spawn(
              () -> {
                List<String> taken = new ArrayList<>();
                for (int round = 0; round < 5; round++) taken.add(text(own.take()));
                return taken;
              }));
    }
    List<String> all = new ArrayList<>();
    for (Context.Job<List<String>> job : jobs) all.addAll(job.result());
    Collections.sort(all);
    List<String> expected = names("n", 20);
    Collections.sort(expected);
    Expect.same("all taken", expected, all);
  }
}
