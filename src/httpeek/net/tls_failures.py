"""What went wrong in TLS, worded: which certificate was refused and why, why a handshake failed.

Functions of OpenSSL's error, the chain and what was seen on the wire. Imported only when something failed.
"""

from __future__ import annotations

import os
import ssl
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from httpeek.model.events import Certificate
    from httpeek.model.plan import TlsPolicy
    from httpeek.model.target import Target

_DAY = 86_400
_WRITTEN_OFTEN = ("/var/log", "/var/tmp", "/etc/resolv.conf", "/etc/mtab")  # noqa: S108  # looked at, not written
"""Where a time later than the clock's is likely to be found, beside httpeek's own files and Python's."""
_NAMES = 5
"""Names of a certificate that a sentence lists."""
_SHOWN = 60
"""Octets that are shown of what a peer sent that does not speak TLS."""

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED, _SELF_SIGNED_ROOT = 18, 19
_NO_ISSUER, _NO_ISSUER_SENT = 20, 21
_REVOKED = 23
_WRONG_NAME, _WRONG_ADDRESS = 62, 64

_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
_OUR_CERTIFICATE = (
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "SSLV3_ALERT_CERTIFICATE_REVOKED",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
    "TLSV1_ALERT_UNKNOWN_CA",
    "TLSV1_ALERT_ACCESS_DENIED",
)


def refusal(error: ssl.SSLCertVerificationError, chain: tuple[Certificate, ...], name: str) -> str:
    """Which certificate was refused, and why, in one sentence."""
    code = error.verify_code
    now = int(time.time())
    for certificate in chain:
        whose = "certificate of " + (name if certificate is chain[0] else f'the issuer "{certificate.subject}"')
        if code == _EXPIRED and certificate.not_after < now:
            ago = _days(now - certificate.not_after)
            return f"{whose} expired on {_date(certificate.not_after)}, {ago} ago{_clock(now)}"
        if code == _NOT_YET_VALID and certificate.not_before > now:
            start = certificate.not_before
            asked = _clock(now) or " (is the clock right?)"
            return f"{whose} is valid from {_date(start)} only, in {_days(start - now)}{asked}"
    if code in (_WRONG_NAME, _WRONG_ADDRESS):
        return f"certificate is not for {name}: it names {_named(chain)}"
    if code == _SELF_SIGNED_ROOT:
        root = chain[-1].subject if chain else "unknown"
        return f'certificate of {name} ends in the root "{root}", which is not trusted here; --verify FILE trusts it'
    if code == _SELF_SIGNED:
        return f"certificate of {name} is self-signed and not trusted here; --verify FILE trusts it"
    if code in (_NO_ISSUER, _NO_ISSUER_SENT):
        issuer = chain[-1].issuer if chain else "unknown"
        if len(chain) == 1:
            # An intermediate that the server forgot looks the same from here.
            return (
                f'certificate of {name}: its issuer "{issuer}" is not known here, or the server left it out of the '
                "chain; --verify FILE trusts it"
            )
        return (
            f'certificate of {name}: the chain of {len(chain)} ends at the issuer "{issuer}", which is not known '
            "here; --verify FILE trusts it"
        )
    if code == _REVOKED:
        return f"certificate of {name} was revoked"
    return f"certificate of {name} was not accepted: {error.verify_message or words(error)}"


def _clock(now: int) -> str:
    """What the files of this machine say of its clock: they cannot be from the future."""
    newest = 0
    for path in (__file__, ssl.__file__, *_WRITTEN_OFTEN):
        try:
            newest = max(newest, int(os.stat(path).st_mtime))
        except OSError:
            continue
    if newest <= now + _DAY:
        return ""
    return f"; the clock of this machine is off: it says {_date(now)}, and files here were written on {_date(newest)}"


def _named(chain: tuple[Certificate, ...]) -> str:
    names = [name.partition(":")[2] for name in chain[0].names] if chain else []
    if not names:
        return f'nobody, subject "{chain[0].subject if chain else "unknown"}"'
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more


def _date(moment: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(moment))


def _days(duration: int) -> str:
    days = duration // _DAY
    return f"{days} days" if days > 1 else "1 day" if days == 1 else "less than a day"


