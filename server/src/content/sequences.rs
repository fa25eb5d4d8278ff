//! `sequences/<id>.toml` → a diagram's data.

use super::front_matter::{RawSequence, RawStep, parse};
use super::problems::{Lines, Problems};
use crate::domain::Both;
use crate::domain::sequence::{Event, Host, PacketKind, Sequence, Step};

/// More steps than this make a diagram nobody reads.
const MOST_STEPS: usize = 60;

/// Reads one diagram. Mistakes become problems; with any, there is no diagram.
pub fn read(path: &str, text: &str, problems: &mut Problems) -> Option<Sequence> {
    let raw: RawSequence = parse(path, text, 1, problems)?;
    let lines = Lines::of(text);
    let at_line = |offset: usize| lines.at(offset);
    let mut good = true;
    let mut fault = |line: usize, what: String| {
        problems.add(path, line, what);
        good = false;
    };

    if !matches!(raw.unit.get_ref().as_str(), "s" | "ms") {
        fault(at_line(raw.unit.span().start), "unknown unit, use \"s\" or \"ms\"".to_owned());
    }
    if !(2..=3).contains(&raw.hosts.len()) {
        fault(1, format!("{} hosts, draw two or three", raw.hosts.len()));
    }
    if raw.steps.len() > MOST_STEPS {
        fault(1, format!("{} steps, keep it under {MOST_STEPS}", raw.steps.len()));
    }

    for host in &raw.hosts {
        if !matches!(host.role.get_ref().as_str(), "client" | "server") {
            fault(
                at_line(host.role.span().start),
                format!("unknown role of {}, use \"client\" or \"server\"", host.id),
            );
        }
    }

    let ids: Vec<String> = raw.hosts.iter().map(|h| h.id.clone()).collect();
    let decimals = raw.steps.iter().map(|s| decimals_of(s.get_ref().at.as_ref())).max().unwrap_or(0);
    let mut steps = Vec::new();
    for raw_step in raw.steps {
        let line = at_line(raw_step.span().start);
        match step(raw_step.into_inner(), &ids, decimals) {
            Ok(step) => steps.push(step),
            Err(what) => fault(line, what),
        }
    }
    good.then(|| Sequence {
        about: raw.about,
        unit: raw.unit.into_inner(),
        hosts: raw
            .hosts
            .into_iter()
            .map(|h| Host { name: h.name, address: h.address, client: h.role.get_ref() == "client" })
            .collect(),
        steps,
    })
}

fn step(raw: RawStep, hosts: &[String], decimals: usize) -> Result<Step, String> {
    let at = match raw.at {
        None => None,
        Some(toml::Value::Float(f)) => Some(format!("{f:.decimals$}")),
        Some(toml::Value::Integer(i)) => Some(format!("{:.decimals$}", i as f64)),
        Some(toml::Value::String(s)) => Some(s),
        Some(_) => return Err("`at` is no number, write one".to_owned()),
    };
    let host = |name: &str, value: &Option<String>| -> Result<usize, String> {
        let id = value.as_ref().ok_or_else(|| format!("`{name}` is missing, name a host"))?;
        hosts
            .iter()
            .position(|h| h == id)
            .ok_or_else(|| format!("unknown host `{id}` in `{name}`, use one of {}", hosts.join(", ")))
    };
    let kinds =
        [raw.packet.is_some(), raw.state.is_some(), raw.call.is_some(), raw.gap.is_some(), raw.missing.is_some()];
    if kinds.iter().filter(|k| **k).count() > 1 {
        return Err("more than one of packet, state, call, gap, missing; make them separate steps".to_owned());
    }
    let event = if let Some(packet) = &raw.packet {
        let kind = PacketKind::from_code(packet).ok_or_else(|| {
            let all: Vec<_> = PacketKind::ALL.iter().map(|k| k.code()).collect();
            format!("unknown packet `{packet}`, use one of {}", all.join(" "))
        })?;
        let (from, to) = (host("from", &raw.from)?, host("to", &raw.to)?);
        if from == to {
            return Err("a packet from a host to itself, name two hosts".to_owned());
        }
        let label = raw.label.unwrap_or_else(|| Both { zh: packet.to_uppercase(), en: packet.to_uppercase() });
        Event::Packet { kind, from, to, label, lost: raw.lost }
    } else if let Some(name) = raw.state {
        Event::State { on: host("on", &raw.on)?, name, stuck: raw.stuck, note: raw.note }
    } else if let Some(call) = raw.call {
        Event::Call { on: host("on", &raw.on)?, call, note: raw.note }
    } else if let Some(gap) = raw.gap {
        Event::Gap(gap)
    } else if let Some(text) = raw.missing {
        Event::Missing { from: host("from", &raw.from)?, to: host("to", &raw.to)?, text }
    } else if let Some(text) = raw.note {
        Event::Note { on: host("on", &raw.on)?, text }
    } else {
        return Err("an empty step, give it packet, state, call, gap, missing or note".to_owned());
    };
    Ok(Step { at, event })
}

/// How many decimals a time needs, three at most: all ticks of a diagram show as many as the finest.
fn decimals_of(at: Option<&toml::Value>) -> usize {
    let Some(toml::Value::Float(f)) = at else { return 0 };
    format!("{f:.3}").trim_end_matches('0').split('.').nth(1).map_or(0, str::len)
}

/// Texts of a diagram in both languages, for the typography check.
pub fn texts(sequence: &Sequence) -> Vec<&Both<String>> {
    let mut all = vec![&sequence.about];
    all.extend(sequence.hosts.iter().map(|h| &h.name));
    for step in &sequence.steps {
        match &step.event {
            Event::Packet { label, .. } => all.push(label),
            Event::State { name, note, .. } => all.extend(std::iter::once(name).chain(note)),
            Event::Call { call, note, .. } => all.extend(std::iter::once(call).chain(note)),
            Event::Note { text, .. } | Event::Gap(text) | Event::Missing { text, .. } => all.push(text),
        }
    }
    all
}
