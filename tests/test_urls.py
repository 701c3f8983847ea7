"""Addresses: what is one page has one address, and nothing that chooses the page is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.urls import canonical_url, host_of, is_web_address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://x.example", "http://x.example/"),
        ("HTTP://X.Example:80/a", "http://x.example/a"),
        ("https://x.example:443/a", "https://x.example/a"),
        ("https://x.example:8443/a", "https://x.example:8443/a"),
        ("  http://x.example/a#top\n", "http://x.example/a"),
        ("http://user:secret@x.example/a", "http://x.example/a"),
        ("http://пример.рф/путь", "http://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C"),
        ("http://x.example/%D0%BF", "http://x.example/%D0%BF"),
        ("http://x.example/a b", "http://x.example/a%20b"),
        ("http://x.example/a;b=1/c", "http://x.example/a;b=1/c"),
        ("http://x.example/?b=2&a=1", "http://x.example/?a=1&b=2"),
        ("http://x.example/?id=7&utm_source=rss&utm_medium=feed", "http://x.example/?id=7"),
        ("http://x.example/a?fbclid=x&UTM_Campaign=y&yclid=z", "http://x.example/a"),
        ("http://x.example/?id=", "http://x.example/?id="),
        ("http://x.example/?utmost=1&_gallery=2", "http://x.example/?_gallery=2&utmost=1"),
    ],
)
def test_the_canonical_form(url, expected):
    assert canonical_url(url) == expected
    assert canonical_url(expected) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/a", "https://x.example/a"),
        ("b.html", "https://x.example/news/b.html"),
        ("../a", "https://x.example/a"),
        ("//y.example/a", "https://y.example/a"),
        ("?id=1", "https://x.example/news/feed.xml?id=1"),
        ("http://y.example/", "http://y.example/"),
    ],
)
def test_relative_addresses_are_resolved(url, expected):
    assert canonical_url(url, "https://x.example/news/feed.xml") == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a",
        "/a",
        "//x.example/a",
        "http://",
        "http:///a",
        "http://[::1",
        "http://x.example:0/",
        "http://x.example:99999/",
        "http://x.example:port/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://x.example/",
        "mailto:a@x.example",
    ],
)
def test_no_web_address(url):
    assert not is_web_address(url)


@pytest.mark.parametrize(
    "url", ["http://x.example", "HTTPS://x.example/", "http://127.0.0.1:8000/", "http://[::1]/"]
)
def test_web_addresses(url):
    assert is_web_address(url)


@pytest.mark.parametrize(
    ("url", "host"),
    [("http://x.example/a", "x.example"), ("http://X.example:81/", "x.example:81"), ("/a", "")],
)
def test_the_host_is_named_with_its_port(url, host):
    assert host_of(url) == host


def test_a_query_in_another_encoding_keeps_its_bytes():
    assert canonical_url("http://x.example/?q=%CF%F0") == "http://x.example/?q=%CF%F0"


def test_a_parameter_without_a_value_stays_without():
    assert canonical_url("http://x.example/?fl") == "http://x.example/?fl"


def test_an_ipv6_host_keeps_its_brackets():
    assert canonical_url("http://[2001:db8::1]:8080/a") == "http://[2001:db8::1]:8080/a"


_paths = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="/?#\\", exclude_categories=["C", "Z"])),
    max_size=4,
)
_queries = st.dictionaries(
    st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.from_regex(r"[a-z0-9%]{0,5}", fullmatch=True)
)


@given(_paths, _queries)
def test_canonical_is_final(path, query):
    pairs = "&".join(f"{key}={value}" for key, value in query.items())
    once = canonical_url(f"http://x.example/{'/'.join(path)}?{pairs}")
    assert canonical_url(once) == once
    assert is_web_address(once)
