"""The text of a collection's file."""

import json

import pytest

from ninety.store import lines

DOCUMENTS = {
    "u1": {"email": "ada@example.test", "name": "Ada Ŧ ✓", "note": 'two\nlines,\n"and" },\n'},
    "u2": {"past": [{"digest": "x", "until": None}], "sign_ins": 3, "ratio": 0.5, "admin": True},
    "": {},
}


def rows(documents: dict[str, lines.Document]) -> lines.Rows:
    return {id: lines.row(id, document) for id, document in documents.items()}


def documents(table: lines.Rows) -> dict[str, lines.Document]:
    return {id: row.document for id, row in table.items()}


def test_a_file_is_plain_json_with_one_document_a_line() -> None:
    content = lines.write({"users": rows(DOCUMENTS)})
    assert json.loads(content) == {"users": DOCUMENTS}
    assert len(content.splitlines()) == len(DOCUMENTS) + 2
    assert "Ada Ŧ ✓".encode() in content


@pytest.mark.parametrize("table", [DOCUMENTS, {}, {"one": {}}])
def test_what_was_written_is_read(table: dict[str, lines.Document]) -> None:
    read = lines.read(lines.write({"users": rows(table)}), "users")
    assert documents(read["users"]) == table
    assert list(read["users"]) == list(table)


@pytest.mark.parametrize("indent", [None, 1, 4])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_in_any_other_form_is_read(indent: int | None, ascii_only: bool) -> None:
    tables = {"_default": {}, "users": DOCUMENTS}
    content = json.dumps(tables, indent=indent, ensure_ascii=ascii_only).encode()
    read = lines.read(content, "users")
    assert {name: documents(table) for name, table in read.items()} == tables
    assert json.loads(lines.write(read)) == tables


def test_several_documents_on_a_line_are_read() -> None:
    read = lines.read(b'{"users": {\n"a": {}, "b": {"n": 1}\n}}\n', "users")
    assert documents(read["users"]) == {"a": {}, "b": {"n": 1}}


@pytest.mark.parametrize(
    "content",
    [
        b'{"users": {\n"a": {"n": 1,\n"m": 2}\n}}\n',
        b'{"users": {\n"a": {}, "b": {"n": {},\n"b": {}}\n}}\n',
        b'{"users": {\n"a": {"past": [{"n": 1,\n"m": 2},\n{"n": 3}]},\n"b": {}\n}}\n',
        b'{"users": {\n"a": {}, "b": {},\n"c": {"past": [{"n": 1,\n"m": 2}]}\n}}\n',
    ],
)
def test_a_document_on_several_lines_is_read(content: bytes) -> None:
    read = lines.read(content, "users")
    assert {"users": documents(read["users"])} == json.loads(content)
    assert json.loads(lines.write(read)) == json.loads(content)
    for id in read["users"]:
        assert json.loads(b"{" + read["users"][id].line + b"}") == {id: read["users"][id].document}


def test_documents_share_the_names_of_their_fields() -> None:
    table = {f"u{number}": {"a name that is long": number} for number in range(3)}
    read = lines.read(lines.write({"users": rows(table)}), "users")["users"]
    assert len({id(name) for row in read.values() for name in row.document}) == 1


def test_a_line_read_before_is_not_parsed_again() -> None:
    before = rows(DOCUMENTS)
    after = {**before, "u2": lines.row("u2", {"sign_ins": 4})}
    read = lines.read(lines.write({"users": after}), "users", before.values())["users"]
    assert read["u1"] is before["u1"]
    assert read["u2"].document == {"sign_ins": 4}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"[]", "not an object of tables"),
        (b"null", "not an object of tables"),
        (b'{"users": []}', "'users' is not an object"),
        (b'{"users": {"a": 1}}', "document 'a' is not an object"),
        (b'{"users": {\n"a": 1\n}}\n', "document 'a' is not an object"),
        (b'{"users": {"a": {"n": NaN}}}', "NaN is not JSON"),
        (b'{"users": {\n"a": {"n": -Infinity}\n}}\n', "-Infinity is not JSON"),
        (b'{"users": {"a": {}}} and more', "Extra data"),
        (b'{"users": {\n"a": {}\n}}\n{"users": {\n"a": {}\n}}\n', "Extra data"),
        (b'{"users": {\n"a": {}\n', "delimiter"),
        (b'{"users": {\n"a": {},\n\n}}\n', "property name"),
        (b'{"users": {\n"a": {}}, {"b": {}\n}}\n', "property name"),
        (b'{"users": {\n"a": {"n": "\xff"}\n}}\n', "codec can't decode"),
    ],
)
def test_anything_else_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        lines.read(content, "users")


@pytest.mark.parametrize("value", [float("nan"), b"bytes", {1, 2}, object(), "\ud800"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        lines.row("a", {"value": value})


def test_a_row_shares_nothing_with_the_document_it_was_made_of() -> None:
    document = {"past": [{"until": "2027"}], "pair": (1, 2)}
    row = lines.row("a", document)
    document["past"].clear()
    assert row.document == {"past": [{"until": "2027"}], "pair": [1, 2]}
