"""AWS Signature Version 4 of a request, in the general form that curl has (curl(1), --aws-sigv4).

`PROVIDER1[:PROVIDER2[:REGION[:SERVICE]]]` names the parts of the signature: "aws:amz" signs with AWS4-HMAC-SHA256 and
the field X-Amz-Date. Region and service come from the host (SERVICE.REGION.example.com) where they are left out.
Source: Amazon's "Create a signed AWS API request". All fields but those that a proxy may change are signed.
"""

from __future__ import annotations

from httpeek.client.source import Source
from httpeek.model.codes import usage
from httpeek.model.message import first
from httpeek.model.target import encoded, unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.plan import Body, Plan
    from httpeek.model.target import Target

_UNSIGNED = (
    b"authorization",
    b"user-agent",
    b"accept",
    b"accept-encoding",
    b"connection",
    b"content-length",
    b"expect",
)


def signed(plan: Plan, said: str, key: str, secret: str, now: float | None = None) -> Plan:
    """The plan with the field that signs it, and the date that the signature holds for. `now` is seconds since the Unix
    epoch. Raises HttpeekError: USAGE where region or service cannot be told, READ_FAILED for content."""
    from hmac import digest
    from time import gmtime, strftime, time

    provider, other, region, service = _parts(said, plan.target)
    moment = strftime("%Y%m%dT%H%M%SZ", gmtime(time() if now is None else now))
    given = first(plan.fields, f"x-{other}-date".encode())
    moment = given.decode("latin-1") or moment
    content = _hash(plan.body)
    added: tuple[tuple[bytes, bytes], ...] = (
        () if given else ((f"X-{other.capitalize()}-Date".encode(), moment.encode()),)
    )
    if service == "s3":
        added += ((f"x-{other}-content-sha256".encode(), content.encode()),)
    fields = (*plan.fields, *added)
    names, canonical = _canonical(plan, fields, content, service)
    scope = f"{moment[:8]}/{region}/{service}/{provider}4_request"
    algorithm = f"{provider.upper()}4-HMAC-SHA256"
    text = f"{algorithm}\n{moment}\n{scope}\n{_sha256(canonical)}"
    signing = f"{provider.upper()}4{secret}".encode()
    for part in scope.split("/"):
        signing = digest(signing, part.encode(), "sha256")
    signature = digest(signing, text.encode(), "sha256").hex()
    value = f"{algorithm} Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return plan._replace(fields=(*fields, (b"Authorization", value.encode("utf-8"))))


def _parts(said: str, target: Target) -> tuple[str, str, str, str]:
    """Provider, the provider in names of fields, region and service."""
    parts = [part.strip().lower() for part in said.split(":")]
    provider = parts[0]
    if not provider or len(parts) > 4:
        raise usage(f"{said} is not PROVIDER1[:PROVIDER2[:REGION[:SERVICE]]]")
    other, region, service = (parts[1:] + [""] * 3)[:3]
    labels = target.host.split(".")
    service = service or (labels[0] if len(labels) > 1 else "")
    region = region or (labels[1] if len(labels) > 2 else "")
    if not region or not service:
        missing = "region" if service else "service"
        raise usage(f"{said} has no {missing}, and the host {target.host} names none")
    return provider, other or provider, region, service


def _canonical(plan: Plan, fields: tuple[tuple[bytes, bytes], ...], content: str, service: str) -> tuple[str, str]:
    """The names of the signed fields, and the canonical request."""
    together: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        if name.lower() not in _UNSIGNED:
            together.setdefault(name.lower(), []).append(b" ".join(value.split()))
    ordered = sorted(together)
    lines = "".join(f"{name.decode('latin-1')}:{b','.join(together[name]).decode('latin-1')}\n" for name in ordered)
    names = ";".join(name.decode("latin-1") for name in ordered)
    path, _, query = plan.target.path.partition("?")
    # Other services than S3 have each segment coded twice.
    path = path if service == "s3" else "/".join(encoded(segment) for segment in path.split("/"))
    pairs = sorted(
        (encoded(unquote(name)), encoded(unquote(value)))
        for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)
    )
    asked = "&".join(f"{name}={value}" for name, value in pairs)
    return names, f"{plan.method}\n{path}\n{asked}\n{lines}\n{names}\n{content}"


def _sha256(text: str) -> str:
    from hashlib import sha256

    return sha256(text.encode("utf-8")).hexdigest()


def _hash(body: Body | None) -> str:
    """The hash of the content; of a stream, which can be read once, the word that says there is none."""
    from hashlib import sha256

    made = sha256()
    source = Source(body)
    if source.waits:
        return "UNSIGNED-PAYLOAD"
    try:
        while not source.done:
            made.update(source.read() or b"")
    finally:
        source.close()
    return made.hexdigest()
