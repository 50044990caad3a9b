"""From a host and a port to a connected stream: resolving names and dialling addresses.

Rules: each address tried is an event of its own, with its own error. Several addresses race as RFC 8305 has it
(happy eyeballs): families take turns, a new attempt begins 250 ms after the last one or at once when one
fails, the first that connects wins. One deadline covers resolving and dialling.
"""

from __future__ import annotations

import os
import select
from errno import EACCES, EADDRINUSE, EAGAIN, ECONNREFUSED, EHOSTUNREACH, EINPROGRESS, ENETUNREACH, ENOENT, ETIMEDOUT

from httpeek.model.codes import NAME_NOT_RESOLVED, NOT_CONNECTED, Failure, HttpeekError, usage
from httpeek.model.events import Connected, DialFailed, Dialling, Resolved, Resolving
from httpeek.model.nouns import Noun
from httpeek.net.stream import Deadline, SocketStream, describe, sockets, soonest, timed_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from httpeek.model.events import Fact, Step
    from httpeek.model.plan import DialPolicy
    from httpeek.model.target import Target

    Emit: TypeAlias = Callable[[Fact], None]
    Tell: TypeAlias = Callable[[Step], None]
    SocketAddress: TypeAlias = tuple[str | int | bytes, ...]

ATTEMPT_DELAY = 0.25
"""Seconds before the next address is tried beside one that has not answered yet (RFC 8305 section 5)."""

_REASONS = {
    ECONNREFUSED: "refused",
    EHOSTUNREACH: "no route to the host",
    ENETUNREACH: "network unreachable",
    ETIMEDOUT: "no answer",
    ENOENT: "no such socket",
    EAGAIN: "its queue of connections is full",  # of a unix socket, connect(2)
}


class Address(Noun):
    """One address to dial: its family, what the kernel takes for it, and how it is shown."""

    family: int
    address: SocketAddress
    text: str


def dial(target: Target, policy: DialPolicy, deadline: Deadline, emit: Emit, steps: Tell | None = None) -> SocketStream:
    """Connects to the origin of `target`; emits what happens on the way. `steps` is told of each system call, for as
    long as there is the stream.

    Raises HttpeekError: NAME_NOT_RESOLVED, NOT_CONNECTED, TIMED_OUT, or USAGE for an interface that is none.
    """
    if target.unix or policy.unix:
        return _dial_unix(target.unix or policy.unix, emit, steps)
    policy = _of_one_family(policy)
    host, port = _elsewhere(target.host, target.port, policy)
    addresses = resolve(host, port, policy, deadline, emit, steps)
    return _race(target, addresses, policy, deadline, emit, steps)


def _elsewhere(host: str, port: int, policy: DialPolicy) -> tuple[str, int]:
    """Where to dial for a host and a port: themselves, unless `--connect-to` says otherwise."""
    for name, only_port, other, other_port in policy.connect_to:
        if name.lower() in ("", host.lower()) and only_port in (0, port):
            return other or host, other_port or port
    return host, port


def resolve(
    host: str, port: int, policy: DialPolicy, deadline: Deadline, emit: Emit, steps: Tell | None = None
) -> list[Address]:
    """The addresses of `host` in the order to try them. Raises HttpeekError (NAME_NOT_RESOLVED, TIMED_OUT)."""
    wanted = {"4": sockets.AF_INET, "6": sockets.AF_INET6}.get(policy.family, sockets.AF_UNSPEC)
    for name, only_port, replaced in policy.resolve:
        if name.lower() in (host.lower(), "*") and only_port == port:
            found = _replaced(host, port, replaced, wanted, steps)
            emit(Resolved(host, tuple(_bare(a) for a in found), "--resolve"))
            if not found:
                raise _no_name(f"--resolve gives {host} no IPv{policy.family} address (-{policy.family})")
            return found
    if _literal(host):
        try:
            # RFC 6874: the scope of a link-local address is written %25eth0 in a URL.
            found = _numeric(host.replace("%25", "%", 1), port, wanted, steps)
        except OSError:
            kind = f"IPv{policy.family} address (-{policy.family})" if policy.family else "address"
            raise _no_name(f"{host} is no {kind}") from None
        emit(Resolved(host, tuple(_bare(a) for a in found), "literal"))
        return found
    emit(Resolving(host, port))
    # RFC 6761 section 6.3: a name under localhost is this machine, and few resolvers know it.
    asked = "localhost" if host.lower().rstrip(".").endswith(".localhost") else host
    try:
        found = _told(steps, asked, port, wanted, 0, lambda: _look_up_in_time(asked, port, wanted, deadline))
    except OSError as error:
        reason = _resolver_said(error)
        emit(Resolved(host, (), "system", reason))
        raise _no_name(f"{host}: {reason}") from None
    found = _interleave(found)
    emit(Resolved(host, tuple(_bare(a) for a in found), "system"))
    return found


