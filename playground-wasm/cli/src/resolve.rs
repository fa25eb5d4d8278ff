//! `netsim resolve`: one case in every implementation, or predictions for a table of recorded cases.

use std::fs;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use netsim::json::Json;
use netsim::map::Map;
use netsim::resolver::batch::{self, Predicted};
use netsim::resolver::case::Case;
use netsim::resolver::connect::{Reaction, Strategy, connect};
use netsim::resolver::outcome::Outcome;
use netsim::resolver::trace::{Event, Step};
use netsim::resolver::version::{Implementation, RECORDED};
use netsim::resolver::{lookup, read};
use netsim::time::Span;

/// Options of `netsim resolve`.
#[derive(clap::Args)]
pub struct Args {
    /// The case, a JSON file (`-` for standard input)
    #[arg(required_unless_present = "batch")]
    case: Option<PathBuf>,
    /// Only these implementations, for example go-1.24.4, go-cgo-1.27.3, glibc-2.36, musl-1.2.5
    #[arg(long = "impl", value_name = "NAME", value_delimiter = ',')]
    implementations: Vec<String>,
    /// Every step, with the rule behind it and where to read it
    #[arg(long)]
    explain: bool,
    /// Steps as JSON lines
    #[arg(long, conflicts_with = "explain")]
    json: bool,
    /// What the program then does with the addresses: go, curl, python or java
    #[arg(long, value_name = "PROGRAM")]
    connect: Option<String>,
    /// What an address does with a SYN: ADDRESS=accept, refuse, silent or unreachable (others accept)
    #[arg(long, value_name = "ADDRESS=REACTION", value_delimiter = ',', requires = "connect")]
    reach: Vec<String>,
    /// Predictions for a table of recorded cases, a file of JSON lines
    #[arg(long, value_name = "FILE", conflicts_with_all = ["case", "implementations", "explain", "json"])]
    batch: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let done = match (&args.batch, &args.case) {
        (Some(table), _) => predict(table, &mut out),
        (None, Some(path)) => show(path, args, &mut out),
        (None, None) => Err(anyhow!("a case is needed")),
    };
    match done.and_then(|()| Ok(out.flush()?)) {
        Err(error) if is_closed_pipe(&error) => Ok(()),
        other => other,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

fn predict(table: &Path, out: &mut impl Write) -> anyhow::Result<()> {
    let file = fs::File::open(table).with_context(|| table.display().to_string())?;
    let mut bad = 0;
    for (i, line) in BufReader::new(file).lines().enumerate() {
        match batch::predict(&line?) {
            Ok(Predicted::Lookups(list)) => {
                for prediction in list {
                    writeln!(out, "{}", serde_json::to_string(&prediction)?)?;
                }
            }
            Ok(Predicted::Orders(list)) => {
                for prediction in list {
                    writeln!(out, "{}", serde_json::to_string(&prediction)?)?;
                }
            }
            Ok(Predicted::Nothing) => {}
            Err(error) => {
                eprintln!("{}:{}: {error}", table.display(), i + 1);
                bad += 1;
            }
        }
    }
    if bad > 0 { Err(anyhow!("{bad} lines could not be read")) } else { Ok(()) }
}

fn show(path: &Path, args: &Args, out: &mut impl Write) -> anyhow::Result<()> {
    let text = if path == Path::new("-") { io::read_to_string(io::stdin())? } else { fs::read_to_string(path)? };
    let case = read::case(&text).map_err(|bad| anyhow!("{}: {bad}", path.display()))?;
    let names: Vec<&str> = match args.implementations.as_slice() {
        [] => RECORDED.to_vec(),
        chosen => chosen.iter().map(String::as_str).collect(),
    };
    let dial = dial(args)?;
    for name in names {
        let implementation: Implementation = name.parse().map_err(|unknown| anyhow!("{unknown}"))?;
        one(&case, implementation, dial.as_ref(), args, out)?;
    }
    Ok(())
}

/// A round trip on a local network.
const RTT: Span = Span::millis(1);

type Dial = (Strategy, Map<IpAddr, Reaction>);

fn dial(args: &Args) -> anyhow::Result<Option<Dial>> {
    let Some(program) = &args.connect else { return Ok(None) };
    let strategy = Strategy::named(program).ok_or_else(|| anyhow!("--connect {program}: go, curl, python or java"))?;
    let mut reactions = Map::new();
    for text in &args.reach {
        let (address, reaction) = text.split_once('=').ok_or_else(|| anyhow!("--reach {text}: ADDRESS=REACTION"))?;
        let reaction = match reaction {
            "accept" => Reaction::Accepts(RTT),
            "refuse" => Reaction::Refuses(RTT),
            "silent" => Reaction::Silent,
            "unreachable" => Reaction::Unreachable,
            _ => return Err(anyhow!("--reach {text}: accept, refuse, silent or unreachable")),
        };
        reactions.insert(address.parse().with_context(|| format!("--reach {text}"))?, reaction);
    }
    Ok(Some((strategy, reactions)))
}

/// Connects in the same trace; the line for the summary.
fn connected(done: &mut Outcome, (strategy, reactions): &Dial) -> Option<String> {
    let reach = |address| reactions.get(&address).copied().unwrap_or(Reaction::Accepts(RTT));
    let began = done.trace.now;
    let end = connect(&done.addresses, *strategy, &reach, None, &mut done.trace)?;
    let took = (end.at - began).as_millis();
    Some(match end.result {
        Ok(address) => format!("connected to {address} after {took} ms"),
        Err(failure) => format!("{} after {took} ms", failure.name()),
    })
}

fn one(
    case: &Case,
    implementation: Implementation,
    dial: Option<&Dial>,
    args: &Args,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut done = lookup(case, implementation);
    let summary = summary(&done);
    let end = dial.and_then(|dial| connected(&mut done, dial));
    if args.json {
        for step in &done.trace.steps {
            let mut json = Json::default();
            step.write(&mut json);
            writeln!(out, "{}", json.0)?;
        }
        return Ok(());
    }
    writeln!(out, "{:<20} {summary}", implementation.to_string())?;
    if let Some(end) = end {
        writeln!(out, "{:<20} {end}", "")?;
    }
    if args.explain {
        for step in &done.trace.steps {
            writeln!(out, "  {}", explained(step))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn summary(done: &Outcome) -> String {
    let addresses = done.printed();
    let order = done.order.map(|order| format!(" ({})", order.name())).unwrap_or_default();
    let queries = done.trace.steps.iter().filter(|s| matches!(s.event, Event::Send { .. })).count();
    let seconds = done.trace.now.as_millis();
    let status = done.status.name();
    let time = format!("{}.{:03} s", seconds / 1_000, seconds % 1_000);
    format!("{status} {}{order}, {queries} queries, {time}", addresses.join(" "))
}

/// `0.000 send proto=udp server=… · glibc.send, glibc resolv/res_send.c send_dg`.
fn explained(step: &Step) -> String {
    let ms = step.at.as_millis();
    let mut fields = String::new();
    let mut name = String::new();
    let mut json = Json::default();
    json.open("", '{');
    step.event.write(&mut json);
    json.close('}');
    if let Ok(serde_json::Value::Object(map)) = serde_json::from_str(&json.0) {
        for (key, value) in &map {
            match (key.as_str(), value) {
                ("ev", value) => name = value.as_str().unwrap_or_default().to_string(),
                (_, serde_json::Value::Null) => {}
                (key, serde_json::Value::String(text)) => fields += &format!(" {key}={text:?}"),
                (key, value) => fields += &format!(" {key}={value}"),
            }
        }
    }
    let chance = if step.random { " (chance)" } else { "" };
    format!("{}.{:03} {name}{fields}{chance}\n          {}: {}", ms / 1_000, ms % 1_000, step.rule.id, step.rule.source)
}
