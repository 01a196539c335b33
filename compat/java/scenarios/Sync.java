package scenarios;

import static harness.Check.equal;
import static harness.World.make;
import static harness.World.result;

import harness.World;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.ZooKeeper;

/** sync, which orders a read behind the writes of others. */
public final class Sync {
  private Sync() {}

  public static void sync(World world) throws Exception {
    ZooKeeper client = world.rooted();
    ZooKeeper other = world.client();
    make(other, world.root + "/a");
    for (String path : new String[] {"/", world.root + "/a", world.root + "/none"}) {
      CompletableFuture<String> told = new CompletableFuture<>();
      client.sync(path, (code, at, context) -> told.complete(code + " " + at + " " + context), "context");
      equal("0 " + path + " context", result(told), "what the callback gets");
    }
    equal("[a]", client.getChildren(world.root, false), "children");
  }
}
