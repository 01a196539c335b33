"""A server under test: a zoo.cfg in a folder of its own, and the process that $ZK_LAUNCH makes of it."""
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import time

LAUNCH = os.environ.get("ZK_LAUNCH", "")
BASE = """tickTime=500
minSessionTimeout=1000
maxSessionTimeout=60000
maxClientCnxns=0
clientPortAddress=127.0.0.1
admin.enableServer=false
4lw.commands.whitelist=*
"""
# Whatever ends the run, these are ended with it.
running = set()


def free_port():
    """A free port below the range of near ends: a client that tries again on a port of that range can meet itself."""
    for _ in range(200):
        port = random.randrange(12000, 30000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise RuntimeError("no free port")


def four_letter_word(port, word):
    """The answer to a four-letter word; nothing if nobody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(word)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
            return b"".join(parts)
    except OSError:
        return b""


class Server:
    """One server; start and kill as often as wanted, the folder stays. A secure server gets a second port."""

    def __init__(self, lines="", words="", secure=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="server-"))
        self.words = words
        self.port = free_port()
        self.secure_port = free_port() if secure else None
        text = BASE + "dataDir=%s\nclientPort=%s\n" % (self.folder / "data", self.port) + lines
        if secure:
            text += "secureClientPort=%s\nsecureClientPortAddress=127.0.0.1\n" % self.secure_port
        self.config = self.folder / "zoo.cfg"
        self.config.write_text(text)
        self.process = None

    @property
    def address(self):
        return "127.0.0.1:%s" % self.port

    def start(self):
        """Starts the process and returns when it serves."""
        environment = dict(os.environ)
        environment["ZK_PROPS"] = (environment.get("ZK_PROPS", "") + " " + self.words).strip()
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [LAUNCH, str(self.config)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment
            )
        running.add(self)
        end = time.monotonic() + 90
        while time.monotonic() < end and self.process.poll() is None:
            if b"\nMode: " in four_letter_word(self.port, b"srvr"):
                return self
            time.sleep(0.05)
        self.end(signal.SIGKILL)
        raise RuntimeError("the server did not start: " + (self.folder / "log").read_text()[-2000:])

    def end(self, signum):
        """Sends the signal and waits for the end."""
        if self.process is not None:
            self.process.send_signal(signum)
            self.process.wait(30)
            self.process = None
            running.discard(self)

    def kill(self):
        """As a crash does it."""
        self.end(signal.SIGKILL)

    def stop(self):
        """As an operator does it."""
        self.end(signal.SIGTERM)


def kill_all():
    """Ends every server that runs."""
    for server in list(running):
        server.kill()
