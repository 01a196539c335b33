"""What scenarios say about what they got, and how they wait: for something that happens, never for time to pass."""
import queue
import time

# Longer than anything takes on a busy machine; a wait that ends here is a failure.
PATIENCE = 25


class Unmet(AssertionError):
    """An expectation that does not hold; its text is the reason that is printed."""


def check(holds, what):
    """Fails with the text unless the condition holds."""
    if not holds:
        raise Unmet(what)


def equal(got, wanted, what):
    """Fails unless both are equal."""
    check(got == wanted, "%s: got %r, expected %r" % (what, brief(got), brief(wanted)))


def brief(value):
    """A value that fits on a line."""
    text = repr(value)
    return value if len(text) < 300 else text[:300] + "…"


def raises(error, run, *args, **kwargs):
    """Runs something that must fail with this class of error, and nothing less exact; returns the error."""
    try:
        got = run(*args, **kwargs)
    except Exception as caught:
        if type(caught) is error:
            return caught
        raise Unmet("expected %s, got %r" % (error.__name__, caught)) from caught
    raise Unmet("expected %s, got the answer %r" % (error.__name__, brief(got)))


class Events:
    """Collects what a callback is called with, in order; the object itself is the callback."""

    def __init__(self):
        self.items = queue.Queue()

    def __call__(self, *args):
        self.items.put(args[0] if len(args) == 1 else args)

    def next(self, what="event"):
        """The next one, waiting for it."""
        try:
            return self.items.get(timeout=PATIENCE)
        except queue.Empty:
            raise Unmet("no %s within %s s" % (what, PATIENCE)) from None

    def until(self, wanted, what):
        """Takes one after the other up to the first for which wanted holds, and returns that."""
        while True:
            item = self.next(what)
            if wanted(item):
                return item

    def none(self, what="event"):
        """Fails if one has come that nobody took. Call it after something that must come later has come."""
        try:
            raise Unmet("an unexpected %s: %r" % (what, self.items.get_nowait()))
        except queue.Empty:
            pass


def happens(event, what):
    """Waits for a threading.Event."""
    check(event.wait(PATIENCE), "%s: not within %s s" % (what, PATIENCE))


def eventually(holds, what):
    """Asks again and again until it holds: for what can only be asked, not awaited."""
    end = time.monotonic() + PATIENCE
    while not holds():
        check(time.monotonic() < end, "%s: not within %s s" % (what, PATIENCE))
        time.sleep(0.02)
