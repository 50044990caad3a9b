"""Asks a person for a password: on the terminal itself, whatever the standard streams are, and without an echo."""

from __future__ import annotations

import os

from httpeek.model.codes import usage

LONGEST = 4096
"""Octets of a line that a terminal takes (canonical mode, termios(3))."""


def password(whom: str) -> str:
    """What was typed. Raises HttpeekError (USAGE) where there is no terminal, KeyboardInterrupt for Ctrl-C."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        user = whom.rpartition("@")[0]
        sentence = f'no terminal to ask for the password of "{user}": write -a {user}:PASS, -a @FILE or -a env:NAME'
        raise usage(sentence) from None
    try:
        return _typed(terminal, f"password for {whom}: ".encode("utf-8", "backslashreplace"))
    finally:
        os.close(terminal)


def _typed(terminal: int, prompt: bytes) -> str:
    import termios

    before = termios.tcgetattr(terminal)
    silent = termios.tcgetattr(terminal)
    silent[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, silent)
        os.write(terminal, prompt)
        line = os.read(terminal, LONGEST)
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
        os.write(terminal, b"\n")
    if not line:
        raise KeyboardInterrupt  # the end of input (Ctrl-D): nobody answers
    return line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
