"""What a scenario works with: servers, clients and a root of its own, all closed after it."""
import threading

from kazoo.client import KazooClient

from harness.expect import PATIENCE
from harness.relay import Relay
from harness.secured import secured_server
from harness.server import Server


class SharedServers:
    """Servers that several scenarios use, started when first asked for."""

    def __init__(self):
        self.made = {}

    def get(self, name, make):
        if name not in self.made:
            self.made[name] = make().start()
        return self.made[name]

    def close(self):
        for server in self.made.values():
            server.kill()


class Context:
    """One scenario's view of the world."""

    def __init__(self, name, shared):
        self.root = "/" + name.replace(".", "-")
        self.shared = shared
        self.clients = []
        self.servers = []
        self.relays = []
        self.threads = []

    @property
    def server(self):
        """The common server."""
        return self.shared.get("common", Server)

    @property
    def secured(self):
        """The common server with TLS and SASL."""
        return self.shared.get("secured", secured_server)

    def own_server(self, lines=""):
        """A server for this scenario alone, started."""
        server = Server(lines)
        self.servers.append(server)
        return server.start()

    def relay(self, server=None):
        """A network to the server that can fail."""
        relay = Relay((server or self.server).port)
        self.relays.append(relay)
        return relay

    def raw_client(self, address=None, **options):
        """A client that is not started. Retries come soon, since what scenarios wait for is the server."""
        options.setdefault("timeout", 20)
        options.setdefault("connection_retry", dict(max_tries=-1, delay=0.05, backoff=1.3, max_delay=0.5))
        options.setdefault("command_retry", dict(max_tries=-1, delay=0.05, backoff=1.3, max_delay=0.5))
        client = KazooClient(hosts=address or self.server.address, **options)
        self.clients.append(client)
        return client

    def client(self, address=None, **options):
        """A started client."""
        client = self.raw_client(address, **options)
        client.start(PATIENCE)
        return client

    def rooted(self, address=None, **options):
        """A started client, and the scenario's root exists."""
        client = self.client(address, **options)
        client.ensure_path(self.root)
        return client

    def spawn(self, run, *args):
        """Runs something beside the scenario; join_all waits for it and hands on what it raised."""
        job = Job(run, args)
        self.threads.append(job)
        return job

    def join_all(self):
        for job in self.threads:
            job.result()
        self.threads = []

    def close(self):
        """Ends everything. A client whose network is gone would wait for its goodbye: relays open up first."""
        for relay in self.relays:
            relay.thaw()
        for client in self.clients:
            leave(client)
        for relay in self.relays:
            relay.close()
        for server in self.servers:
            server.kill()


class Job:
    """A thread with a result."""

    def __init__(self, run, args):
        self.value = None
        self.error = None
        self.thread = threading.Thread(target=self._run, args=(run, args), daemon=True)
        self.thread.start()

    def _run(self, run, args):
        try:
            self.value = run(*args)
        except BaseException as error:
            self.error = error

    def result(self):
        self.thread.join(PATIENCE)
        if self.thread.is_alive():
            raise TimeoutError("a thread did not end within %s s" % PATIENCE)
        if self.error is not None:
            raise self.error
        return self.value


def leave(client):
    """Closes a client in whatever state it is."""
    try:
        client.stop()
        client.close()
    except Exception:
        pass
