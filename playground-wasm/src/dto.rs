//! The shapes that JavaScript sees. Times cross as whole milliseconds or seconds, well below 2^53.

use netsim::json::Json;
use netsim::json::fields::{Node, read};
use netsim::tcp::timers::{Settings, idle, unacknowledged};
use netsim::text::join;
use netsim::time::Span;

/// The fields of the form, in the units that sysctl and setsockopt use.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Seconds.
    pub keepalive_time: u32,
    /// Seconds.
    pub keepalive_interval: u32,
    /// A count.
    pub keepalive_probes: u32,
    /// Milliseconds.
    pub rto: u32,
    /// A count.
    pub retries2: u32,
    /// Milliseconds, 0 when unset.
    pub user_timeout: u32,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// An idle connection.
    pub idle: Idle,
    /// A segment that is never acknowledged.
    pub data: Data,
}

/// An idle connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idle {
    /// Milliseconds to `ETIMEDOUT`.
    pub after_ms: u64,
    /// Probes sent.
    pub probes: u32,
}

/// A segment that is never acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// Milliseconds to `ETIMEDOUT`.
    pub after_ms: u64,
    /// How often it was sent again.
    pub retransmissions: usize,
    /// When, in seconds: `0.204 · 0.408 · …`.
    pub times_s: String,
}

/// Answers a question; the error names the field.
pub fn dead_peer(question: &str) -> Result<String, String> {
    let question = read("the input", question, asked).map_err(|e| e.to_string())?;
    answer(question).map(|answer| answer.json())
}

impl Answer {
    /// As JSON.
    fn json(&self) -> String {
        let Answer { idle, data } = self;
        let mut out = Json::default();
        out.open("", '{').open("idle", '{').number("after_ms", idle.after_ms as i64);
        out.number("probes", idle.probes.into()).close('}');
        out.open("data", '{').number("after_ms", data.after_ms as i64);
        out.number("retransmissions", data.retransmissions as i64).text("times_s", &data.times_s).close('}').close('}');
        out.0
    }
}

fn asked(node: &Node) -> Question {
    let mut fields = node.fields();
    let mut number = |key| fields.need(key).whole(0, u32::MAX.into()) as u32;
    let question = Question {
        keepalive_time: number("keepalive_time"),
        keepalive_interval: number("keepalive_interval"),
        keepalive_probes: number("keepalive_probes"),
        rto: number("rto"),
        retries2: number("retries2"),
        user_timeout: number("user_timeout"),
    };
    fields.finish();
    question
}

/// As [`dead_peer`], without the text around it.
pub fn answer(q: Question) -> Result<Answer, String> {
    let settings = Settings {
        keepalive_time: Span::secs(q.keepalive_time.into()),
        keepalive_interval: Span::secs(q.keepalive_interval.into()),
        keepalive_probes: q.keepalive_probes,
        rto: Span::millis(q.rto.into()),
        retries2: q.retries2,
        user_timeout: Span::millis(q.user_timeout.into()),
    };
    let settings = settings.checked().map_err(|field| field.0.to_owned())?;
    let (idle, data) = (idle(settings), unacknowledged(settings));
    let seconds = |at: &Span| format!("{}.{:03}", at.as_millis() / 1_000, at.as_millis() % 1_000);
    Ok(Answer {
        idle: Idle { after_ms: idle.error_after.as_millis(), probes: idle.probes },
        data: Data {
            after_ms: data.error_after.as_millis(),
            retransmissions: data.sent_again.len(),
            times_s: join(&data.sent_again.iter().map(seconds).collect::<Vec<_>>(), " · "),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINUX: &str = r#"{"keepalive_time":7200,"keepalive_interval":75,"keepalive_probes":9,"rto":204,"retries2":15,"user_timeout":0}"#;

    #[test]
    fn answers_in_the_shape_that_pages_read() {
        let answer: serde_json::Value = serde_json::from_str(&dead_peer(LINUX).unwrap()).unwrap();
        assert_eq!(answer["idle"]["after_ms"], 7_875_000);
        assert_eq!(answer["data"]["retransmissions"], 16);
        assert!(answer["data"]["times_s"].as_str().unwrap().starts_with("0.204 · 0.408 · 0.816"));
    }

    #[test]
    fn bad_questions_name_the_field() {
        assert_eq!(dead_peer(&LINUX.replace("204", "1")).unwrap_err(), "rto");
        assert!(dead_peer("{}").unwrap_err().contains("keepalive_time"));
        assert!(dead_peer(&LINUX.replace("retries2", "retries9")).unwrap_err().contains("retries2"));
        assert!(dead_peer("not json").is_err());
    }
}