def during_handshake(
    error: OSError, remote: str, target: Target, policy: TlsPolicy, seen: bytes, unanswered: bool
) -> str:
    """Why the handshake failed. `seen` is what the peer sent first; `unanswered` says that it asked for a certificate
    and we had none."""
    reason = _reason(error)
    if reason in _NOT_TLS:
        return _no_tls(target, seen)
    wanted = certificate_wanted(error, remote, unanswered)
    if wanted:
        return wanted
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return f"{remote} closed the connection during the TLS handshake"
    if reason in ("TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "VERSION_TOO_LOW", "VERSION_TOO_HIGH"):
        return (
            f"{remote} speaks no TLS version that was offered ({_offered(policy)}); --tls-min and --tls-max widen that"
        )
    if reason in ("SSLV3_ALERT_HANDSHAKE_FAILURE", "TLSV1_ALERT_INSUFFICIENT_SECURITY"):
        asked = f' of --ciphers "{policy.ciphers}"' if policy.ciphers else " that was offered (--ciphers)"
        return f"{remote} refused the TLS handshake ({words(error)}): most likely it takes no cipher{asked}"
    if reason == "TLSV1_ALERT_NO_APPLICATION_PROTOCOL":
        return f"{remote} speaks none of the ALPN protocols offered ({', '.join(policy.alpn)})"
    if reason == "TLSV1_UNRECOGNIZED_NAME":
        return f"{remote} does not know the name {policy.sni or target.host} (--sni says another)"
    if isinstance(error, ssl.SSLError):
        if "ALERT" in reason:
            return f"{remote} refused the TLS handshake: {words(error)}"
        return f"the TLS handshake with {remote} failed: {words(error)}"
    return f"{remote} reset the connection during the TLS handshake"


def _no_tls(target: Target, seen: bytes) -> str:
    who = f"{target.host}:{target.port} does not speak TLS"
    if seen.startswith(b"HTTP/"):
        return f'{who}: it sent "{_line(seen.partition(b" ")[0])}"; try http:'
    return f'{who}: it sent "{_line(seen)}"' if seen else who


def _line(octets: bytes) -> str:
    """The first line, cut where it is long; what is not printable ASCII as \\xNN."""
    line = octets.partition(b"\n")[0].rstrip(b"\r")[:_SHOWN]
    return "".join(chr(o) if 0x20 <= o < 0x7F else f"\\x{o:02x}" for o in line)


def _offered(policy: TlsPolicy) -> str:
    if policy.minimum and policy.minimum == policy.maximum:
        return policy.minimum
    least = policy.minimum or ("1.2" if policy.maximum not in ("1.0", "1.1") else policy.maximum)
    return f"{least} to {policy.maximum or '1.3'}" if least != (policy.maximum or "1.3") else least


def certificate_wanted(error: OSError, remote: str, unanswered: bool) -> str:
    """The sentence where the peer ended the connection over our certificate, or for lack of one; else empty."""
    reason = _reason(error)
    if reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED" or (unanswered and "ALERT" in reason):
        return f"{remote} requires a client certificate ({words(error)}): --cert FILE"
    if reason in _OUR_CERTIFICATE:
        return f"{remote} refused the client certificate: {words(error)}"
    if unanswered:
        # The alert may be lost when the peer closes with octets unread: the kernel then sends a reset at once.
        return f"{remote} asked for a client certificate, got none and closed the connection: --cert FILE"
    return ""


def while_receiving(error: ssl.SSLError, remote: str) -> str:
    """Why decrypted octets stopped coming."""
    if "ALERT" in _reason(error):
        return f"{remote} ended the connection with a TLS alert: {words(error)}"
    return f"what {remote} sent is not valid TLS: {words(error)}"


def own_certificate(cert: str, key: str, error: OSError, encrypted: bool) -> str:
    """Why the client's own certificate or key cannot be used."""
    for option, path in (("--cert", cert), ("--cert-key", key)):
        if path and not os.access(path, os.R_OK):
            what = "cannot be read" if os.path.exists(path) else "no such file"
            return f'{option} "{path}": {what}'
    which = f'--cert-key "{key}"' if key else f'--cert "{cert}"'
    if encrypted:
        return f"{which}: the key is encrypted; decrypt it with openssl pkey -in FILE -out FILE"
    if _reason(error) == "KEY_VALUES_MISMATCH":
        return f'{which}: the key does not belong to the certificate in "{cert}"'
    if key:
        return f'--cert "{cert}" and --cert-key "{key}": no certificate and key in PEM ({words(error)})'
    return f'--cert "{cert}": no certificate with its key in PEM; --cert-key names the key ({words(error)})'


_PROTOCOLS = ("sslv3 ", "tlsv1 ", "tlsv13 ")


def words(error: OSError) -> str:
    """OpenSSL's reason in lower-case words, without the protocol that it names it after."""
    reason = (_reason(error) or error.strerror or str(error)).replace("_", " ").lower()
    for prefix in _PROTOCOLS:
        reason = reason.removeprefix(prefix)
    return reason


def _reason(error: OSError) -> str:
    """The name of OpenSSL's reason, "TLSV1_ALERT_UNKNOWN_CA"; empty for an error that is not OpenSSL's."""
    if not isinstance(error, ssl.SSLError):
        return ""
    if error.reason:
        return error.reason
    # Reasons that Python has no name for are in the text only: "[SSL] tlsv1 alert no application protocol (_ssl.c:1)".
    text = (error.strerror or "").partition("] ")[2].partition(" (_ssl")[0]
    return text.replace(" ", "_").upper()
