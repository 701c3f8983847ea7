"""Copies: small edits in any script are seen through, other reports are not, and the order of arrival is nothing."""

import random
from datetime import timedelta
from itertools import permutations

import pytest

from monitor.duplicates import alike, bands, originals, print_of, told
from monitor.model import Reading
from monitor.stages import READ_BATCH, copies_stage, read, readings_stage
from tests.fakes import NOON, article, entry, feed, frame

WORDS = {
    "latin": "the ministry accused its neighbour of shelling a village near border while talks about grain went on "
    "in capital and envoys from six countries waited for an answer that nobody would give before dawn",
    "cyrillic": "министерство обвинило соседей в обстреле села у границы пока переговоры о зерне шли в столице и послы "
    "шести стран ждали ответа которого никто не хотел дать до рассвета сегодня",
    "arabic": "اتهمت الوزارة جارتها بقصف قرية قرب الحدود بينما كانت محادثات الحبوب مستمرة في العاصمة وانتظر مبعوثون من "
    "ست دول جوابا لم يرد أحد أن يعطيه قبل الفجر",
    "hindi": "मंत्रालय ने पड़ोसी पर सीमा के पास गाँव पर गोलाबारी का आरोप लगाया जबकि राजधानी में अनाज पर वार्ता चल रही थी और छह देशों के दूत उत्तर की प्रतीक्षा करते रहे",
    "chinese": "外交部指责邻国炮击边境附近的村庄与此同时关于粮食的谈判仍在首都进行来自六个国家的特使等待着黎明前谁也不愿给出的答复",
    "japanese": "外務省は隣国が国境近くの村を砲撃したと非難し首都では穀物をめぐる協議が続き六か国の特使が夜明け前に誰も出そうとしない答えを待っていた",
    "korean": "외교부는 이웃 나라가 국경 근처 마을을 포격했다고 비난했으며 수도에서는 곡물 협상이 계속되고 여섯 나라의 특사들이 답을 기다렸다",
    "thai": "กระทรวงกล่าวหาเพื่อนบ้านว่ายิงถล่มหมู่บ้านใกล้ชายแดนขณะที่การเจรจาเรื่องธัญพืชดำเนินต่อไปในเมืองหลวงและทูตจากหกประเทศรอคำตอบ",
}
SPACELESS = {"chinese", "japanese", "thai"}


def units(script):
    return list(WORDS[script]) if script in SPACELESS else WORDS[script].split()


def text_of(script, seed=0, length=300):
    """A text of words in chance order: two seeds share words, as two reports do, but no phrases."""
    rng = random.Random(seed)
    return [rng.choice(units(script)) for _ in range(length)]


def join(script, words):
    return ("" if script in SPACELESS else " ").join(words)


def edited(script, share, seed=0):
    """The text with every so many words replaced, at even distances; two signs stand for a word without spaces."""
    words = text_of(script, seed)
    size = 2 if script in SPACELESS else 1
    step = size * round(1 / share) if share else len(words) + size
    return join(
        script, [units(script)[0] if n % step >= step - size else word for n, word in enumerate(words)]
    )


def wire(key, text, **parts):
    return article(key, **{"text": text, "url": f"http://{key}.example/1"} | parts)


def meet(left, right):
    return bool(set(bands(left)) & set(bands(right)))


@pytest.mark.parametrize("script", WORDS)
@pytest.mark.parametrize("share", [0, 0.01, 0.03, 0.06, 0.1])
def test_small_edits_are_seen_through(script, share):
    left, right = wire("a", edited(script, 0)), wire("b", edited(script, share), title="Another title")
    assert alike(left, right)
    assert alike(right, left)
    assert meet(left, right)


@pytest.mark.parametrize("script", WORDS)
def test_another_report_in_the_same_words_is_no_copy(script):
    left, right = wire("a", edited(script, 0)), wire("b", edited(script, 0, seed=1))
    assert not alike(left, right)


@pytest.mark.parametrize("script", WORDS)
def test_a_text_rewritten_is_no_copy(script):
    assert not alike(wire("a", edited(script, 0)), wire("b", edited(script, 0.34)))


@pytest.mark.parametrize("kept", [0.5, 0.7, 0.9])
def test_a_copy_cut_short_or_lengthened_is_a_copy(kept):
    words = text_of("latin")
    short = join("latin", words[: int(kept * len(words))])
    assert alike(wire("a", join("latin", words)), wire("b", short))
    assert meet(wire("a", join("latin", words)), wire("b", short))


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("ÉTÉ à Paris", "été à paris"),
        ("مُحَمَّد", "محمد"),
        ("می\u200cگوید", "میگوید"),
        ("“Quoted,” he said – twice…", '"Quoted" he said - twice'),
        ("Ｆｕｌｌ width", "full width"),
        ("İstanbul", "istanbul"),
    ],
)
def test_case_width_points_and_signs_do_not_count(written, same):
    assert print_of(written).shingles.tolist() == print_of(same).shingles.tolist()


def test_a_short_text_is_a_copy_only_of_the_same_words():
    left = wire("a", "The minister left at noon.")
    assert bands(left) == ()
    assert alike(left, wire("b", left.text, title=left.title))
    assert not alike(left, wire("b", left.text, title="Another"))
    assert not alike(left, wire("b", "The minister left at noon!"))


def test_a_form_filled_with_other_numbers_is_no_copy():
    words = text_of("latin")

    def filled(day):
        return join("latin", [f"{day}{n} {word}" if n % 40 == 0 else word for n, word in enumerate(words)])

    assert alike(wire("a", filled(1)), wire("b", filled(1) + " more"))
    assert not alike(wire("a", filled(1)), wire("b", filled(2)))


