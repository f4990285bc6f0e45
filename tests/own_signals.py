"""Signals that the shell has the tests ignore, taken back by importing this."""

import signal


def take_back():
    """Has SIGINT and SIGHUP do what they do by default, here and in children.

    What a shell starts in the background, or nohup, ignores them, and so do its
    children: those that wait for one would wait for ever.
    """
    for name, handler in (
        ("SIGINT", signal.default_int_handler),
        ("SIGHUP", signal.SIG_DFL),
    ):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)


take_back()
