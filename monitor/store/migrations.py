"""The schema, as named steps that are never edited: a change is a new step.

Column groups: what the feed or page said, then what we learned. Times are `YYYY-MM-DDTHH:MM:SSZ`.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

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
