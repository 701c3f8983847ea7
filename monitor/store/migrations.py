"""The schema, as named steps that are never edited: a change is a new step.

Column groups: what the feed or page said, then what we learned. Times are `YYYY-MM-DDTHH:MM:SSZ`.
"""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database, Migrations

from monitor.fold import fold
from monitor.rank import story_rank

framewire = Migrations("framewire")


@framewire()
def m001_feeds_and_entries(db: Database) -> None:
    """Feeds from feeds.yaml, what we learned of them, and their items."""
    db.executescript(
        """
        create table feeds (
            id text primary key, url text not null, name text not null, language text, state text, country text,
            kind text not null, interval real not null, enabled integer not null, tags text not null,
            timezone text not null
        ) strict;
        create table feed_states (
            feed text primary key, etag text, last_modified text, next_check text, last_checked text,
            last_success text, last_new_entry text, failures real not null, last_error text, body_hash text,
            mean_interval real, moved_to text, moved_count integer not null, paused integer not null
        ) strict;
        create index feed_states_next on feed_states (next_check);
        create table entries (
            id text primary key, feed text not null, url text not null, title text not null, summary text not null,
            content text not null, author text, published text, published_raw text, updated text, language text,
            first_seen text not null, content_hash text not null, article text
        ) strict;
        create index entries_todo on entries (first_seen) where article is null;
        create index entries_article on entries (article);
        create index entries_feed on entries (feed);
        """
    )


@framewire()
def m002_articles(db: Database) -> None:
    """Pages as fetched, articles as extracted, and the texts they had before."""
    db.executescript(
        """
        create table pages (
            entry text primary key, url text not null, content_type text not null, body blob not null,
            fetched text not null
        ) strict;
        create table articles (
            id text primary key, url text not null, feed text not null, title text not null, text text not null,
            language text not null, author text, published text not null, published_source text not null,
            first_seen text not null, flags text not null, revision integer not null, content_hash text not null,
            maker text not null
        ) strict;
        create index articles_published on articles (published);
        create table revisions (
            article text not null, revision integer not null, title text not null, text text not null,
            seen text not null, primary key (article, revision)
        ) strict;
        """
    )


@framewire()
def m003_derived(db: Database) -> None:
    """Vectors, stories and readings, each keyed by its maker."""
    db.executescript(
        """
        create table vectors (
            article text not null, model text not null, content_hash text not null, vector blob not null,
            primary key (article, model)
        ) strict;
        create table centres (
            model text not null, language text not null, count integer not null, vector blob not null,
            primary key (model, language)
        ) strict;
        create table stories (
            id text primary key, title text not null, language text not null, first text not null,
            last text not null, size integer not null, merged_into text
        ) strict;
        create index stories_last on stories (last);
        create table story_articles (
            article text primary key, story text not null, maker text not null
        ) strict;
        create index story_articles_story on story_articles (story);
        create table readings (
            article text not null, classifier text not null, content_hash text not null, language text not null,
            at text not null, primary key (article, classifier)
        ) strict;
        create table frames (
            id text primary key, article text not null, classifier text not null, blamer text not null,
            target text not null, stance text not null, kind text not null, issue text not null,
            evidence text not null, place text not null, start integer not null, end integer not null,
            caveat integer not null, score real not null, cues text not null
        ) strict;
        create index frames_article on frames (article);
        create index frames_pair on frames (blamer, target);
        """
    )


@framewire()
def m004_failures_and_corrections(db: Database) -> None:
    """What went wrong, and what analysts said of frames."""
    db.executescript(
        """
        create table failures (
            stage text not null, key text not null, error text not null, message text not null, at text not null,
            attempts integer not null, retry_at text, primary key (stage, key)
        ) strict;
        create table corrections (
            frame text not null, verdict text not null, by text not null, at text not null, note text not null,
            primary key (frame, by)
        ) strict;
        """
    )


@framewire()
def m005_hosts_and_rest(db: Database) -> None:
    """What politeness remembers of hosts, and when feeds ask to be left alone."""
    db.executescript(
        """
        create table hosts (
            host text primary key, next_request text, robots text, robots_until text, robots_failed integer not null
        ) strict;
        alter table feed_states add column rest real;
        alter table feed_states add column skip_hours text not null default '';
        alter table feed_states add column skip_days text not null default '';
        """
    )


