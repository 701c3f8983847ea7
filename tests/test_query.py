"""The language of searches: what it reads, what it refuses and where, and that text and value agree."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.actors import OUTLET, actors
from monitor.errors import QueryError
from monitor.model import FRAME_KINDS, OUTLET_KINDS, STANCES
from monitor.query import FIELDS, MAX_LENGTH, TIME_FIELDS, Query, Term, field_term, parse, to_text

STATES = [actor.id for actor in actors().values() if actor.kind == "state"]
PARTIES = [actor for actor in actors() if actor != OUTLET]


def _words(value: str) -> str:
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") or c in '"“”„‟' else c for c in value)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _values(field: str) -> st.SearchStrategy[str]:
    own = {
        "kind": st.sampled_from(FRAME_KINDS),
        "stance": st.sampled_from(STANCES),
        "outlet": st.sampled_from(OUTLET_KINDS),
        "lang": st.sampled_from(["nl", "ru", "zh-hant", "ckb"]),
        "state": st.sampled_from([*STATES, "none"]),
        "blamer": st.sampled_from([*PARTIES, OUTLET]),
        "after": st.dates().map(lambda day: day.isoformat()),
        "before": st.dates().map(lambda day: day.isoformat()),
        "last": st.tuples(st.integers(1, 500), st.sampled_from("hdw")).map(lambda one: f"{one[0]}{one[1]}"),
        "source": st.text(min_size=1, max_size=20).map(_words).filter(bool),
    }
    return own.get(field, st.sampled_from(PARTIES))


@st.composite
def field_terms(draw) -> Term:
    field = draw(st.sampled_from(FIELDS))
    most = 1 if field in TIME_FIELDS else 4
    values = draw(st.lists(_values(field), min_size=1, max_size=most, unique=True))
    return Term(field=field, values=tuple(values), exclude=field not in TIME_FIELDS and draw(st.booleans()))


def word_terms() -> st.SearchStrategy[Term]:
    odd = st.sampled_from(["OR", "-a", "a*", "(a", "lang:nl", "x:y", "a,b", "停火", "وقف إطلاق", "a b"])
    value = (st.text(min_size=1, max_size=20).map(_words) | odd).filter(
        lambda text: any(sign.isalnum() for sign in text)
    )
    return st.builds(
        lambda value, exclude, prefix: Term(values=(value,), exclude=exclude, prefix=prefix),
        value,
        st.booleans(),
        st.booleans(),
    )


def queries() -> st.SearchStrategy[Query]:
    return st.lists(field_terms() | word_terms(), max_size=8).map(lambda terms: Query(terms=tuple(terms)))


@given(queries())
@settings(max_examples=200, deadline=None)
def test_a_query_written_and_read_is_the_same(query):
    assert parse(to_text(query)) == query


@given(st.text(max_size=60) | st.text(alphabet='ab"-:*, ()langORksi\u201c', max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_explained_with_its_place(text):
    wrong = None
    try:
        query = parse(text)
    except QueryError as error:
        wrong = error
    if wrong is None:
        assert parse(to_text(query)) == query
    else:
        assert wrong.key == text
        assert 0 <= wrong.start < wrong.end <= len(text)
        assert wrong.message
        assert wrong.advice


def test_the_example_of_the_manual_is_read():
    query = parse('actor:RUS target:USA kind:negligence lang:nl after:2026-01-01 "ceasefire" -draft trial*')
    assert query.terms == (
        field_term("actor", "RUS"),
        field_term("target", "USA"),
        field_term("kind", "negligence"),
        field_term("lang", "nl"),
        field_term("after", "2026-01-01"),
        Term(values=("ceasefire",)),
        Term(values=("draft",), exclude=True),
        Term(values=("trial",), prefix=True),
    )


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("ACTOR:russia", "actor:RUS"),
        ('target:"the United States",rus', "target:USA,RUS"),
        ("  “вывод войск”  ", '"вывод войск"'),
        ("state:None outlet:State_Media", "state:none outlet:state_media"),
        ("lang:NL,nl,zh_Hant", "lang:nl,zh-hant"),
        ('source:"Daily  Post"', 'source:"Daily Post"'),
        ('"one"', "one"),
        ('"lang:nl"', '"lang:nl"'),
        ("last:7D", "last:7d"),
        ("12:30 a\x00b", "12:30 a b"),
        ("blamer:outlet", "blamer:OUTLET"),
        ("", ""),
    ],
)
def test_there_is_one_form_of_every_query(text, form):
    assert to_text(parse(text)) == form


@pytest.mark.parametrize(
    ("text", "marked", "says"),
    [
        ("lang:nl colour:red", "colour:", "there is no field 'colour'"),
        ('kind:war "x', "", "kind: does not take 'war'"),
        ('a "not closed', '"not closed', "not closed"),
        ("actor:Rusia", "Rusia", "Did you mean RUS"),
        ("actor:OUTLET", "OUTLET", "does not take"),
        ("state:NATO", "NATO", "does not take"),
        ("after:2026-02-30", "2026-02-30", "Write a day"),
        ("last:99999w", "99999w", "24h or 7d"),
        ("lang:", "", "has no value"),
        ("lang:nl,", "", "has no value"),
        ("-after:2026-01-01", "-after:", "cannot be excluded"),
        ("after:2026-01-01,2026-01-02", "after:2026-01-01,2026-01-02", "takes one value"),
        ("a OR b", "OR", "lang:nl,de"),
        ("(a b)", "(a", "parentheses"),
        ("a - b", "-", "directly before"),
        ("***", "***", "no letter"),
        ("x" * (MAX_LENGTH + 1), "x", "longer than"),
        ("a " * 41, "a " * 41, "more than 40"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, marked, says):
    with pytest.raises(QueryError) as caught:
        parse(text)
    error = caught.value
    assert says in f"{error.message}. {error.advice}"
    if marked:
        assert text[error.start : error.end] == marked


def test_a_query_is_changed_by_field():
    query = parse("lang:nl -lang:de lang:fr actor:RUS")
    assert query.values("lang") == ("nl", "fr")
    assert to_text(query.without("lang")) == "-lang:de actor:RUS"
    assert query.also(field_term("actor", "russia")) == query
    assert not Query()
