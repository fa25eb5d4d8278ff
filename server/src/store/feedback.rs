//! "Was this it?" answers: written by readers, read by whoever runs the site.

use sqlx::Row;

use super::{Store, StoreError, on};
use crate::domain::{Answer, Feedback, Lang, Slug};

/// How a case did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Which case.
    pub case: String,
    /// How many said yes.
    pub yes: i64,
    /// How many said no.
    pub no: i64,
}

impl Store {
    /// Keeps an answer. When this returns, it is on disk.
    pub async fn keep_feedback(&self, feedback: &Feedback) -> Result<(), StoreError> {
        self.ready().await?;
        on!(self, pool => sqlx::query("insert into feedback (case_slug, lang, answer, line, at) values ($1, $2, $3, $4, $5)")
            .bind(feedback.case.as_str())
            .bind(feedback.lang.code())
            .bind(feedback.answer.code())
            .bind(feedback.line.as_str())
            .bind(feedback.at)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The newest answers first. Rows that no longer read as answers are left out.
    pub async fn newest_feedback(&self, limit: i64) -> Result<Vec<Feedback>, StoreError> {
        const SQL: &str = "select case_slug, lang, answer, line, at from feedback order by at desc, id desc limit $1";
        let read = |case: String, lang: String, answer: String, line: String, at: i64| {
            Some(Feedback {
                case: Slug::parse(&case)?,
                lang: Lang::from_code(&lang)?,
                answer: Answer::from_code(&answer)?,
                line,
                at,
            })
        };
        let rows = on!(self, pool => sqlx::query(SQL)
            .bind(limit)
            .fetch_all(pool)
            .await?
            .into_iter()
            .filter_map(|row| read(row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)))
            .collect());
        Ok(rows)
    }

    /// Yes and no per case, the most doubted first.
    pub async fn feedback_tally(&self) -> Result<Vec<Tally>, StoreError> {
        const SQL: &str = "select case_slug, \
             sum(case when answer = 'yes' then 1 else 0 end), \
             sum(case when answer = 'no' then 1 else 0 end) \
             from feedback group by case_slug order by 3 desc, 2 desc, 1";
        let rows = on!(self, pool => sqlx::query(SQL)
            .fetch_all(pool)
            .await?
            .into_iter()
            .map(|row| Tally { case: row.get(0), yes: row.get(1), no: row.get(2) })
            .collect());
        Ok(rows)
    }
}