def _replaced(host: str, port: int, texts: tuple[str, ...], wanted: int, steps: Tell | None) -> list[Address]:
    """The addresses that `--resolve` gives, of the family that is wanted."""
    found: list[Address] = []
    for text in texts:
        try:
            found += _numeric(text, port, sockets.AF_UNSPEC, steps)
        except OSError:
            raise usage(f'--resolve {host}:{port}:{text}: "{text}" is not an IP address') from None
    return [address for address in found if wanted in (sockets.AF_UNSPEC, address.family)]


def _of_one_family(policy: DialPolicy) -> DialPolicy:
    """A local address to dial from leaves only its own family to dial to."""
    if not policy.interface or not _literal(policy.interface):
        return policy
    family = "6" if ":" in policy.interface else "4"
    if policy.family not in ("", family):
        raise usage(
            f"--interface {policy.interface} is an IPv{family} address, and -{policy.family} asks for the other"
        )
    return policy._replace(family=family)


def _literal(host: str) -> bool:
    return ":" in host or (host[-1:].isdigit() and host.replace(".", "").isdigit())


def _bare(address: Address) -> str:
    text = address.text.rpartition(":")[0]
    return text[1:-1] if text.startswith("[") else text


def _look_up(host: str, port: int, family: int, flags: int = 0) -> list[Address]:
    # A host given as bytes spares getaddrinfo the import of the idna codec (9 ms); it is ASCII already.
    rows = sockets.getaddrinfo(host.encode("ascii"), port, family, sockets.SOCK_STREAM, 0, flags)
    return [Address(int(family), address, describe(address)) for family, _, _, _, address in rows]


def _numeric(host: str, port: int, family: int, steps: Tell | None) -> list[Address]:
    """The address that is written there; no resolver is asked."""
    flags = sockets.AI_NUMERICHOST
    return _told(steps, host, port, family, flags, lambda: _look_up(host, port, family, flags))


def _told(
    steps: Tell | None, host: str, port: int, family: int, flags: int, look_up: Callable[[], list[Address]]
) -> list[Address]:
    if steps is None:
        return look_up()
    from httpeek.net.steps import looked_up

    return looked_up(steps, host, port, family, flags, look_up, lambda found: ", ".join(_bare(a) for a in found))


def _look_up_in_time(host: str, port: int, family: int, deadline: Deadline) -> list[Address]:
    """getaddrinfo in a thread, since a call of it cannot be ended once it has begun."""
    if deadline.seconds is None:
        return _look_up(host, port, family)
    from _thread import allocate_lock, start_new_thread

    done = allocate_lock()
    done.acquire()
    outcome: list[list[Address] | OSError] = []

    def look_up() -> None:
        try:
            outcome.append(_look_up(host, port, family))
        except OSError as error:
            outcome.append(error)
        finally:
            done.release()

    try:
        start_new_thread(look_up, ())
    except RuntimeError:  # no thread to be had: then without a limit
        return _look_up(host, port, family)
    if not done.acquire(timeout=deadline.left() or 0):
        raise timed_out(f"{host}: the name was not resolved within {deadline.words()}")
    result = outcome[0]
    if isinstance(result, OSError):
        raise result
    return result


def _resolver_said(error: OSError) -> str:
    if error.errno in (sockets.EAI_NONAME, getattr(sockets, "EAI_NODATA", sockets.EAI_NONAME)):
        return "no such name"
    if error.errno == getattr(sockets, "EAI_ADDRFAMILY", None):
        return "the name has no address of that family"
    if error.errno == sockets.EAI_AGAIN:
        return "no name server answered"
    return f"the name was not resolved: {(error.strerror or '').lower()}"


