//! Domain ⇄ SQL: the only layer that knows sqlx. One narrow API over SQLite and PostgreSQL, the same SQL text for both.

mod feedback;
mod search_log;

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};

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
    migrated: Arc<OnceCell<()>>,
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

/// How often a replica looks whether another has made the schema.
const MOST_LOOKS: usize = 20;

/// Whether another replica was making the same schema.
fn stumbled(error: &MigrateError) -> bool {
    match error {
        MigrateError::ExecuteMigration(..) => true,
        // Waiting for a lock does not help who already reads: SQLite says so at once.
        MigrateError::Execute(sqlx::Error::Database(error)) => error.message().contains("locked"),
        _ => false,
    }
}

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
        Ok(Store { pool, migrated: Arc::default() })
    }

    /// Brings the schema up to date; safe to call again and from several replicas.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.migrated.get_or_try_init(|| self.run_migrations()).await?;
        Ok(())
    }

    async fn run_migrations(&self) -> Result<(), StoreError> {
        match &self.pool {
            Pool::Sqlite(pool) => {
                // SQLite has no lock for migrators: who comes second stumbles over what the first one makes, or over its
                // lock, and finds it made when looking again.
                let mut looks = 1;
                while let Err(error) = SQLITE.run(pool).await {
                    if looks == MOST_LOOKS || !stumbled(&error) {
                        return Err(error.into());
                    }
                    looks += 1;
                    sleep(Duration::from_millis(50)).await;
                }
            }
            Pool::Postgres(pool) => POSTGRES.run(pool).await?,
        }
        Ok(())
    }

    /// Waits a moment for the schema: the first visitors may come before it is there.
    async fn ready(&self) -> Result<(), StoreError> {
        timeout(PATIENCE, self.migrate()).await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        on!(self, pool => sqlx::query("select 1").execute(pool).await.map(drop))?;
        Ok(())
    }
}

/// `postgres://user:secret@host/db` → `postgres://user:…@host/db`, for messages; mistyped addresses hold passwords too.
fn hide_password(url: &str) -> String {
    let url = url.split_once('?').map_or(url, |(address, _)| address);
    let Some((login, place)) = url.rsplit_once('@') else { return url.to_owned() };
    let start = login.find("://").map_or(0, |at| at + 3);
    let user = login[start..].split(':').next().unwrap_or("");
    format!("{}{user}:…@{place}", &login[..start])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_stay_out_of_messages() {
        assert_eq!(hide_password("postgres://me:secret@db/x"), "postgres://me:…@db/x");
        assert_eq!(hide_password("postgres//me:secret@db/x?password=secret"), "postgres//me:…@db/x");
        assert_eq!(hide_password("sqlite:x"), "sqlite:x");
        let error = Store::open("mysql://me:secret@db/x").unwrap_err().to_string();
        assert!(!error.contains("secret") && error.contains("sqlite:FILE"), "{error}");
    }
}
