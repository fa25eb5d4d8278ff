//! One store story in named parts, told on SQLite and, when PACKET_CLINIC_TEST_POSTGRES names a server, on PostgreSQL.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use packet_clinic::domain::{Answer, Feedback, Lang, SearchCounts, Searched, Slug, Words};
use packet_clinic::store::{Store, Tally};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};
use tempfile::TempDir;

/// A fresh database.
enum Database {
    Sqlite(TempDir),
    Postgres { server: String, name: String },
}

impl Database {
    /// One of each kind that can be had here.
    async fn each() -> Vec<Database> {
        let mut all = vec![Database::Sqlite(tempfile::tempdir().unwrap())];
        if let Ok(server) = env::var("PACKET_CLINIC_TEST_POSTGRES") {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let name = format!("packet_clinic_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
            let mut connection =
                PgConnection::connect(&server).await.expect("PACKET_CLINIC_TEST_POSTGRES names a server");
            sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.unwrap();
            all.push(Database::Postgres { server, name });
        }
        all
    }

    fn url(&self) -> String {
        match self {
            Database::Sqlite(folder) => format!("sqlite:{}", folder.path().join("store.sqlite").display()),
            Database::Postgres { server, name } => {
                let (address, query) =
                    server.split_once('?').map_or((server.as_str(), String::new()), |(a, q)| (a, format!("?{q}")));
                let (place, _) = address.rsplit_once('/').expect("postgres://…/database");
                format!("{place}/{name}{query}")
            }
        }
    }

    fn open(&self) -> Store {
        Store::open(&self.url()).unwrap()
    }

    async fn migrated(&self) -> Store {
        let store = self.open();
        store.migrate().await.unwrap();
        store
    }

    /// Puts a row of SQL values into the table of answers, as an operator could.
    async fn insert(&self, values: &str) -> Result<(), sqlx::Error> {
        let sql = format!("insert into feedback (case_slug, lang, answer, line, at) values ({values})");
        let query = AssertSqlSafe(sql);
        match self {
            Database::Sqlite(_) => {
                let mut connection = SqliteConnection::connect(&self.url()).await?;
                sqlx::query(query).execute(&mut connection).await?;
            }
            Database::Postgres { .. } => {
                let mut connection = PgConnection::connect(&self.url()).await?;
                sqlx::query(query).execute(&mut connection).await?;
            }
        }
        Ok(())
    }

    /// Tables with their columns, those of the migrator left out.
    async fn schema(&self) -> BTreeMap<String, Vec<String>> {
        let pairs: Vec<(String, String)> = match self {
            Database::Sqlite(_) => {
                const SQL: &str = "select t.name, c.name from sqlite_master t join pragma_table_info(t.name) c where t.type = 'table' order by t.name, c.cid";
                let rows = sqlx::query(SQL)
                    .fetch_all(&mut SqliteConnection::connect(&self.url()).await.unwrap())
                    .await
                    .unwrap();
                rows.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
            Database::Postgres { .. } => {
                const SQL: &str = "select table_name::text, column_name::text from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position";
                let rows =
                    sqlx::query(SQL).fetch_all(&mut PgConnection::connect(&self.url()).await.unwrap()).await.unwrap();
                rows.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
        };
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, column) in
            pairs.into_iter().filter(|(table, _)| table != "_sqlx_migrations" && !table.starts_with("sqlite_"))
        {
            tables.entry(table).or_default().push(column);
        }
        tables
    }

    /// Takes it away.
    async fn end(self) {
        if let Database::Postgres { server, name } = self {
            let mut connection = PgConnection::connect(&server).await.unwrap();
            sqlx::query(AssertSqlSafe(format!("drop database {name} with (force)")))
                .execute(&mut connection)
                .await
                .unwrap();
        }
    }
}

fn feedback(slug: &str, answer: Answer, at: i64) -> Feedback {
    Feedback { case: Slug::parse(slug).unwrap(), lang: Lang::Zh, answer, line: format!("at {at}"), at }
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    for database in Database::each().await {
        let store = database.migrated().await;
        let schema = database.schema().await;
        store.keep_feedback(&feedback("a", Answer::Yes, 1)).await.unwrap();
        store.migrate().await.unwrap();
        database.open().migrate().await.unwrap();
        assert_eq!(database.schema().await, schema);
        assert_eq!(store.newest_feedback(10).await.unwrap().len(), 1);
        drop(store);
        database.end().await;
    }
}

#[tokio::test]
async fn replicas_that_start_together_all_find_the_schema() {
    for database in Database::each().await {
        let replicas: Vec<_> =
            (0..4).map(|_| database.open()).map(|store| tokio::spawn(async move { store.migrate().await })).collect();
        for replica in replicas {
            replica.await.unwrap().unwrap();
        }
        assert!(database.open().ping().await.is_ok());
        assert!(database.schema().await.contains_key("feedback"));
        database.end().await;
    }
}

#[tokio::test]
async fn what_is_kept_comes_back_as_it_was() {
    for database in Database::each().await {
        let store = database.migrated().await;
        let odd = "我 <b>&\"'\\ % _ ; -- \u{1f480} \u{202e}".to_owned();
        for (lang, answer, line) in [
            (Lang::Zh, Answer::Yes, odd),
            (Lang::En, Answer::No, String::new()),
            (Lang::En, Answer::Yes, "长".repeat(500)),
        ] {
            let one = Feedback { case: Slug::parse("a-case-9").unwrap(), lang, answer, line, at: 1_795_000_000 };
            store.keep_feedback(&one).await.unwrap();
            assert_eq!(store.newest_feedback(1).await.unwrap(), [one]);
        }
        drop(store);
        let again = database.open();
        assert_eq!(again.newest_feedback(10).await.unwrap().len(), 3, "a new connection sees it");
        drop(again);
        database.end().await;
    }
}

#[tokio::test]
async fn the_newest_come_first_and_no_more_than_asked_for() {
    for database in Database::each().await {
        let store = database.migrated().await;
        for at in [30, 10, 20, 20] {
            store.keep_feedback(&feedback("a", Answer::No, at)).await.unwrap();
        }
        store.keep_feedback(&feedback("later-at-the-same-time", Answer::No, 20)).await.unwrap();
        let newest = store.newest_feedback(100).await.unwrap();
        assert_eq!(newest.iter().map(|f| f.at).collect::<Vec<_>>(), [30, 20, 20, 20, 10]);
        assert_eq!(newest[1].case.as_str(), "later-at-the-same-time");
        assert_eq!(store.newest_feedback(2).await.unwrap(), newest[..2]);
        assert_eq!(store.newest_feedback(0).await.unwrap(), []);
        drop(store);
        database.end().await;
    }
}

#[tokio::test]
async fn the_tally_counts_both_answers_and_puts_the_most_doubted_first() {
    for database in Database::each().await {
        let store = database.migrated().await;
        assert_eq!(store.feedback_tally().await.unwrap(), []);
        for (slug, yes, no) in [("b", 2, 1), ("a", 0, 1), ("c", 1, 3), ("d", 5, 0)] {
            for n in 0..yes + no {
                let answer = if n < yes { Answer::Yes } else { Answer::No };
                store.keep_feedback(&feedback(slug, answer, n)).await.unwrap();
            }
        }
        let tally = |case: &str, yes, no| Tally { case: case.to_owned(), yes, no };
        let expected = [tally("c", 1, 3), tally("b", 2, 1), tally("a", 0, 1), tally("d", 5, 0)];
        assert_eq!(store.feedback_tally().await.unwrap(), expected);
        drop(store);
        database.end().await;
    }
}

#[tokio::test]
async fn rows_that_no_longer_read_as_answers_are_left_out() {
    for database in Database::each().await {
        let store = database.migrated().await;
        store.keep_feedback(&feedback("a", Answer::Yes, 1)).await.unwrap();
        database.insert("'Not A Slug', 'zh', 'yes', '', 2").await.unwrap();
        assert_eq!(store.newest_feedback(10).await.unwrap(), [feedback("a", Answer::Yes, 1)]);
        drop(store);
        database.end().await;
    }
}

#[tokio::test]
async fn the_schema_itself_refuses_what_is_no_answer() {
    for database in Database::each().await {
        drop(database.migrated().await);
        for bad in [
            "'a', 'fr', 'yes', '', 1",
            "'a', 'zh', 'maybe', '', 1",
            "null, 'zh', 'yes', '', 1",
            "'a', 'zh', 'yes', null, 1",
        ] {
            assert!(database.insert(bad).await.is_err(), "{bad}");
        }
        assert!(database.insert("'a', 'zh', 'yes', '', 1").await.is_ok());
        database.end().await;
    }
}

#[tokio::test]
async fn answers_that_arrive_together_are_all_kept() {
    for database in Database::each().await {
        let store = database.migrated().await;
        let writers: Vec<_> = (0..40)
            .map(|n| (store.clone(), n))
            .map(|(store, n)| tokio::spawn(async move { store.keep_feedback(&feedback("a", Answer::Yes, n)).await }))
            .collect();
        for writer in writers {
            writer.await.unwrap().unwrap();
        }
        assert_eq!(store.feedback_tally().await.unwrap()[0].yes, 40);
        drop(store);
        database.end().await;
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_an_error_and_not_a_wait() {
    for url in ["sqlite:/no/such/folder/store.sqlite", "postgres://nobody@127.0.0.1:1/nothing"] {
        let store = Store::open(url).unwrap();
        let start = std::time::Instant::now();
        assert!(store.ping().await.is_err(), "{url}");
        assert!(store.keep_feedback(&feedback("a", Answer::Yes, 1)).await.is_err(), "{url}");
        assert!(store.count_searches(&[searched("x", 1, 1, 0, 1)]).await.is_err(), "{url}");
        assert!(store.migrate().await.is_err(), "{url}");
        assert!(start.elapsed().as_secs() < 16, "{url} took {:?}", start.elapsed());
    }
}

fn searched(words: &str, searches: i64, without_result: i64, followed: i64, last_day: i64) -> Searched {
    let counts = SearchCounts { searches, without_result, followed, last_day };
    Searched { lang: Lang::En, words: Words::kept(words.to_owned()), counts }
}

/// The words of what was missed since a day.
async fn missed(store: &Store, since: i64) -> Vec<String> {
    store.missed_searches(since, 1000).await.unwrap().into_iter().map(|row| row.words.to_string()).collect()
}

#[tokio::test]
async fn searches_for_the_same_words_add_up_by_language() {
    for database in Database::each().await {
        let store = database.migrated().await;
        let chinese = Searched { lang: Lang::Zh, ..searched("odd '; -- \\ %", 1, 1, 0, 7) };
        store.count_searches(&[searched("odd '; -- \\ %", 2, 1, 0, 9), chinese.clone()]).await.unwrap();
        store.count_searches(&[searched("odd '; -- \\ %", 3, 0, 1, 8)]).await.unwrap();
        store.count_searches(&[]).await.unwrap();
        let kept = store.missed_searches(0, 10).await.unwrap();
        assert_eq!(kept, [searched("odd '; -- \\ %", 5, 1, 1, 9), chinese]);
        drop(store);
        database.end().await;
    }
}

#[tokio::test]
async fn what_was_missed_most_often_comes_first_and_what_was_found_not_at_all() {
    for database in Database::each().await {
        let store = database.migrated().await;
        let rows = [
            searched("followed", 4, 0, 4, 5),
            searched("followed twice from one page", 4, 0, 6, 5),
            searched("not followed", 9, 0, 4, 5),
            searched("found nothing", 5, 5, 0, 5),
            searched("both", 9, 2, 1, 5),
            searched("long ago", 1, 1, 0, 4),
            searched("found nothing, yet others followed", 5, 3, 4, 6),
        ];
        store.count_searches(&rows).await.unwrap();
        let all = ["both", "found nothing", "not followed", "found nothing, yet others followed", "long ago"];
        assert_eq!(missed(&store, 0).await, all);
        assert_eq!(missed(&store, 5).await, all[..4]);
        assert_eq!(store.missed_searches(0, 2).await.unwrap(), [rows[4].clone(), rows[3].clone()]);
        drop(store);
        database.end().await;
    }
}

#[tokio::test]
async fn what_was_searched_for_once_and_long_ago_is_forgotten_first() {
    for database in Database::each().await {
        let store = database.migrated().await;
        let rows = [
            searched("often, early", 2, 2, 0, 1),
            searched("often", 3, 3, 0, 2),
            searched("once, late", 1, 1, 0, 9),
            searched("once", 1, 1, 0, 5),
        ];
        store.count_searches(&rows).await.unwrap();
        store.forget_searches(0, 4).await.unwrap();
        assert_eq!(missed(&store, 0).await.len(), 4);
        for (most, left) in
            [(3, &["often", "often, early", "once, late"][..]), (2, &["often", "often, early"]), (1, &["often"])]
        {
            store.forget_searches(0, most).await.unwrap();
            assert_eq!(missed(&store, 0).await, left);
        }
        store.forget_searches(2, 9).await.unwrap();
        assert_eq!(missed(&store, 0).await, ["often"]);
        store.forget_searches(3, 9).await.unwrap();
        assert_eq!(missed(&store, 0).await, [] as [String; 0], "nobody searched for it since");
        drop(store);
        database.end().await;
    }
}

#[tokio::test]
async fn replicas_count_at_the_same_time() {
    for database in Database::each().await {
        let rows: Vec<Searched> = (0..50).map(|n| searched(&format!("words {n}"), 1, 1, 0, n)).collect();
        let writers: Vec<_> = (0..4)
            .map(|_| (database.open(), rows.clone()))
            .map(|(store, rows)| tokio::spawn(async move { store.count_searches(&rows).await }))
            .collect();
        for writer in writers {
            writer.await.unwrap().unwrap();
        }
        let kept = database.open().missed_searches(0, 100).await.unwrap();
        assert!(kept.len() == 50 && kept.iter().all(|row| row.counts.searches == 4), "{kept:?}");
        database.end().await;
    }
}

/// The files of a migrations folder, by name.
fn migrations(dialect: &str) -> BTreeMap<String, String> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(dialect);
    let read =
        |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap());
    fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap())).collect()
}

/// Tables and the names of their columns, read from `create table` statements laid out one column a line.
fn tables(sql: &str) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for statement in sql.split("create table ").skip(1) {
        let (name, rest) = statement.split_once('(').unwrap();
        let body = rest.split("\n)").next().unwrap();
        let columns = body.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
        found.insert(name.trim().to_owned(), columns);
    }
    found
}

#[test]
fn both_dialects_have_the_same_migrations_tables_and_columns() {
    let (sqlite, postgres) = (migrations("sqlite"), migrations("postgres"));
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
    for (name, sql) in &sqlite {
        assert!(!tables(sql).is_empty() || !sql.contains("create table"), "{name}");
        assert_eq!(tables(sql), tables(&postgres[name]), "{name}");
        let first = |sql: &str| sql.lines().next().unwrap().to_owned();
        assert_eq!(first(sql), first(&postgres[name]), "{name} says what it is for in both folders");
    }
}

#[tokio::test]
async fn both_databases_end_up_with_the_same_schema() {
    let expected: BTreeMap<String, Vec<String>> = migrations("sqlite").values().flat_map(|sql| tables(sql)).collect();
    for database in Database::each().await {
        drop(database.migrated().await);
        assert_eq!(database.schema().await, expected);
        database.end().await;
    }
}
