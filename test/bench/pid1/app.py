"""The app of the pid1 suite: reports each event with the time of CLOCK_MONOTONIC in nanoseconds.

usage: app.py REPORT
USR1  reports it
USR2  (sent directly, not through the supervisor) exits with code 7
HUP   (sent directly, not through the supervisor) leaves 10,000 zombie orphans at once
TERM  reports it and exits with code 0
"""

import os
import signal
import sys
import time

handled = {signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP, signal.SIGTERM}
report = os.open(sys.argv[1], os.O_WRONLY)


def say(word, at):
    os.write(report, b"%s %d\n" % (word, at))


def leave(code):
    say(b"ending", time.monotonic_ns())
    os._exit(code)


def leave_orphans():
    parent = os.fork()
    if parent > 0:
        os.waitpid(parent, 0)
        say(b"handed-over", time.monotonic_ns())
        return
    for _ in range(10_000):
        if os.fork() == 0:
            os._exit(0)
    # This parent does not reap them: when it exits, the kernel hands all of them to PID 1 at once.
    say(b"orphaned", time.monotonic_ns())
    os._exit(0)


signal.pthread_sigmask(signal.SIG_BLOCK, handled)
say(b"ready", time.monotonic_ns())
while True:
    number = signal.sigwait(handled)
    at = time.monotonic_ns()
    if number == signal.SIGUSR1:
        say(b"USR1", at)
    elif number == signal.SIGUSR2:
        leave(7)
    elif number == signal.SIGHUP:
        leave_orphans()
    else:
        say(b"TERM", at)
        leave(0)