def test_one_outlets_own_forms_are_told_apart():
    left = wire("a", edited("latin", 0))
    assert not alike(left, wire("b", edited("latin", 0.06), url="http://www.a.example/2"))
    assert alike(left, wire("b", left.text + " more", url="http://www.a.example/2"))


@pytest.mark.parametrize("flag", ["consent", "list"])
def test_what_is_no_report_is_nobodys_copy(flag):
    text = edited("latin", 0)
    assert not alike(wire("a", text, flags=(flag,)), wire("b", text, title="Another", flags=(flag,)))
    assert bands(wire("a", text, flags=(flag,))) == ()


def test_what_comes_much_later_is_no_copy():
    later = wire("b", edited("latin", 0.01), published=NOON + timedelta(days=9))
    assert not alike(wire("a", edited("latin", 0)), later)


def test_a_day_without_an_hour_counts_from_when_we_saw_it():
    day = NOON.replace(hour=0)
    seen = article(published=day, published_source="page", first_seen=NOON)
    assert told(seen) == NOON
    assert told(article(published=day, published_source="page", first_seen=NOON + timedelta(days=5))) == (
        day + timedelta(days=1)
    )
    assert told(article(published=day, published_source="feed")) == day


def test_the_earliest_is_the_original_and_copies_make_no_chain():
    rows = [article(key, published=NOON + timedelta(hours=n)) for n, key in enumerate("abcd")]
    a, b, c, d = (row.id for row in rows)
    found = originals(reversed(rows), [(b, a), (b, c), (c, d)])
    assert found == {a: a, b: a, c: c, d: c}


# In the store


def family(script="latin"):
    """A wire report with two copies, another report, and each outlet's feed."""
    hours = (2, 0, 5, 1)
    texts = (
        edited(script, 0.03),
        edited(script, 0),
        edited(script, 0) + " (reporting by ours)",
        edited(script, 0, 1),
    )
    return [
        wire(key, text, feed=feed(key).id, published=NOON + timedelta(hours=hour))
        for key, text, hour in zip("abcd", texts, hours, strict=True)
    ]


def arrive(store, articles, **states):
    store.sync_feeds([feed(key, state=states.get(key)) for key in "abcd"])
    for own in articles:
        with store.write():
            store.save_entries([entry(own.id, id=own.id, feed=own.feed)])
            store.save_article(own, own.id, "test", NOON)


def compare(store):
    """What the stage does, without its workers."""
    stage = copies_stage()
    for own in stage.todo(store, NOON, 100):
        with store.write():
            stage.save(store, own, bands(own), NOON)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_arrival_does_not_matter(store, order):
    rows = family()
    for number in order:
        arrive(store, [rows[number]])
        compare(store)
    first, second, third, other = (store.original(row.id) for row in rows)
    assert (first, second, third, other) == (rows[1].id, None, rows[1].id, None)
    assert [copy.id for copy in store.copies(rows[1].id)] == [rows[0].id, rows[2].id]


def test_comparing_again_changes_nothing(store):
    arrive(store, family())
    compare(store)
    before = [tuple(row) for row in store.rows("select * from copies order by article")]
    compare(store)
    assert [tuple(row) for row in store.rows("select * from copies order by article")] == before
    assert copies_stage().todo(store, NOON, 10) == []


def test_a_text_that_is_changed_is_compared_anew(store):
    rows = family()
    arrive(store, rows)
    compare(store)
    with store.write():
        store.save_article(wire("b", edited("latin", 0, 7), feed=feed("b").id), rows[1].id, "test", NOON)
    compare(store)
    assert store.copies(rows[1].id) == []
    assert store.original(rows[2].id) == rows[0].id


def test_the_same_words_are_found_without_bands(store):
    short = [wire(key, "Only a line.", title="One", feed=feed(key).id) for key in "ab"]
    arrive(store, short)
    compare(store)
    assert len(store.copies(min(row.id for row in short))) == 1


def test_old_bands_are_forgotten(store):
    arrive(store, family())
    compare(store)
    with store.write():
        store.forget_bands(NOON)
    assert store.value("select count(*) from bands") > 0
    with store.write():
        store.forget_bands(NOON + timedelta(days=1))
    assert store.value("select count(*) from bands") == 0


def test_coverage_names_the_original(store):
    rows = family()
    arrive(store, rows)
    compare(store)
    assert store.covered(rows[0].id).original == rows[1].id
    assert store.covered(rows[1].id).original is None


# A text is read once


def twins(**states):
    text = edited("latin", 0)
    return [wire(key, text, title="One", feed=feed(key).id) for key in "abc"]


def read_all(store, counted):
    """The readings stage, with a reader that counts."""
    stage = readings_stage("c")
    while jobs := stage.todo(store, NOON, 10):
        for job in jobs:
            if not job.known:
                counted += [own.id for own, _ in job.articles]
            found = read(job) if job.known else [READING for _ in job.articles]
            with store.write():
                stage.save(store, job, found, NOON)


READING = Reading(classifier="c", language="en", frames=(frame(), frame("USA", "RUS")))


def test_a_text_is_read_once(store):
    rows = twins()
    arrive(store, rows)
    counted = []
    read_all(store, counted)
    assert len(counted) == 1
    assert [len(store.covered(row.id).frames) for row in rows] == [2, 2, 2]
    assert set(store.twin_reading(rows[0], None, "c").frames) == set(READING.frames)
    assert READ_BATCH > 1


def test_a_copy_that_comes_later_takes_the_reading(store):
    rows = twins()
    counted = []
    for row in rows:
        arrive(store, [row])
        read_all(store, counted)
    assert len(counted) == 1


def test_an_outlet_of_another_state_is_read_by_itself(store):
    arrive(store, twins(), b="RUS")
    counted = []
    read_all(store, counted)
    assert len(counted) == 2
