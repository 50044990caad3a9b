"""XPath 1.0 over XML and HTML, by lxml: the extra `httpeek[xpath]`.

Rules: a document is hostile: one that declares entities is refused (XPath's strings would expand them), no DTD is read,
nothing is fetched, and libxml2's limits on size and depth stay. Nodes come as how many they are, the other three types
of XPath as themselves. The prefixes that a document declares can be used, and `_` for a namespace without one.
"""

from __future__ import annotations

from httpeek.check.expect.seen import Unreadable
from httpeek.check.expect.values import Nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from httpeek.check.result import Value


class PathError(ValueError):
    """An expression that is not XPath 1.0, or that cannot be evaluated; its text says why."""


def find(path: str, text: str, html: bool) -> Value:
    """What the expression finds in a document. Raises PathError, or Unreadable of the document."""
    try:
        from lxml import etree  # type: ignore[import-untyped]  # it has no types
    except ImportError:
        raise Unreadable("XPath needs lxml: pip install 'httpeek[xpath]'") from None
    root = _root(text, html)
    names = _namespaces(root) if "xmlns" in text and not html else None
    try:
        found = root.getroottree().xpath(path, namespaces=names, smart_strings=False)
    except (etree.XPathError, ValueError, TypeError) as error:
        raise PathError(str(error) or "it cannot be evaluated") from None
    return Nodes(len(found)) if isinstance(found, list) else found


def _root(text: str, html: bool) -> Any:
    from lxml import etree

    what = "HTML" if html else "XML"
    if not text.strip():
        raise Unreadable(f"the content is empty, which is no {what}")
    parser: Any
    if html:
        parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    else:
        parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            recover=False,
        )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError) as error:
        told = (getattr(error, "msg", None) or str(error)).split("\n")[0]
        raise Unreadable(f"the content is not {what}: {told}") from None
    if root is None:
        raise Unreadable(f"the content is not {what}: it has no element")
    declared = root.getroottree().docinfo.internalDTD
    if not html and declared is not None and any(True for _ in declared.iterentities()):
        raise Unreadable("the content is XML that declares entities, which are not read")
    return root


def _namespaces(root: Any) -> dict[str, str]:
    """The prefixes of the document, each as it is declared first; `_` is the one without a prefix."""
    found: dict[str, str] = {}
    for element in root.iter("*"):
        parent = element.getparent()
        if parent is not None and element.nsmap == parent.nsmap:
            continue
        for prefix, uri in element.nsmap.items():
            if uri:
                found.setdefault(prefix or "_", uri)
    return found
