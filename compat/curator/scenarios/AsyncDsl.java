package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Expect;
import harness.Registry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.schema.Schema;
import org.apache.curator.framework.schema.SchemaSet;
import org.apache.curator.framework.schema.SchemaViolation;
import org.apache.curator.x.async.AsyncCuratorFramework;
import org.apache.curator.x.async.AsyncStage;
import org.apache.curator.x.async.api.CreateOption;
import org.apache.curator.x.async.modeled.JacksonModelSerializer;
import org.apache.curator.x.async.modeled.ModelSpec;
import org.apache.curator.x.async.modeled.ModeledFramework;
import org.apache.curator.x.async.modeled.ZPath;
import org.apache.curator.x.async.modeled.versioned.Versioned;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;

/**
 * Curator's newer ways to say things: stages instead of callbacks, models instead of bytes, and
 * schemas.
 */
final class AsyncDsl {
  private AsyncDsl() {}

  static void register(Registry registry) {
    registry
        .add("async.operations", AsyncDsl::operations)
        .add("async.watches", AsyncDsl::watches)
        .add("async.transaction", AsyncDsl::transaction)
        .add("async.modeled", AsyncDsl::modeled)
        .add("framework.schema", AsyncDsl::schema);
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(Expect.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static void fails(
      String what, Class<? extends KeeperException> kind, CompletionStage<?> stage)
      throws Exception {
    try {
      await(stage);
    } catch (ExecutionException error) {
      Expect.that(what + ": " + error.getCause(), kind.isInstance(error.getCause()));
      return;
    }
    throw new Expect.Unmet(what + ": no error, expected " + kind.getSimpleName());
  }

  private static void operations(Context context) throws Exception {
    AsyncCuratorFramework client = AsyncCuratorFramework.wrap(context.client());
    String path = context.at("n");
    Expect.same(
        "path",
        path,
        await(
            client
                .create()
                .withOptions(java.util.Set.of(CreateOption.createParentsIfNeeded))
                .forPath(path, bytes("1"))));
    CompletionStage<Integer> chain =
        client
            .getData()
            .forPath(path)
            .thenCompose(data -> client.setData().forPath(path, bytes(text(data) + "2")))
            .thenApply(stat -> stat.getVersion());
    Expect.same("version", 1, await(chain));
    Expect.same("data", "12", text(await(client.getData().forPath(path))));
    List<CompletionStage<String>> stages = new ArrayList<>();
    for (int i = 0; i < 200; i++)
      stages.add(client.create().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath(path + "/s-"));
    for (int i = 0; i < 200; i++)
      Expect.same("path", String.format("%s/s-%010d", path, i), await(stages.get(i)));
    Expect.same("exists", null, await(client.checkExists().forPath(context.at("none"))));
    fails("create again", KeeperException.NodeExistsException.class, client.create().forPath(path));
    fails("delete", KeeperException.NotEmptyException.class, client.delete().forPath(path));
    fails(
        "version",
        KeeperException.BadVersionException.class,
        client.setData().withVersion(9).forPath(path, bytes("x")));
  }

  private static void watches(Context context) throws Exception {
    AsyncCuratorFramework client = AsyncCuratorFramework.wrap(context.client());
    CuratorFramework other = context.client();
    other.create().forPath(context.root(), bytes("1"));
    AsyncStage<byte[]> read = client.watched().getData().forPath(context.root());
    AsyncStage<org.apache.zookeeper.data.Stat> missing =
        client.watched().checkExists().forPath(context.at("n"));
    Expect.same("data", "1", text(await(read)));
    Expect.same("nothing", null, await(missing));
    other.setData().forPath(context.root(), bytes("2"));
    other.create().forPath(context.at("n"));
    WatchedEvent event = await(read.event());
    Expect.same(
        "event", EventType.NodeDataChanged + context.root(), event.getType() + event.getPath());
    Expect.same("second event", EventType.NodeCreated, await(missing.event()).getType());
  }

  private static void transaction(Context context) throws Exception {
    AsyncCuratorFramework client = AsyncCuratorFramework.wrap(context.client());
    await(client.create().forPath(context.root()));
    Expect.same(
        "results",
        2,
        await(
                client
                    .transaction()
                    .forOperations(
                        List.of(
                            client.transactionOp().create().forPath(context.at("a")),
                            client.transactionOp().setData().forPath(context.at("a"), bytes("x")))))
            .size());
    fails(
        "second",
        KeeperException.NoNodeException.class,
        client
            .transaction()
            .forOperations(
                List.of(
                    client.transactionOp().delete().forPath(context.at("a")),
                    client.transactionOp().check().forPath(context.at("none")))));
    Expect.same("data", "x", text(await(client.getData().forPath(context.at("a")))));
  }

  private static void modeled(Context context) throws Exception {
    AsyncCuratorFramework client = AsyncCuratorFramework.wrap(context.client());
    ModelSpec<String> spec =
        ModelSpec.builder(ZPath.parse(context.root()), JacksonModelSerializer.build(String.class))
            .build();
    ModeledFramework<String> models = ModeledFramework.wrap(client, spec);
    await(models.set("one"));
    Expect.same("model", "one", await(models.read()));
    Expect.same("bytes", "\"one\"", text(await(client.getData().forPath(context.root()))));
    Versioned<String> old = await(models.versioned().read());
    await(models.set("two"));
    fails(
        "set of an old version",
        KeeperException.BadVersionException.class,
        models.versioned().update(Versioned.from("three", old.version())));
    for (String name : List.of("a", "b")) await(models.child(name).set("child " + name));
    Expect.same("children", 2, await(models.children()).size());
    Expect.same("as models", "child b", await(models.child("b").read()));
  }

  /** What a schema forbids does not reach the server. */
  private static void schema(Context context) throws Exception {
    Schema schema =
        Schema.builder(context.root())
            .name("root")
            .ephemeral(Schema.Allowance.CANNOT)
            .canBeDeleted(false)
            .dataValidator((at, path, data, acl) -> data.length > 0)
            .build();
    CuratorFramework client =
        context.client(builder -> builder.schemaSet(new SchemaSet(List.of(schema), false)));
    Expect.raises(
        "no data",
        SchemaViolation.class,
        () -> client.create().forPath(context.root(), new byte[0]));
    Expect.raises(
        "ephemeral",
        SchemaViolation.class,
        () -> client.create().withMode(CreateMode.EPHEMERAL).forPath(context.root(), bytes("x")));
    client.create().forPath(context.root(), bytes("x"));
    Expect.raises("delete", SchemaViolation.class, () -> client.delete().forPath(context.root()));
    Expect.same("data", "x", text(client.getData().forPath(context.root())));
  }
}
