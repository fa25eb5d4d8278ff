//! Domain ⇄ SQL: the only layer that knows sqlx. One narrow API over SQLite and PostgreSQL, the same SQL text for both.

mod feedback;

use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

pub use feedback::Tally;

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// How long a query may wait for a connection before the visitor is told to try again.
const PATIENCE: Duration = Duration::from_secs(3);

/// What can go wrong below the domain.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address names neither database.
    #[error("`{0}` is no database address: use sqlite:FILE or postgres://USER@HOST/NAME")]
    Address(String),
    /// The database answered with an error, or not at all.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be migrated: {0}")]
    Migration(#[from] MigrateError),
}

/// User data. Cloning shares the pool.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
}

#[derive(Debug, Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs the same call on whichever pool there is.
macro_rules! on {
    ($store:expr, $pool:ident => $call:expr) => {
        match &$store.pool {
            $crate::store::Pool::Sqlite($pool) => $call,
            $crate::store::Pool::Postgres($pool) => $call,
        }
    };
}
pub(crate) use on;

impl Store {
    /// Prepares a pool without connecting: a database that is away for a minute must not keep the site from starting.
    pub fn open(url: &str) -> Result<Store, StoreError> {
        let bad = || StoreError::Address(hide_password(url));
        let pool = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)
                .map_err(|_| bad())?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // With WAL and FULL an acknowledged write survives a power cut.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(PATIENCE);
            Pool::Sqlite(
                SqlitePoolOptions::new().max_connections(4).acquire_timeout(PATIENCE).connect_lazy_with(options),
            )
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url).map_err(|_| bad())?;
            Pool::Postgres(PgPoolOptions::new().max_connections(8).acquire_timeout(PATIENCE).connect_lazy_with(options))
        } else {
            return Err(bad());
        };
        Ok(Store { pool })
    }

    /// Brings the schema up to date; safe to call again and from several replicas.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match &self.pool {
            Pool::Sqlite(pool) => SQLITE.run(pool).await?,
            Pool::Postgres(pool) => POSTGRES.run(pool).await?,
        }
        Ok(())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        on!(self, pool => sqlx::query("select 1").execute(pool).await.map(drop))?;
        Ok(())
    }
}

/// `postgres://user:secret@host/db` → `postgres://user:…@host/db`, for messages.
fn hide_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((login, place)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = login.split(':').next().unwrap_or("");
    format!("{scheme}://{user}:…@{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_stay_out_of_messages() {
        assert_eq!(hide_password("postgres://me:secret@db/x"), "postgres://me:…@db/x");
        let error = Store::open("mysql://me:secret@db/x").unwrap_err().to_string();
        assert!(!error.contains("secret") && error.contains("sqlite:FILE"), "{error}");
    }
}
