package scenarios;

import static harness.Context.bytes;
import static harness.Context.text;

import harness.Context;
import harness.Expect;
import harness.Registry;
import java.util.List;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.ACLProvider;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;

/** Who may do what. */
final class Acls {
  private static final String ANN = "ann:secret";

  private Acls() {}

  static void register(Registry registry) {
    registry
        .add("acl.digest", Acls::digest)
        .add("acl.ip-world", Acls::ipWorld)
        .add("acl.noauth", Acls::noauth)
        .add("acl.provider", Acls::provider)
        .add("acl.set-versions", Acls::setVersions);
  }

  private static Consumer<CuratorFrameworkFactory.Builder> as(String who) {
    return builder -> builder.authorization("digest", bytes(who));
  }

  private static void digest(Context context) throws Exception {
    CuratorFramework ann = context.client(as(ANN));
    CuratorFramework bob = context.client(as("bob:secret"));
    CuratorFramework nobody = context.client();
    nobody.create().forPath(context.root());
    ann.create().withACL(Ids.CREATOR_ALL_ACL).forPath(context.at("private"), bytes("x"));
    Id id = new Id("digest", DigestAuthenticationProvider.generateDigest(ANN));
    Expect.same(
        "acl", List.of(new ACL(Perms.ALL, id)), ann.getACL().forPath(context.at("private")));
    Expect.same("read", "x", text(ann.getData().forPath(context.at("private"))));
    Expect.fails("read as bob", Code.NOAUTH, () -> bob.getData().forPath(context.at("private")));
    Expect.fails(
        "read as nobody", Code.NOAUTH, () -> nobody.getData().forPath(context.at("private")));
    // Whoever may delete below the parent may delete it.
    bob.delete().forPath(context.at("private"));
    bob.create()
        .withACL(
            List.of(
                new ACL(Perms.READ | Perms.WRITE, id), new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE)))
        .forPath(context.at("shared"));
    ann.setData().forPath(context.at("shared"), bytes("by ann"));
    Expect.same("read by all", "by ann", text(nobody.getData().forPath(context.at("shared"))));
    Expect.fails(
        "write by its maker",
        Code.NOAUTH,
        () -> bob.setData().forPath(context.at("shared"), bytes("by bob")));
    Expect.fails(
        "nobody's all",
        Code.INVALIDACL,
        () -> nobody.create().withACL(Ids.CREATOR_ALL_ACL).forPath(context.at("no")));
    ann.getZookeeperClient().getZooKeeper().addAuthInfo("digest", bytes("bob:secret"));
    ann.create().withACL(Ids.CREATOR_ALL_ACL).forPath(context.at("both"));
    Expect.same("two ids", 2, bob.getACL().forPath(context.at("both")).size());
    bob.setData().forPath(context.at("both"), bytes("by bob"));
  }

  private static void ipWorld(Context context) throws Exception {
    CuratorFramework client = context.client();
    client.create().forPath(context.root());
    expectAllowed(context, client, "127.0.0.1", true);
    expectAllowed(context, client, "127.0.0.0/8", true);
    expectAllowed(context, client, "10.0.0.0/8", false);
    expectAllowed(context, client, "127.0.0.2", false);
    client.create().withACL(Ids.READ_ACL_UNSAFE).forPath(context.at("world"), bytes("x"));
    Expect.same("read", "x", text(client.getData().forPath(context.at("world"))));
    Expect.fails(
        "write", Code.NOAUTH, () -> client.setData().forPath(context.at("world"), bytes("y")));
    for (ACL bad :
        List.of(
            new ACL(Perms.ALL, new Id("ip", "not an address")),
            new ACL(Perms.ALL, new Id("world", "someone")),
            new ACL(Perms.ALL, new Id("unknown", "x")),
            new ACL(Perms.ALL, new Id("digest", "no colon"))))
      Expect.fails(
          "acl " + bad.getId(),
          Code.INVALIDACL,
          () -> client.create().withACL(List.of(bad)).forPath(context.at("no")));
  }

  private static void expectAllowed(
      Context context, CuratorFramework client, String address, boolean allowed) throws Exception {
    String path = context.at(address.replace('/', '-'));
    client
        .create()
        .withACL(List.of(new ACL(Perms.ALL, new Id("ip", address))))
        .forPath(path, bytes("x"));
    if (allowed) Expect.same("read", "x", text(client.getData().forPath(path)));
    else Expect.fails("read of " + address, Code.NOAUTH, () -> client.getData().forPath(path));
  }

  /** Each right, and what is refused without it. */
  private static void noauth(Context context) throws Exception {
    CuratorFramework owner = context.client(as(ANN));
    CuratorFramework client = context.client();
    String path = context.at("n");
    owner.create().creatingParentsIfNeeded().forPath(path);
    owner.create().forPath(path + "/child");
    ACL all =
        new ACL(Perms.ALL, new Id("digest", DigestAuthenticationProvider.generateDigest(ANN)));
    owner.setACL().withACL(List.of(all)).forPath(path);
    Expect.fails("getData", Code.NOAUTH, () -> client.getData().forPath(path));
    Expect.fails("getChildren", Code.NOAUTH, () -> client.getChildren().forPath(path));
    Expect.fails("setData", Code.NOAUTH, () -> client.setData().forPath(path, bytes("x")));
    Expect.fails("create", Code.NOAUTH, () -> client.create().forPath(path + "/new"));
    Expect.fails("delete", Code.NOAUTH, () -> client.delete().forPath(path + "/child"));
    Expect.fails("delete of nothing", Code.NOAUTH, () -> client.delete().forPath(path + "/none"));
    Expect.fails("getACL", Code.NOAUTH, () -> client.getACL().forPath(path));
    Expect.fails(
        "setACL", Code.NOAUTH, () -> client.setACL().withACL(Ids.OPEN_ACL_UNSAFE).forPath(path));
    Expect.fails("exists", Code.NOAUTH, () -> client.checkExists().forPath(path));
    owner
        .setACL()
        .withACL(List.of(all, new ACL(Perms.CREATE | Perms.READ, Ids.ANYONE_ID_UNSAFE)))
        .forPath(path);
    client.create().forPath(path + "/new");
    Expect.same("children", 2, client.getChildren().forPath(path).size());
    Expect.fails(
        "setData after all", Code.NOAUTH, () -> client.setData().forPath(path, bytes("x")));
    Expect.fails("delete after all", Code.NOAUTH, () -> client.delete().forPath(path + "/new"));
    owner
        .setACL()
        .withACL(
            List.of(all, new ACL(Perms.DELETE | Perms.WRITE | Perms.ADMIN, Ids.ANYONE_ID_UNSAFE)))
        .forPath(path);
    client.delete().forPath(path + "/new");
    client.setData().forPath(path, bytes("x"));
    Expect.fails("getData without READ", Code.NOAUTH, () -> client.getData().forPath(path));
    client.setACL().withACL(Ids.OPEN_ACL_UNSAFE).forPath(path);
    Expect.same("read at last", "x", text(client.getData().forPath(path)));
  }

  /** ACLs that a client gives by path, parents included. */
  private static void provider(Context context) throws Exception {
    ACLProvider provider =
        new ACLProvider() {
          @Override
          public List<ACL> getDefaultAcl() {
            return Ids.OPEN_ACL_UNSAFE;
          }

          @Override
          public List<ACL> getAclForPath(String path) {
            return path.contains("private") ? Ids.CREATOR_ALL_ACL : Ids.OPEN_ACL_UNSAFE;
          }
        };
    CuratorFramework ann =
        context.client(
            builder -> builder.authorization("digest", bytes(ANN)).aclProvider(provider));
    CuratorFramework nobody = context.client();
    ann.create().creatingParentsIfNeeded().forPath(context.at("public/private/leaf"), bytes("x"));
    Expect.same("leaf", "x", text(ann.getData().forPath(context.at("public/private/leaf"))));
    Expect.same("public", List.of("private"), nobody.getChildren().forPath(context.at("public")));
    Expect.fails(
        "private", Code.NOAUTH, () -> nobody.getChildren().forPath(context.at("public/private")));
    ann.create()
        .creatingParentsIfNeeded()
        .withACL(Ids.CREATOR_ALL_ACL, true)
        .forPath(context.at("given/leaf"));
    Expect.fails(
        "given to parents too",
        Code.NOAUTH,
        () -> nobody.getChildren().forPath(context.at("given")));
    ann.transaction().forOperations(ann.transactionOp().create().forPath(context.at("private")));
    Expect.fails(
        "of a transaction", Code.NOAUTH, () -> nobody.getData().forPath(context.at("private")));
  }

  private static void setVersions(Context context) throws Exception {
    CuratorFramework client = context.client();
    client.create().forPath(context.root());
    Expect.same(
        "aversion",
        1,
        client
            .setACL()
            .withVersion(0)
            .withACL(Ids.OPEN_ACL_UNSAFE)
            .forPath(context.root())
            .getAversion());
    Expect.fails(
        "old version",
        Code.BADVERSION,
        () -> client.setACL().withVersion(0).withACL(Ids.OPEN_ACL_UNSAFE).forPath(context.root()));
    Stat stat = new Stat();
    Expect.same(
        "acl", Ids.OPEN_ACL_UNSAFE, client.getACL().storingStatIn(stat).forPath(context.root()));
    Expect.same("versions", "1 0", stat.getAversion() + " " + stat.getVersion());
    Expect.fails(
        "no entry",
        Code.INVALIDACL,
        () -> client.setACL().withACL(List.of()).forPath(context.root()));
  }
}
