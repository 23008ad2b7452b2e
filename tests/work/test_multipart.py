"""Bodies in parts, however they arrive: every part whole, and nothing taken for what it is not."""

import pytest

from ninety.rules.errors import BadPackage, UploadIncomplete
from ninety.work.multipart import LONGEST_HEADERS, package_bytes, parts

TYPE = 'multipart/form-data; boundary="b0undary"'
FIRST = b'--b0undary\r\nContent-Disposition: form-data; name="a"; filename="x.nupkg"\r\n\r\n'
END = b"\r\n--b0undary--\r\n"


def pieces(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


def taken(body: bytes, size: int = 10**6) -> list[tuple[str, str, bytes]]:
    return [
        (part.name, part.filename, b"".join(part.content))
        for part in parts(pieces(body, size), TYPE)
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 11, 12, 13, 64, 10**6])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n",
        b"--b0undary",
        b"\r\n--b0undar",
        b"\r\n--b0undar\r\n--b0undar",
        b"\r\r\n--b0undar\r\n-\r\n--",
        b"--b0undary--\n\r" * 3,
        bytes(range(256)) * 5,
    ],
)
def test_content_comes_out_as_it_went_in(content: bytes, size: int) -> None:
    second = b"\r\n--b0undary \t\r\ncontent-DISPOSITION:form-data; name=b\r\n\r\n" + content
    assert taken(FIRST + content + second + END + b"an epilogue", size) == [
        ("a", "x.nupkg", content),
        ("b", "", content),
    ]


def test_what_stands_before_the_first_part_is_passed_over() -> None:
    assert taken(b"A preamble\r\n" + FIRST + b"x" + END) == [("a", "x.nupkg", b"x")]


def test_what_is_not_read_of_a_part_is_passed_over() -> None:
    body = FIRST + b"x" * 1000 + b"\r\n" + FIRST + b"y" + END
    names = [part.name for part in parts(pieces(body, 100), TYPE)]
    assert names == ["a", "a"]


@pytest.mark.parametrize(
    ("written", "filename"),
    [
        ('filename="Jörg.nupkg"', "Jörg.nupkg"),
        ("filename*=UTF-8''J%C3%B6rg.nupkg", "Jörg.nupkg"),
        ('\r\n filename="x.nupkg"', "x.nupkg"),
        ("filename=x.nupkg", "x.nupkg"),
    ],
)
def test_a_file_is_called_what_its_headers_say(written: str, filename: str) -> None:
    head = f"--b0undary\r\nContent-Disposition: form-data; name=a; {written}\r\n\r\n"
    assert taken(head.encode() + END) == [("a", filename, b"")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b0undary",
        b"--b0undary-",
        FIRST[:-2],
        FIRST + b"x",
        FIRST + b"x\r\n--b0undar",
        FIRST + b"x\r\n--b0undary\r\n",
    ],
)
def test_what_ends_before_its_end_is_incomplete(body: bytes) -> None:
    with pytest.raises(UploadIncomplete):
        taken(body, 7)


@pytest.mark.parametrize(
    "body",
    [
        b"--b0undary and more\r\nContent-Disposition: form-data; name=a\r\n\r\n" + END,
        b"--b0undary\r\nContent-Type: text/plain\r\n\r\n" + END,
        b"--b0undary\r\n\r\n" + END,
        b"x" * (LONGEST_HEADERS + 100),
        b"--b0undary\r\n" + b"X: y\r\n" * LONGEST_HEADERS,
    ],
)
def test_what_is_no_part_is_refused(body: bytes) -> None:
    with pytest.raises(BadPackage):
        taken(body, 4096)


def test_the_body_of_a_package_is_read_to_its_end() -> None:
    rest = iter(pieces(FIRST + b"x" + END + b"y" * 1000, 100))
    assert b"".join(package_bytes(rest, TYPE)) == b"x"
    assert next(rest, None) is None
