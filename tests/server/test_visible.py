"""What `--show-sockets` writes is what the kernel says."""

from __future__ import annotations

import socket

from httpeek.server.visible import Watch, left_behind, state


def pair() -> tuple[socket.socket, socket.socket, socket.socket]:
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    served, _ = listener.accept()
    return listener, client, served


def named(sock: socket.socket) -> tuple[str, str]:
    return tuple(f"{h}:{p}" for h, p in (sock.getsockname(), sock.getpeername()))  # type: ignore[return-value]  # two


def test_states_are_those_of_the_kernel() -> None:
    listener, client, served = pair()
    with listener, client, served:
        assert state(listener) == "LISTEN"
        assert state(served) == "ESTABLISHED"
        client.close()
        assert served.recv(1) == b""
        assert state(served) == "CLOSE_WAIT"


def test_time_wait_stands_at_the_end_that_closed_first() -> None:
    listener, client, served = pair()
    with listener:
        local, remote = named(served)
        served.close()
        assert client.recv(1) == b""
        client.close()
        assert left_behind(local, remote) == "TIME_WAIT, we closed first"
    listener, client, served = pair()
    with listener:
        local, remote = named(served)
        client.close()
        assert served.recv(1) == b""
        served.close()
        assert "the client's" in left_behind(local, remote)


def test_lines_are_aligned_and_never_cut() -> None:
    lines: list[str] = []
    watch = Watch(lines.append)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        watch.listens(listener)
    watch.line("accept", 4, "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535", "[::1]:1", "ESTABLISHED")
    assert lines[0].split() == ["pid", "fd", "what", "local", "remote", "state"]
    assert "LISTEN, getpeername ENOTCONN" in lines[1]
    assert "[2001:db8:1234:5678:9abc:def0:1234:5678]:65535 [::1]:1" in lines[2]
    assert lines[0].index("what") == lines[1].index("listen") == lines[2].index("accept")
