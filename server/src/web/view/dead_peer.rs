//! The dead-peer calculator: the form's fields and the engine's answer, for pages without JavaScript and the first paint.

use std::collections::HashMap;

use netsim::tcp::timers::{OutOfRange, Settings, idle, unacknowledged};
use netsim::time::Span;

use super::text::Text;
use crate::domain::Lang;

/// No number in range is longer; what is, was typed for another reason and need not come back whole.
const LONGEST_SHOWN: usize = 12;

/// The names of the form's fields, in order.
pub const FIELDS: [&str; 6] =
    ["keepalive_time", "keepalive_interval", "keepalive_probes", "rto", "retries2", "user_timeout"];

/// What `partials/dead_peer.html` prints.
#[derive(Debug, Clone)]
pub struct DeadPeerView {
    pub fields: Vec<FieldView>,
    pub complaint: String,
    pub idle_after: String,
    pub idle_probes: String,
    pub data_after: String,
    pub data_retransmissions: String,
    pub data_times: String,
}

/// A number field.
#[derive(Debug, Clone)]
pub struct FieldView {
    pub name: &'static str,
    pub label: &'static str,
    pub value: String,
    pub min: u32,
    pub max: u32,
    pub bad: bool,
}

impl DeadPeerView {
    /// With Linux's defaults.
    pub fn linux(lang: Lang) -> DeadPeerView {
        DeadPeerView::asked(lang, &HashMap::new())
    }

    /// With the numbers of a submitted form; what is missing is Linux's default, what is wrong is said at its field.
    pub fn asked(lang: Lang, typed: &HashMap<String, String>) -> DeadPeerView {
        let t = Text(lang);
        let field = |name, label, default: u32, min, max| FieldView {
            name,
            label,
            value: typed.get(name).cloned().unwrap_or_else(|| default.to_string()),
            min,
            max,
            bad: false,
        };
        let mut fields = vec![
            field("keepalive_time", t.dead_peer_idle(), 7200, 1, 32_767),
            field("keepalive_interval", t.dead_peer_interval(), 75, 1, 32_767),
            field("keepalive_probes", t.dead_peer_probes(), 9, 1, 127),
            field("rto", t.dead_peer_rto(), 204, 200, 120_000),
            field("retries2", t.dead_peer_retries(), 15, 1, 100),
            field("user_timeout", t.dead_peer_user(), 0, 0, 86_400_000),
        ];
        let mut complaint = String::new();
        let settings = settings(&fields).unwrap_or_else(|OutOfRange(name)| {
            for field in fields.iter_mut().filter(|f| f.name == name) {
                field.bad = true;
                complaint = format!("{}: {} ({} – {})", field.label, t.dead_peer_bad(), field.min, field.max);
            }
            Settings::LINUX
        });
        for field in &mut fields {
            field.value.truncate(field.value.floor_char_boundary(LONGEST_SHOWN));
        }
        let (idle, data) = (idle(settings), unacknowledged(settings));
        DeadPeerView {
            fields,
            complaint,
            idle_after: format!("{} s", seconds(idle.error_after)),
            idle_probes: format!("{}{}", idle.probes, t.probes_unit()),
            data_after: format!("{} s", seconds(data.error_after)),
            data_retransmissions: format!("{}{}", data.sent_again.len(), t.retries_unit()),
            data_times: data.sent_again.iter().map(|at| fixed(*at)).collect::<Vec<_>>().join(" · "),
        }
    }
}

fn settings(fields: &[FieldView]) -> Result<Settings, OutOfRange> {
    let number = |name: &'static str| -> Result<u32, OutOfRange> {
        let field = fields.iter().find(|f| f.name == name).ok_or(OutOfRange(name))?;
        field.value.trim().parse().map_err(|_| OutOfRange(name))
    };
    Settings {
        keepalive_time: Span::secs(number("keepalive_time")?.into()),
        keepalive_interval: Span::secs(number("keepalive_interval")?.into()),
        keepalive_probes: number("keepalive_probes")?,
        rto: Span::millis(number("rto")?.into()),
        retries2: number("retries2")?,
        user_timeout: Span::millis(number("user_timeout")?.into()),
    }
    .checked()
}

/// `3.512` or `7875`.
fn seconds(span: Span) -> String {
    let text = fixed(span);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Three decimals.
fn fixed(span: Span) -> String {
    format!("{}.{:03}", span.as_millis() / 1_000, span.as_millis() % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_form_are_used_and_faults_named() {
        assert_eq!(DeadPeerView::linux(Lang::En).idle_after, "7875 s");
        assert_eq!(DeadPeerView::linux(Lang::En).fields.iter().map(|f| f.name).collect::<Vec<_>>(), FIELDS);
        let typed = |name: &str, value: &str| HashMap::from([(name.to_owned(), value.to_owned())]);
        assert_eq!(DeadPeerView::asked(Lang::En, &typed("keepalive_time", "15")).idle_after, "690 s");
        for bad in ["0", "-1", "many", "99999999999"] {
            let view = DeadPeerView::asked(Lang::Zh, &typed("keepalive_probes", bad));
            assert!(view.complaint.contains("超出范围") && view.fields[2].bad, "{bad}");
        }
    }

    #[test]
    fn what_is_typed_comes_back_cut_between_characters() {
        let long = "a界界界界";
        let typed = ["keepalive_probes", "rto"].map(|name| (name.to_owned(), long.to_owned()));
        let view = DeadPeerView::asked(Lang::Zh, &HashMap::from(typed));
        assert_eq!(view.fields[2].value, "a界界界");
        assert_eq!(view.fields[3].value, "a界界界", "also where the complaint is about another field");
    }
}
