//! `packet-clinic search-log`: what readers searched for in vain, for whoever writes the next case.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{Database, print};
use crate::domain::Searched;
use crate::store::Store;

/// Which searches to show, and how.
#[derive(Debug, Args)]
pub(super) struct SearchLogArgs {
    #[command(flatten)]
    database: Database,
    /// How many of those most often in vain
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i64).range(0..=100_000))]
    limit: i64,
    /// Only what was searched for on one of the last N days, today included
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=100_000))]
    days: Option<i64>,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn run(args: &SearchLogArgs) -> anyhow::Result<ExitCode> {
    let store = Store::open(&args.database.database)?;
    store.migrate().await?;
    let today = (OffsetDateTime::now_utc() - OffsetDateTime::UNIX_EPOCH).whole_days();
    let missed = store.missed_searches(args.days.map_or(i64::MIN, |days| today - days + 1), args.limit).await?;
    if args.json {
        print(missed.iter().map(|Searched { lang, words, counts }| {
            json!({
                "lang": lang.code(),
                "words": words.as_str(),
                "searches": counts.searches,
                "without_result": counts.without_result,
                "followed": counts.followed,
                "not_followed": counts.not_followed(),
                "last_day": date(counts.last_day),
            })
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    print([format!("{:>9}  {:>15}  {:<10}  searched for", "no result", "nobody followed", "last day")])?;
    print(missed.iter().map(|Searched { lang, words, counts }| {
        let followed = format!("{} of {}", counts.not_followed(), counts.with_result());
        format!("{:>9}  {followed:>15}  {:<10}  {lang}  {words}", counts.without_result, date(counts.last_day))
    }))?;
    Ok(ExitCode::SUCCESS)
}

/// `2026-11-22`.
fn date(day: i64) -> String {
    let date = OffsetDateTime::UNIX_EPOCH.date().checked_add(Duration::days(day.clamp(-1_000_000, 2_000_000)));
    date.map_or_else(|| day.to_string(), |d| format!("{:04}-{:02}-{:02}", d.year(), u8::from(d.month()), d.day()))
}