def _no_name(sentence: str) -> HttpeekError:
    return HttpeekError(Failure(NAME_NOT_RESOLVED, "name", sentence))


def _interleave(addresses: list[Address]) -> list[Address]:
    """Families in turn, beginning with the resolver's first choice (RFC 8305 section 4)."""
    if not addresses:
        return addresses
    ours = [a for a in addresses if a.family == addresses[0].family]
    others = [a for a in addresses if a.family != addresses[0].family]
    mixed: list[Address] = []
    for index in range(max(len(ours), len(others))):
        mixed += ours[index : index + 1] + others[index : index + 1]
    return mixed


def _race(
    target: Target,
    addresses: list[Address],
    policy: DialPolicy,
    deadline: Deadline,
    emit: Emit,
    steps: Tell | None,
) -> SocketStream:
    waiting = list(addresses)
    attempts: dict[int, tuple[sockets.socket, Address]] = {}  # by descriptor: those that may still connect
    failed: list[tuple[Address, str]] = []
    poll = select.poll()

    def fail(address: Address, reason: str) -> None:
        failed.append((address, reason))
        emit(DialFailed(address.text, reason))

    try:
        while waiting or attempts:
            if waiting:
                address = waiting.pop(0)
                emit(Dialling(address.text))
                sock, reason = _begin(address, policy, steps)
                if sock is None:
                    fail(address, reason)
                    continue
                attempts[sock.fileno()] = (sock, address)
                poll.register(sock.fileno(), select.POLLOUT)
            # With others still to try, give this one only the attempt delay.
            wait = soonest(deadline.left(), ATTEMPT_DELAY if waiting else None)
            for fd, _ in poll.poll(None if wait is None else int(wait * 1000) + 1):
                poll.unregister(fd)
                sock, address = attempts.pop(fd)
                number = sock.getsockopt(sockets.SOL_SOCKET, sockets.SO_ERROR)
                if number == 0:
                    for _, other in attempts.values():
                        emit(DialFailed(other.text, "given up: another address answered first"))
                    return _won(sock, address.text, emit, steps)
                sock.close()
                fail(address, _reason(number))
            if deadline.passed():
                for _, address in attempts.values():
                    emit(DialFailed(address.text, "no answer"))
                tried = _listed([a.text for _, a in attempts.values()] or [addresses[-1].text])
                before = "".join(f"; {address.text} {reason}" for address, reason in failed)
                raise timed_out(f"{tried} did not answer within {deadline.words()}{before}")
    finally:
        for sock, _ in attempts.values():
            sock.close()
    raise HttpeekError(Failure(NOT_CONNECTED, "connect", _all_failed(target, failed)))


def _begin(address: Address, policy: DialPolicy, steps: Tell | None) -> tuple[sockets.socket | None, str]:
    """Starts one attempt: the socket, which is writable when that has ended; or None and the reason."""
    try:
        sock = _socket(address.family, steps)
    except OSError as error:
        return None, _reason(error.errno or 0)
    try:
        sock.setblocking(False)
        _set(sock, policy)
        if policy.interface or policy.local_ports:
            reason = _bind(sock, address.family, policy)
            if reason:
                sock.close()
                return None, reason
        if steps is not None:
            sock.getsockname()
            _ask_peer(sock)
        number = sock.connect_ex(address.address)
    except OSError as error:
        sock.close()
        return None, _reason(error.errno or 0)
    except HttpeekError:
        sock.close()
        raise
    if number in (0, EINPROGRESS):
        return sock, ""
    sock.close()
    return None, _reason(number)


def _socket(family: int, steps: Tell | None) -> sockets.socket:
    if steps is None:
        return sockets.socket(family, sockets.SOCK_STREAM, 0)
    from httpeek.net.steps import stepped

    return stepped(family, steps)


def _ask_peer(sock: sockets.socket) -> None:
    """Asks who is at the other end, for the step that it is: nobody, before connect (getpeername(2): ENOTCONN)."""
    try:
        sock.getpeername()
    except OSError:
        pass


