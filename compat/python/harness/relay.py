"""A network between client and server that can fail."""
import socket
import threading

from harness.server import free_port


class Relay:
    """Hands bytes on in both directions. Frozen, it takes bytes and keeps them; cut, it ends its connections."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", free_port()))
        self.port = self.listener.getsockname()[1]
        self.flowing = threading.Event()
        self.flowing.set()
        self.lock = threading.Lock()
        self.sockets = set()
        self.closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        return "127.0.0.1:%s" % self.port

    def freeze(self):
        """From now on nothing arrives, and nothing is seen to be wrong."""
        self.flowing.clear()

    def thaw(self):
        """What was kept while frozen is lost with its connections; new ones work."""
        self.cut()
        self.flowing.set()

    def cut(self):
        """Ends all connections; new ones are taken."""
        with self.lock:
            sockets, self.sockets = self.sockets, set()
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def close(self):
        self.closed = True
        self.listener.close()
        self.cut()
        self.flowing.set()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                near.close()
                continue
            with self.lock:
                self.sockets |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        try:
            source.settimeout(None)
            while data := source.recv(65536):
                self.flowing.wait()
                sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
