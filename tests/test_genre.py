"""Live blogs, op-eds, round-ups and index pages are known by what they say of themselves; reports are left alone."""

import pytest

from monitor.genre import _rows, genre_of

LANGUAGES = set("en nl ru uk de fr es it pt pl sr tr ar fa he zh ja ko hi".split())


@pytest.mark.parametrize(
    ("language", "live", "opinion", "roundup", "report"),
    [
        ("en", "Border war live: Shelling resumes in the north", "Opinion: The dam was a warning", "Morning briefing: strikes, floods and a vote", "Minister was live on air when the shelling resumed"),
        ("nl", "Liveblog: beschietingen in het noorden hervat", "Opinie | De dam was een waarschuwing", "Nieuwsoverzicht: aanvallen, water en een stemming", "Minister geeft commentaar op de beschieting van het noorden"),
        ("ru", "Обстрел на севере: онлайн-трансляция", "Мнение: плотина была предупреждением", "Главное за день: удары, паводок и голосование", "Министр высказал мнение об обстреле на севере страны"),
        ("uk", "Обстріл на півночі. Онлайн-трансляція", "Колонка: гребля була попередженням", "Підсумки дня: удари, повінь і голосування", "Міністр висловив думку про обстріл на півночі"),
        ("de", "Grenzkrieg im Liveticker: Beschuss im Norden", "Kommentar: Der Damm war eine Warnung", "Presseschau: Angriffe, Flut und eine Wahl", "Minister lehnt Kommentar zum Beschuss im Norden ab"),
        ("fr", "EN DIRECT - Guerre à la frontière : les tirs reprennent", "Tribune. « Le barrage » | Tribune", "Revue de presse : frappes, crues et un vote", "Le ministre parle en direct des tirs dans le nord"),
        ("es", "Guerra en la frontera, en directo: siguen los ataques", "Editorial: La presa era un aviso", "Resumen de noticias: ataques, agua y un voto", "El ministro opina en directo sobre los ataques"),
        ("it", "Guerra al confine, la diretta: riprendono i bombardamenti", "L'editoriale | La diga era un avviso", "Rassegna stampa: attacchi, acqua e un voto", "Il ministro parla in diretta dei bombardamenti"),
        ("pt", "Guerra na fronteira, ao vivo: ataques recomeçam", "Opinião: A barragem era um aviso", "Resumo do dia: ataques, cheias e um voto", "Ministro fala ao vivo sobre os ataques no norte"),
        ("pl", "Wojna na granicy. Relacja na żywo", "Komentarz: Tama była ostrzeżeniem", "Przegląd prasy: ataki, powódź i głosowanie", "Minister odmówił komentarza w sprawie ostrzału północy"),
        ("sr", "UŽIVO: Nastavljeno granatiranje na severu", "Коментар: Брана је била упозорење", "Преглед штампе: напади, поплава и гласање", "Министар није желео коментар о нападима на северу"),
        ("tr", "Canlı anlatım: Kuzeyde bombardıman sürüyor", "Görüş: Baraj bir uyarıydı", "Günün özeti: saldırılar, sel ve oylama", "Bakan kuzeydeki saldırılar için görüş bildirdi"),
        ("ar", "تغطية مباشرة: تجدد القصف في الشمال", "رأي: السد كان تحذيرا للجميع", "عناوين الصحف: قصف وفيضان وتصويت", "الوزير يعلن رأيه مباشرة في قصف الشمال"),
        ("fa", "لحظه به لحظه با حملات شمال کشور", "یادداشت: سد یک هشدار بود", "مرور روزنامه‌ها: حمله، سیل و رأی‌گیری", "وزیر دیدگاه خود را درباره حملات شمال گفت"),
        ("he", "עדכונים שוטפים: ההפגזות בצפון נמשכות", "דעה: הסכר היה אזהרה לכולם", "סיכום היום: תקיפות, שיטפון והצבעה", "השר הביע דעה על ההפגזות בצפון"),
        ("zh", "直播:北部炮击再起", "社评:大坝早已是警告", "每日要闻:袭击、洪水与投票", "外交部对北部炮击发表评论并呼吁克制"),
        ("ja", "【随時更新】北部で砲撃再開", "【社説】ダムは警告だった", "今日のニュース 攻撃、洪水、採決", "外相が北部の砲撃についてコメントした"),
        ("ko", "[생중계] 북부 포격 재개", "[사설] 댐은 경고였다", "오늘의 주요 뉴스: 공격, 홍수, 표결", "장관, 북부 포격에 실시간 대응 지시"),
        ("hi", "लाइव अपडेट: उत्तर में गोलाबारी फिर शुरू", "संपादकीय: बांध एक चेतावनी था", "आज की बड़ी खबरें: हमले, बाढ़ और मतदान", "मंत्री ने उत्तर की गोलाबारी पर अपने विचार रखे"),
    ],
)  # fmt: skip
def test_titles_say_what_they_are(language, live, opinion, roundup, report):
    found = [genre_of(title, language=language, length=900) for title in (live, opinion, roundup, report)]
    assert found == ["live", "opinion", "roundup", "report"]