def _set(sock: sockets.socket, policy: DialPolicy) -> None:
    """What the kernel is told about the connection before there is one (tcp(7))."""
    if policy.nodelay:
        sock.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
    if policy.keepalive is None:
        return
    sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL"):
        option = getattr(sockets, name, None)
        if option is not None:
            sock.setsockopt(sockets.IPPROTO_TCP, option, policy.keepalive)


def _bind(sock: sockets.socket, family: int, policy: DialPolicy) -> str:
    """Binds to the interface and the local port that are asked for; says why that could not be, or nothing.

    Raises HttpeekError (USAGE) for an interface that there is not.
    """
    interface = policy.interface
    if interface and not _literal(interface):
        _bind_device(sock, interface)
        interface = ""
    if not interface and not policy.local_ports:
        return ""
    host = interface or ("::" if family == sockets.AF_INET6 else "0.0.0.0")  # noqa: S104  # an outgoing connection
    begin, end = policy.local_ports or (0, 0)
    denied = False
    for port in range(begin, end + 1):
        try:
            sock.bind((host, port))
        except OSError as error:
            if policy.local_ports and error.errno in (EADDRINUSE, EACCES):
                denied = error.errno == EACCES
                continue
            raise usage(f"--interface {interface}: {_reason(error.errno or 0)}") from None
        return ""
    which = f"local port {begin} is" if begin == end else f"local ports {begin} to {end} are"
    return f"{which} {'not for this user' if denied else 'in use'} (--local-port)"


def _bind_device(sock: sockets.socket, interface: str) -> None:
    """Binds to a network device (SO_BINDTODEVICE, socket(7))."""
    option = getattr(sockets, "SO_BINDTODEVICE", None)
    if option is None:
        raise usage(f"--interface {interface}: this system takes addresses only, not device names")
    try:
        sock.setsockopt(sockets.SOL_SOCKET, option, interface.encode() + b"\0")
    except OSError as error:
        raise usage(f"--interface {interface}: {_reason(error.errno or 0)}") from None


def _reason(number: int) -> str:
    return _REASONS.get(number) or os.strerror(number).lower()


def _won(sock: sockets.socket, remote: str, emit: Emit, steps: Tell | None) -> SocketStream:
    stream = SocketStream(sock, remote)
    if steps is not None:
        _ask_peer(sock)
    emit(Connected(stream.fileno(), stream.local, stream.remote))
    return stream


def _all_failed(target: Target, failed: list[tuple[Address, str]]) -> str:
    names = [a.text for a, _ in failed]
    reasons = {reason for _, reason in failed}
    who = _listed(names)
    if reasons == {"refused"}:
        return f"{who} refused the connection: nothing listens there{_others(failed)}"
    if len(reasons) == 1:
        return f"no connection to {who}: {reasons.pop()}"
    return f"no connection to {target.authority}: " + ", ".join(f"{a.text} {reason}" for a, reason in failed)


def _others(failed: list[tuple[Address, str]]) -> str:
    """What listens on the same port of this machine, at an address that was not asked for."""
    hosts = {str(address.address[0]) for address, _ in failed}
    if not all(host == "::1" or host.startswith("127.") for host in hosts):
        return ""
    from httpeek.net.listeners import elsewhere

    return elsewhere(int(failed[0][0].address[1]))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _dial_unix(path: str, emit: Emit, steps: Tell | None) -> SocketStream:
    name = "unix:" + path
    emit(Dialling(name))
    sock = None
    try:
        sock = _socket(sockets.AF_UNIX, steps)
        sock.setblocking(False)
        if steps is not None:
            sock.getsockname()
            _ask_peer(sock)
        sock.connect("\0" + path[1:] if path.startswith("@") else path)
    except OSError as error:
        if sock is not None:
            sock.close()
        reason = _reason(error.errno) if error.errno else str(error)
        emit(DialFailed(name, reason))
        why = "refused the connection: nothing listens there" if reason == "refused" else f"cannot be used: {reason}"
        raise HttpeekError(Failure(NOT_CONNECTED, "connect", f"{name} {why}")) from None
    return _won(sock, name, emit, steps)
