"""Bytes to text: what the document says, what the server says, and what the bytes themselves say."""

import codecs
import random
import time

import pytest

from monitor.decode import clean, decode, is_binary

RUSSIAN = "Президент России возложил вину на США. Это заявление прозвучало в понедельник."
DUTCH = "Poetin wijt dit aan de lakse houding, meldt het café één keer."


def _xml(text, encoding):
    return f'<?xml version="1.0" encoding="{encoding}"?><t>{text}</t>'


@pytest.mark.parametrize("mark", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_wins(mark):
    boms = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    boms |= {"utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE}
    body = boms[mark] + _xml(RUSSIAN, "windows-1251").encode(mark)
    assert RUSSIAN in decode(body, "text/xml; charset=koi8-r")


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "iso-8859-5", "utf-8"])
def test_the_declaration_is_believed(encoding):
    assert RUSSIAN in decode(_xml(RUSSIAN, encoding).encode(encoding))


def test_the_declaration_is_believed_before_the_server():
    assert RUSSIAN in decode(
        _xml(RUSSIAN, "windows-1251").encode("windows-1251"), "text/xml; charset=iso-8859-1"
    )


def test_utf8_is_utf8_whatever_is_declared():
    assert RUSSIAN in decode(_xml(RUSSIAN, "windows-1251").encode(), "text/xml; charset=iso-8859-1")


@pytest.mark.parametrize("kind", ["text/xml; charset=windows-1251", 'text/html; Charset="Windows-1251"'])
def test_the_server_is_believed_where_the_document_is_silent(kind):
    assert decode(RUSSIAN.encode("windows-1251"), kind) == RUSSIAN


def test_a_page_names_its_encoding_in_a_meta_element():
    page = f"<html><head><meta charset=windows-1251></head><body>{RUSSIAN}</body></html>"
    assert RUSSIAN in decode(page.encode("windows-1251"))


def test_latin_1_means_windows_1252():
    body = _xml("“café” – €5", "iso-8859-1").encode("windows-1252")
    assert "“café” – €5" in decode(body)


def test_utf8_with_one_bad_byte_stays_utf8():
    body = (RUSSIAN * 20).encode() + b"\xff" + RUSSIAN.encode()
    text = decode(body, "text/xml; charset=windows-1251")
    assert text.count(RUSSIAN) == 21
    assert text.count("\ufffd") == 1


def test_a_wrong_declaration_falls_back_on_the_next_word():
    body = _xml(RUSSIAN, "no-such-encoding").encode("windows-1251")
    assert RUSSIAN in decode(body, "text/xml; charset=windows-1251")


@pytest.mark.parametrize(
    "name", ["hex", "rot13", "undefined", "idna", "punycode", "unicode_escape", "utf-7", "zip"]
)
def test_pythons_own_codecs_are_no_encodings(name):
    assert DUTCH in decode(_xml(DUTCH, name).encode("windows-1252"), "text/xml; charset=windows-1252")


def test_without_any_word_the_encoding_is_guessed():
    assert decode((RUSSIAN * 5).encode("windows-1251")) == RUSSIAN * 5


def test_control_characters_and_half_surrogates_go():
    assert clean("a\x00b\x0bc\ud800d\ufffee\tf\n") == "abcde\tf\n"
    assert decode(b"\n \xef\xbb\xbf<rss/>") == "<rss/>"


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00" * 100, b"\xff\xfe", b"\xff\xfe\x00", b"\xef\xbb\xbf", b"\x80", b"\xf0\x9f"],
    ids=["empty", "zeros", "mark", "half-unit", "mark-8", "byte", "half-sign"],
)
def test_hardly_anything_is_no_error(body):
    assert isinstance(decode(body), str)


def test_ten_megabytes_of_garbage_take_seconds():
    began = time.monotonic()
    text = decode(random.Random(7).randbytes(10_000_000), "text/xml; charset=utf-8")
    assert text.encode()
    assert time.monotonic() - began < 20


def test_bytes_with_nul_are_no_text_but_utf_16_is():
    assert is_binary(b"\x89PNG\r\n\x1a\n\x00\x00")
    assert not is_binary("Привет".encode("utf-16"))
    assert not is_binary("Привет".encode("cp1251"))