@pytest.mark.parametrize(
    ("url", "genre"),
    [
        ("https://wire.example/", "index"),
        ("https://wire.example", "index"),
        ("https://wire.example/en/", "index"),
        ("https://wire.example/ru/index.html", "index"),
        ("https://wire.example/tag/border-war", "index"),
        ("https://wire.example/topics/energy/", "index"),
        ("https://wire.example/category/world/shelling-resumes-in-the-border-north", "report"),
        ("https://wire.example/category/world/20261005", "report"),
        ("https://wire.example/?p=8812", "report"),
        ("https://wire.example/index.php?id=8812", "report"),
        ("https://wire.example/world/live/2026/oct/05/border-war", "live"),
        ("https://wire.example/world/border-war-live-updates-12", "live"),
        ("https://wire.example/world/lives-lost-at-the-border", "report"),
        ("https://wire.example/opinion/2026/the-dam", "opinion"),
        ("https://wire.example/yazarlar/biri/baraj", "opinion"),
        ("https://wire.example/opinion-polls-open-in-the-north", "report"),
        ("https://wire.example/newsletter/2026-10-05", "roundup"),
        ("https://wire.example/%ff%fe/[", "report"),
        ("http://[broken", "report"),
        ("", "report"),
    ],
)
def test_addresses_say_what_they_are(url, genre):
    assert genre_of("Shelling resumes in the border north", url=url, length=900) == genre


@pytest.mark.parametrize(
    ("title", "length", "genre"),
    [
        ("", 0, "empty"),
        ("News", 0, "empty"),
        ("Breaking", 8, "empty"),  # an article without a text has its title for one
        ("...", 3, "empty"),
        ("速報", 2, "empty"),
        ("北部で砲撃が再開", 8, "report"),
        ("Shelling resumes in north", 0, "report"),
        ("Earthquake", 900, "report"),
        ("", 900, "report"),
    ],
)
def test_too_little_tells_no_event(title, length, genre):
    assert genre_of(title, length=length) == genre


def test_behind_a_consent_wall_the_text_counts_for_nothing():
    assert genre_of("News", flags=["consent"], length=900) == "empty"
    assert genre_of("News", flags=["consent", "feed_only"], length=900) == "report"
    assert genre_of("Shelling resumes in the north", flags=["consent"], length=900) == "report"


def test_an_index_page_is_known_by_its_whole_title():
    assert genre_of("Latest news | The Wire", length=900) == "index"
    assert genre_of("Latest news: shelling resumes in the north", length=900) == "report"
    assert genre_of("Последние новости - Волна", language="ru", length=900) == "index"


def test_an_unknown_language_is_read_with_the_english_words():
    assert genre_of("Live updates: skot i nord", language="xx", length=900) == "live"
    assert genre_of("Skotene i nord har begynt igjen", language="xx", length=900) == "report"


def test_outlets_names_are_no_markers():
    assert genre_of("Shelling resumes in the north - Chicago Tribune", length=900) == "report"
    assert genre_of("Les tirs reprennent - La Tribune de l'Est", language="fr", length=900) == "report"


def test_every_language_has_words_for_every_genre():
    found = {(language, genre) for language, genre, *_ in _rows()}
    assert found == {(one, genre) for one in LANGUAGES for genre in ("live", "opinion", "roundup", "index")}
    assert {where for _, _, where, _ in _rows()} == {"any", "part", "tail", "whole"}
