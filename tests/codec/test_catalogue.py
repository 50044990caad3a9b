"""The violation catalogue and the codec agree: no id without a row, no row without a message that breaks it."""

import ast
from pathlib import Path

import httpeek.codec
from httpeek.codec.coding import Decoder
from httpeek.model.events import Violation
from httpeek.model.plan import SizeLimits
from httpeek.model.violations import RULES, rule
from tests.codec.vectors import run, vectors

ADDING = {"add", "Violation", "_note", "_fatal"}


def _literal_ids() -> set[str]:
    """The ids that the codec's source states: the first text among the arguments of a call that adds a violation."""
    found = set()
    for path in Path(httpeek.codec.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if name in ADDING and texts:
                found.add(texts[0])
    return found


def test_every_id_in_the_codec_is_a_row() -> None:
    ids = _literal_ids()
    assert len(ids) > 40
    for identifier in ids:
        assert rule(identifier).id == identifier


def test_every_row_is_broken_by_a_vector() -> None:
    told = set()
    for vector in vectors():
        facts, _ = run(vector, [vector.octets])
        told |= {fact.id for fact in facts if isinstance(fact, Violation)}
    decoder = Decoder([b"deflate"], SizeLimits())
    list(decoder.feed(b"\x03\x00"))
    told |= {identifier for identifier, _ in decoder.notes}
    told.add("too-slow")  # a server's clock tells it, and no octet
    assert {row.id for row in RULES} - told == set()


def test_ids_are_there_once_and_rows_are_in_range() -> None:
    assert len({row.id for row in RULES}) == len(RULES)
    for row in RULES:
        assert row.rfc in (9110, 9112)
        assert row.client in (0, 8, 18, 56, 63, 100)
        assert row.server in (0, 400, 408, 413, 414, 417, 431, 501, 505)


def test_what_the_client_calls_fatal_has_an_exit_code() -> None:
    for vector in vectors("client"):
        facts, _ = run(vector, [vector.octets])
        for fact in facts:
            if isinstance(fact, Violation) and fact.fatal:
                assert rule(fact.id).client, f"{vector.name}: {fact.id} ended the exchange, and is a note in the table"


def test_what_the_server_refuses_has_a_status() -> None:
    for vector in vectors("server"):
        facts, _ = run(vector, [vector.octets])
        for fact in facts:
            if isinstance(fact, Violation):
                assert fact.fatal == bool(rule(fact.id).server), f"{vector.name}: {fact.id}"