@framewire()
def m006_copies(db: Database) -> None:
    """Which articles are one text, what finds them, and who is the original."""
    db.executescript(
        """
        create table copies (
            article text primary key, content_hash text not null, maker text not null, original text not null,
            at text not null
        ) strict;
        create index copies_original on copies (original);
        create table bands (
            value integer not null, article text not null, primary key (value, article)
        ) strict, without rowid;
        create index bands_article on bands (article);
        create table alike (
            article text not null, other text not null, primary key (article, other)
        ) strict, without rowid;
        create index articles_content on articles (content_hash);
        create index pages_fetched on pages (fetched);
        """
    )


@framewire()
def m007_search(db: Database) -> None:
    """The words of articles, stories in order of weight, and indexes for every filter of the lists."""
    db.executescript(
        """
        create table article_numbers (number integer primary key, article text not null unique) strict;
        create virtual table article_words using fts5(
            title, text, content = '', columnsize = 0,
            tokenize = "unicode61 remove_diacritics 2 categories 'L* N* M* Co'");
        alter table stories add column rank integer not null default 0;
        create index stories_rank on stories (rank, id) where merged_into is null;
        create index stories_time on stories (last, id) where merged_into is null;
        create index stories_size on stories (size, rank, id) where merged_into is null;
        create index articles_time on articles (published, id);
        create index articles_language on articles (language collate nocase, published);
        create index articles_feed on articles (feed, published);
        create index frames_target on frames (target);
        create index frames_kind on frames (kind);
        """
    )
    for id, size, last in db.conn.execute("select id, size, last from stories").fetchall():
        rank = story_rank(size, datetime.fromisoformat(last))
        db.conn.execute("update stories set rank = ? where id = ?", [rank, id])
    articles = db.conn.execute("select id, title, text from articles order by first_seen, id")
    for number, (id, title, text) in enumerate(articles, start=1):
        db.conn.execute("insert into article_numbers values (?, ?)", [number, id])
        words = [number, fold(title), fold(text)]
        db.conn.execute("insert into article_words (rowid, title, text) values (?, ?, ?)", words)


@framewire()
def m008_desk(db: Database) -> None:
    """Who may write, and the ways from a target and from an outlet to what was found."""
    db.executescript(
        """
        create table users (name text primary key, secret text not null, created text not null) strict;
        create table sessions (
            token text primary key, user text not null, created text not null, expires text not null
        ) strict;
        create table sign_in_failures (key text not null, at text not null) strict;
        create index sign_in_failures_key on sign_in_failures (key, at);
        """
    )


@framewire()
def m009_subscriptions_and_alerts(db: Database) -> None:
    """Who gets which mail, what became of each, and what alerts found."""
    db.executescript(
        """
        create table subscriptions (
            id text primary key, token text not null unique, address text not null, language text not null,
            zone text not null, hour integer not null, minute integer not null, days text not null,
            weekday integer not null, query text not null, form text not null, feeds integer not null,
            empty integer not null, state text not null, reason text not null, created text not null,
            since text not null, asked text
        ) strict;
        create index subscriptions_address on subscriptions (address);
        create table deliveries (
            subscription text not null, day text not null, state text not null, at text not null,
            attempts integer not null, retry_at text, error text not null, primary key (subscription, day)
        ) strict;
        create table alert_rules (
            id text primary key, name text not null, trigger text not null, threshold integer not null,
            hours integer not null, quiet_hours integer not null, query text not null, address text,
            webhook text, secret text, created text not null
        ) strict;
        create table alert_events (
            id text primary key, rule text not null, subject text not null, title text not null,
            body text not null, at text not null
        ) strict;
        create index alert_events_rule on alert_events (rule, subject, at);
        create table alert_sendings (
            event text not null, channel text not null, state text not null, at text not null,
            attempts integer not null, retry_at text, error text not null, primary key (event, channel)
        ) strict;
        create index alert_sendings_todo on alert_sendings (state, retry_at);
        create index articles_first_seen on articles (first_seen);
        """
    )


@framewire()
def m010_story_changes(db: Database) -> None:
    """What was done to stories and by whom, locks, and what the clusterer saw of each report."""
    db.executescript(
        """
        create table story_changes (
            id integer primary key, at text not null, by text not null, action text not null, story text not null,
            other text, articles text not null, note text not null
        ) strict;
        create index story_changes_story on story_changes (story);
        create index story_changes_other on story_changes (other);
        alter table stories add column locked integer not null default 0;
        alter table story_articles add column traits text;
        """
    )
