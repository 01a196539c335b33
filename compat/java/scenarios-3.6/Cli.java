package scenarios;

import static harness.Check.holds;
import static java.nio.charset.StandardCharsets.UTF_8;

import harness.Check;
import harness.World;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.ZooKeeper;

/** The client's own command line, as operators type into it. */
public final class Cli {
  private Cli() {}

  public static void commands(World world) throws Exception {
    ZooKeeper client = world.rooted();
    String root = world.root;
    // What is typed, and a line that must follow it.
    String[][] talk = {
      {"create " + root + "/a one", "Created " + root + "/a"},
      {"create -s " + root + "/n- x", "Created " + root + "/n-0000000001"},
      {"create -e " + root + "/e x", "Created " + root + "/e"},
      {"create " + root + "/a one", "Node already exists: " + root + "/a"},
      {"ls " + root, "[a, e, n-0000000001]"},
      {"get " + root + "/a", "one"},
      {"set -v 0 " + root + "/a two", ""},
      {"set -v 0 " + root + "/a three", "version No is not valid : " + root + "/a"},
      {"stat " + root + "/a", "dataVersion = 1"},
      {"getAcl " + root + "/a", "'world,'anyone"},
      {"addauth digest ann:secret", ""},
      {"setAcl " + root + "/n-0000000001 auth::cdrwa", ""},
      {"getAcl " + root + "/n-0000000001", "'digest,'ann:"},
      {"setquota -n 2 " + root + "/a", ""},
      {"create " + root + "/a/b x", "Created " + root + "/a/b"},
      {"listquota " + root + "/a", "Output quota for " + root + "/a count=2,"},
      {"listquota " + root + "/a", "Output stat for " + root + "/a count=2,"},
      {"delquota " + root + "/a", ""},
      {"getAllChildrenNumber " + root, "4"},
      {"getEphemerals " + root, "[" + root + "/e]"},
      {"delete " + root + "/a", "Node not empty: " + root + "/a"},
      {"addWatch -m PERSISTENT " + root + "/a", ""},
      {"create " + root + "/a/c x", "WatchedEvent state:SyncConnected type:NodeChildrenChanged path:" + root + "/a"},
      {"removewatches " + root + "/a", "WatchedEvent state:SyncConnected type:PersistentWatchRemoved path:" + root + "/a"},
      {"deleteall " + root + "/a", ""},
      {"ls -R " + root, root + "/n-0000000001"},
      {"sync " + root, "Sync is OK"},
    };
    StringBuilder typed = new StringBuilder();
    for (String[] line : talk) typed.append(line[0]).append('\n');
    String said = run(world, typed.append("quit\n").toString());
    int at = 0;
    for (String[] line : talk) {
      int found = said.indexOf(line[1], at);
      holds(found >= 0, "after \"" + line[0] + "\" no \"" + line[1] + "\" in: " + said.substring(Math.min(at, said.length())));
      // Events come when they come: the line that names one may be followed by what came before it.
      if (!line[1].startsWith("WatchedEvent")) at = found;
    }
    Check.equal("[n-0000000001]", World.children(client, root), "what is left");
  }

  private static String run(World world, String typed) throws Exception {
    Process process =
        new ProcessBuilder(
                Arrays.asList("java", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", System.getProperty("java.class.path"),
                    "org.apache.zookeeper.ZooKeeperMain", "-server", world.server().address()))
            .redirectErrorStream(true)
            .start();
    CompletableFuture<String> said = world.spawn(() -> new String(process.getInputStream().readAllBytes(), UTF_8));
    try (OutputStream in = process.getOutputStream()) {
      in.write(typed.getBytes(UTF_8));
    }
    if (!process.waitFor(2L * Check.PATIENCE_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly();
    return World.result(said);
  }
}
