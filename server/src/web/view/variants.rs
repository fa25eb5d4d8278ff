//! A table that compares runs: what each variant of a playground comes to, computed.

use netsim::scenario::Scenario;
use netsim::world::World;
use stage::Sum;

use super::text::Text;
use crate::domain::Lang;
use crate::domain::playground::{Bench, Measure, Variant};

/// The table.
pub struct VariantsView {
    /// Columns: code, title.
    pub columns: Vec<(&'static str, &'static str)>,
    /// Rows.
    pub rows: Vec<VariantRow>,
}

/// A variant.
pub struct VariantRow {
    /// Its name, HTML.
    pub name: String,
    /// Its knobs, JSON; empty if it stays as it is.
    pub set: String,
    /// A cell for each column.
    pub cells: Vec<String>,
    /// Thousandths of the longest bar, if there is one.
    pub share: Option<u64>,
}

/// Runs all variants; nothing if there are none.
pub fn view(bench: &Bench, lang: Lang) -> Option<VariantsView> {
    let t = Text(lang);
    let sums: Vec<(&Variant, Sum)> = bench.variants.iter().filter_map(|v| Some((v, run(v)?))).collect();
    let longest = sums.iter().filter_map(|(_, sum)| length(&bench.measures, sum)).max().unwrap_or(0).max(1);
    let row = |(variant, sum): &(&Variant, Sum)| VariantRow {
        name: variant.name.get(lang).html.0.clone(),
        set: variant.set.clone().unwrap_or_default(),
        cells: bench.measures.iter().map(|measure| cell(*measure, sum, t)).collect(),
        share: length(&bench.measures, sum).map(|length| length * 1_000 / longest),
    };
    let columns = bench.measures.iter().map(|measure| (measure.code(), t.measure(*measure))).collect();
    (!sums.is_empty()).then(|| VariantsView { columns, rows: sums.iter().map(row).collect() })
}

/// The checks of the content have made sure that it runs.
fn run(variant: &Variant) -> Option<Sum> {
    let mut world = World::new(&Scenario::parse(&variant.config).ok()?, variant.seed).ok()?;
    // Sockets in TIME-WAIT are told only of a world that is watched.
    world.watch_sockets();
    world.run();
    Some(Sum::of(world.trace()))
}

/// What the bar shows: the first measure that is a length of time.
fn length(measures: &[Measure], sum: &Sum) -> Option<u64> {
    measures.iter().find_map(|measure| match measure {
        Measure::Latency => median(&sum.latency),
        Measure::Worst => worst(sum),
        _ => None,
    })
}

fn cell(measure: Measure, sum: &Sum, t: Text) -> String {
    let ms = |time: Option<u64>| time.map_or("–".to_owned(), millis);
    match measure {
        Measure::Latency => format!("{} / {}", ms(median(&sum.latency)), ms(sum.latency.iter().copied().max())),
        Measure::Segments => format!("{} + {}", sum.segments[0], sum.segments[1]),
        Measure::Ended => sum.ended[0].unwrap_or("–").to_owned(),
        Measure::Read => match sum.failed {
            Some(error) => format!("{} B, {error}", sum.read),
            None => format!("{} B", sum.read),
        },
        Measure::Close => ms(sum.close),
        Measure::TimeWait => if sum.time_wait[0] { t.yes() } else { t.no() }.to_owned(),
        Measure::Waited => waited(sum).to_string(),
        Measure::Worst => ms(worst(sum)),
    }
}

fn median(times: &[u64]) -> Option<u64> {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// Messages that were there a millisecond before the program had them.
fn waited(sum: &Sum) -> usize {
    let late = |m: &&stage::Message| m.arrived.zip(m.read).is_some_and(|(arrived, read)| read > arrived + 1_000);
    sum.messages.iter().filter(late).count()
}

fn worst(sum: &Sum) -> Option<u64> {
    sum.messages.iter().filter_map(|m| m.read.map(|read| read - m.sent)).max()
}

/// One decimal.
fn millis(us: u64) -> String {
    let tenths = (us + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}
