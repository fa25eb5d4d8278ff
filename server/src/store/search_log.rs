//! What was searched for: counted by the server, read by whoever runs the site.

use sqlx::Row;

use super::{Store, StoreError, on};
use crate::domain::{Lang, SearchCounts, Searched, Words};

impl Store {
    /// Adds counts to those that are kept, all or none. Replicas that do so at the same time should hand the rows over in
    /// the same order.
    pub async fn count_searches(&self, searched: &[Searched]) -> Result<(), StoreError> {
        const SQL: &str = "insert into search_log (lang, words, searches, without_result, followed, last_day) \
             values ($1, $2, $3, $4, $5, $6) on conflict (lang, words) do update set \
             searches = search_log.searches + excluded.searches, \
             without_result = search_log.without_result + excluded.without_result, \
             followed = search_log.followed + excluded.followed, \
             last_day = case when excluded.last_day > search_log.last_day then excluded.last_day else search_log.last_day end";
        self.ready().await?;
        on!(self, pool => {
            let mut transaction = pool.begin().await?;
            for Searched { lang, words, counts } in searched {
                sqlx::query(SQL)
                    .bind(lang.code())
                    .bind(words.as_str())
                    .bind(counts.searches)
                    .bind(counts.without_result)
                    .bind(counts.followed)
                    .bind(counts.last_day)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
        });
        Ok(())
    }

    /// Forgets what was not searched for since a day, and of more rows than `most` those searched for once, then the
    /// others, the longest ago first.
    pub async fn forget_searches(&self, since: i64, most: i64) -> Result<(), StoreError> {
        const FIRST: &str = "delete from search_log where (lang, words) in (select lang, words from search_log \
             order by case when searches > 1 then 1 else 0 end, last_day, lang, words limit $1)";
        self.ready().await?;
        on!(self, pool => {
            sqlx::query("delete from search_log where last_day < $1").bind(since).execute(pool).await?;
            let kept: i64 = sqlx::query("select count(*) from search_log").fetch_one(pool).await?.get(0);
            if kept > most {
                sqlx::query(FIRST).bind(kept - most).execute(pool).await?;
            }
        });
        Ok(())
    }

    /// What was searched for in vain since a day, the most often first: nothing was found, or nothing of it followed.
    pub async fn missed_searches(&self, since: i64, limit: i64) -> Result<Vec<Searched>, StoreError> {
        const SQL: &str = "select lang, words, searches, without_result, followed, last_day from (select search_log.*, \
             case when searches - followed > without_result then searches - followed else without_result end as missed \
             from search_log) as rated where missed > 0 and last_day >= $1 \
             order by missed desc, without_result desc, last_day desc, lang, words limit $2";
        self.ready().await?;
        let read = |lang: String, words: String, counts: SearchCounts| {
            Some(Searched { lang: Lang::from_code(&lang)?, words: Words::kept(words), counts })
        };
        let rows = on!(self, pool => sqlx::query(SQL)
            .bind(since)
            .bind(limit)
            .fetch_all(pool)
            .await?
            .into_iter()
            .filter_map(|row| {
                let counts = SearchCounts {
                    searches: row.get(2),
                    without_result: row.get(3),
                    followed: row.get(4),
                    last_day: row.get(5),
                };
                read(row.get(0), row.get(1), counts)
            })
            .collect());
        Ok(rows)
    }
}
