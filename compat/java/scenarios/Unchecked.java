package scenarios;

import harness.World;
import org.apache.jute.Record;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.proto.RequestHeader;

/** A client that also sends what the official one refuses to, so that the server has to. */
final class Unchecked extends ZooKeeper {
  private Unchecked(String address, Watcher watcher) throws Exception {
    super(address, World.SESSION_MS, watcher);
  }

  static Unchecked connect(World world) throws Exception {
    String address = world.server().address();
    return (Unchecked) world.connected(event -> {}, watcher -> new Unchecked(address, watcher));
  }

  /** The error code of the answer. */
  int submit(int opcode, Record request, Record response) throws InterruptedException {
    RequestHeader header = new RequestHeader();
    header.setType(opcode);
    return cnxn.submitRequest(header, request, response, null).getErr();
  }
}
