package harness;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.zookeeper.Version;

/** Every scenario, in the order in which they run, with the version of the client that first has what it needs. */
final class Catalogue {
  static final List<Entry> ENTRIES = new ArrayList<>();

  static final class Entry {
    final String name;
    final String method;
    final String since;

    private Entry(String name, String method, String since) {
      this.name = name;
      this.method = method;
      this.since = since;
    }
  }

  static {
    since("3.4", "Znodes", "znodes.crud=crud znodes.create-modes=createModes znodes.sequence=sequence znodes.stat=stat znodes.bad-paths=badPaths");
    since("3.6", "NewNodes", "znodes.ttl-container=ttlAndContainers znodes.ttl-off=ttlOff znodes.create-with-stat=createWithStat znodes.counts=counts multi.read=multiRead");
    since("3.4", "Watches", "watches.data=data watches.exists=exists watches.children=children watches.kinds=kinds watches.away=away watches.order=order watches.many=many");
    since("3.6", "NewWatches", "watches.persistent=persistent watches.persistent-recursive=persistentRecursive watches.persistent-away=persistentAway watches.remove=remove");
    since("3.4", "Sessions", "sessions.ephemerals=ephemerals sessions.expiry=expiry sessions.silence=silence sessions.reconnect-restart=reconnectRestart sessions.close=close sessions.reuse=reuse sessions.wrong-password=wrongPassword sessions.timeouts=timeouts");
    since("3.4", "Multi", "multi.success=success multi.failures=failures multi.builder=builder multi.large=large");
    since("3.4", "Access", "acl.digest=digest acl.ip-world=ipAndWorld acl.noauth=noAuth acl.unknown-scheme=unknownScheme acl.super=superUser");
    since("3.4", "Sasl", "auth.sasl=login");
    since("3.6", "NewSasl", "auth.sasl-users=users auth.sasl-required=required");
    since("3.6", "Tls", "tls.server=server tls.client-cert=clientCertificate tls.stranger=stranger tls.system-properties=systemProperties connect.netty=netty");
    since("3.4", "Sync", "sync=sync");
    since("3.8", "WhoAmI", "sync-whoami=whoAmI");
    since("3.4", "Async", "async.calls=calls async.pipeline=pipeline async.ordering=ordering");
    since("3.4", "Connecting", "connect.chroot=chroot connect.host-list=hostList connect.read-only-allowed=readOnlyAllowed connect.words=words");
    since("3.6", "Admin", "config-node=configNode admin.reconfigure=reconfigure");
    since("3.6", "Cli", "cli.commands=commands");
    since("3.4", "Clients", "clients.many=many clients.churn=churn");
    since("3.4", "Uses", "use.lock=lock use.config=config");
    since("3.4", "Leader", "use.leader=election");
    since("3.4", "Sizes", "znodes.big-data=bigData znodes.many-children=manyChildren");
  }

  private Catalogue() {}

  /** Scenarios of one class: name=method, by blanks. */
  private static void since(String version, String group, String scenarios) {
    for (String scenario : scenarios.split(" ")) {
      String[] parts = scenario.split("=");
      ENTRIES.add(new Entry(parts[0], group + "." + parts[1], version));
    }
  }

  /** Why the client of this run cannot have the scenario, or null. */
  static String missing(Entry entry) {
    return olderThan(entry.since) ? "client " + version() + " has not what it needs; " + entry.since + " has" : null;
  }

  /** Whether the client of this run came before this version. */
  static boolean olderThan(String version) {
    int[] wanted = Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
    int[] here = Arrays.stream(version().split("\\.")).mapToInt(Integer::parseInt).limit(wanted.length).toArray();
    return Arrays.compare(here, wanted) < 0;
  }

  private static String version() {
    return Version.getVersion().split("-")[0];
  }

  static Method method(Entry entry) throws ReflectiveOperationException {
    String[] parts = entry.method.split("\\.");
    return Class.forName("scenarios." + parts[0]).getMethod(parts[1], World.class);
  }
}
