//! A preset as a page shows it before a script runs: the drawing at the telling moment, the same as a table, what tools
//! print then, the question and its answer.

use netsim::scenario::Scenario;
use netsim::time::SimTime;
use netsim::view::{ss_text, tcpdump};
use netsim::world::World;
use stage::{Frame, Story};

use super::knobs::{Group, groups};
use super::names::NamesView;
use super::queues::{self, QueuesView};
use super::race::{self, RaceView};
use super::states::StatesView;
use super::stream::StreamView;
use super::text::Text;
use crate::domain::playground::Bench;
use crate::domain::preset::{Kind, Playground};
use crate::domain::{Lang, Library, Preset};

/// Width of the drawing where there is room, px.
pub const WIDE: u32 = 610;
/// Width of the drawing on phones and beside the text of a case.
pub const NARROW: u32 = 390;

/// A preset, ready to be printed.
pub struct StageView {
    /// Its id.
    pub id: String,
    /// What happens.
    pub title: String,
    /// What is set up, HTML.
    pub lead: String,
    /// Where it can be played with everything.
    pub href: String,
    /// The engine's input, JSON as it was written.
    pub config: String,
    /// What scripts need, JSON that may stand in a script block.
    pub data: String,
    /// The question.
    pub predict: PredictView,
    /// The run at its telling moment; of scenarios of hosts only.
    pub run: Option<RunView>,
    /// What implementations make of a name; of name lookups only.
    pub names: Option<NamesView>,
    /// The same of streams.
    pub stream: Option<StreamView>,
    /// What can be changed; nothing beside a case.
    pub knobs: Vec<Group>,
}

/// Predict first.
pub struct PredictView {
    /// What is asked, HTML.
    pub question: String,
    /// Answers, HTML.
    pub options: Vec<String>,
    /// The place of the right one.
    pub answer: usize,
    /// Why, HTML.
    pub why: String,
    /// What the run shows, HTML.
    pub claims: Vec<String>,
}

/// A finished run, looked at in one moment.
pub struct RunView {
    /// The drawings.
    pub wide: String,
    /// The same for narrow columns.
    pub narrow: String,
    /// The moment, ms after the first packet.
    pub at: String,
    /// What is going on then.
    pub now: String,
    /// Everything that happened.
    pub rows: Vec<RowView>,
    /// The client's messages as a drawing, where they are what it is about.
    pub messages: Option<String>,
    /// The listener's queues, where they are what it is about.
    pub queues: Option<QueuesView>,
    /// The race in numbers, where that is what it is about.
    pub race: Option<RaceView>,
    /// `ss` of both ends.
    pub ss: [String; 2],
    /// `tcpdump` at the client.
    pub tcpdump: String,
    /// Tools that have something to show beside those that always have.
    pub tools: Vec<&'static str>,
    /// The state machine; on its own page only.
    pub states: Option<StatesView>,
}

/// A row of the table.
pub struct RowView {
    /// ms after the first packet.
    pub at: String,
    /// Whose.
    pub who: String,
    /// What.
    pub words: String,
}

/// The stylesheet of a preset's page.
pub fn bundle(preset: &Preset) -> &'static str {
    match preset.kind {
        Kind::Names { .. } => "names",
        Kind::Tcp | Kind::Stream => "lab",
    }
}

/// Where a preset has its page.
pub fn preset_href(preset: &Preset, library: &Library, lang: Lang) -> String {
    let playground = preset.playground.code();
    match library.bench(preset.playground) {
        Some(bench) if bench.first == preset.id => format!("/{lang}/playgrounds/{playground}"),
        _ => format!("/{lang}/playgrounds/{playground}/{}", preset.id),
    }
}

impl StageView {
    /// A preset; with the page of a playground also what can be changed there.
    pub fn new(preset: &Preset, library: &Library, bench: Option<&Bench>, lang: Lang) -> StageView {
        let html = |text: &crate::domain::Both<crate::domain::case::Inline>| text.get(lang).html.0.clone();
        let question = &preset.question;
        StageView {
            id: preset.id.to_string(),
            title: preset.title.get(lang).clone(),
            lead: html(&preset.lead),
            href: preset_href(preset, library, lang),
            config: preset.config.trim_end().to_owned(),
            data: data(preset),
            predict: PredictView {
                question: html(&question.text),
                options: question.options.iter().map(html).collect(),
                answer: question.answer,
                why: html(&question.why),
                claims: preset.claims.iter().map(|claim| html(&claim.says)).collect(),
            },
            run: matches!(preset.kind, Kind::Tcp).then(|| run(preset, library, bench, lang)).flatten(),
            names: super::names::view(preset, lang),
            stream: StreamView::new(preset, lang, bench.is_some()),
            knobs: bench.map(|bench| groups(&bench.knobs, lang)).unwrap_or_default(),
        }
    }

    /// The words of its language.
    pub fn right(&self) -> &str {
        self.predict.options.get(self.predict.answer).map_or("", String::as_str)
    }
}

/// What a script needs of a preset.
fn data(preset: &Preset) -> String {
    let config: serde_json::Value = serde_json::from_str(&preset.config).unwrap_or_default();
    let (implementations, connect) = match &preset.kind {
        Kind::Names { implementations, connect } => (implementations.as_slice(), connect.as_ref()),
        Kind::Tcp | Kind::Stream => (&[][..], None),
    };
    let connect = connect.map(|dial| serde_json::json!({ "program": dial.program, "reach": dial.reach }));
    let data = serde_json::json!({
        "config": config,
        "seed": preset.seed,
        "telling": preset.telling_ms.map(|ms| ms * 1_000),
        "implementations": implementations,
        "connect": connect,
    });
    // In a script block nothing but `</` and `<!--` could end it.
    data.to_string().replace('<', "\\u003c")
}

/// Runs and draws. The checks of the content have made sure that it runs.
fn run(preset: &Preset, library: &Library, bench: Option<&Bench>, lang: Lang) -> Option<RunView> {
    let all = bench.is_some();
    let scenario = Scenario::parse(&preset.config).ok()?;
    let mut world = World::new(&scenario, preset.seed).ok()?;
    world.watch_sockets();
    world.run();
    let words = stage::Lang::of(lang.tag());
    let story = Story::new(&world);
    let whole = Frame::all(&story, WIDE, words);
    let at = (whole.from + preset.telling_ms.unwrap_or(0) * 1_000).min(whole.to);
    let draw = |width| stage::picture(&story, Frame { width, at: Some(at), ..whole });
    let (wide, narrow) = (draw(WIDE), draw(NARROW));
    let t = Text(lang);
    let who = |host: usize| match host {
        0 => t.client().to_owned(),
        1 => t.server().to_owned(),
        host => world.name(host).to_owned(),
    };
    let row = |row: &stage::Row| RowView {
        at: millis(row.from.saturating_sub(whole.from)),
        who: who(row.host),
        words: row.words.clone(),
    };
    let moment = SimTime::from_micros(at);
    let tool = |on: bool, text: &dyn Fn() -> String| if on { text() } else { String::new() };
    let states = bench.is_some_and(|bench| bench.playground == Playground::States);
    Some(RunView {
        states: states.then(|| StatesView::new(&world, &story, at, library, lang)),
        at: millis(at - whole.from),
        now: stage::now(&story, at, words).1,
        rows: wide.rows.iter().map(row).collect(),
        ss: [0, 1].map(|side| tool(all, &|| ss_text::render(world.trace(), side, moment))),
        tcpdump: tool(all, &|| tcpdump::render(world.trace(), 0, moment, tcpdump::Numbers::Relative)),
        tools: tools(&preset.config),
        queues: (all && preset.playground == Playground::AcceptQueue).then(|| queues::view(&world, moment)).flatten(),
        race: (all && preset.playground == Playground::KeepaliveRace).then(|| race::view(&preset.config)).flatten(),
        messages: (all && preset.playground == Playground::HeadOfLine)
            .then(|| stage::messages(&stage::Sum::of(world.trace()), t.messages_about())),
        wide: wide.svg(),
        narrow: narrow.svg(),
    })
}

/// Tools for what not every scenario has: datagrams, translation, ARP.
fn tools(config: &str) -> Vec<&'static str> {
    let has = |words: &[&str]| words.iter().any(|word| config.contains(word));
    let tool = |name, words: &[&str]| has(words).then_some(name);
    [
        tool("ss -u", &["\"udp\"", "\"sendto\"", "\"recvfrom\""]),
        tool("conntrack", &["\"nat\"", "\"relay\""]),
        tool("ip neigh", &["\"arp\""]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Milliseconds with one decimal, as the drawing's axis has them.
fn millis(us: u64) -> String {
    let tenths = (us + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::millis;

    #[test]
    fn times_are_rounded_to_tenths() {
        assert_eq!([0, 49, 50, 1_234, 47_160].map(millis), ["0.0", "0.0", "0.1", "1.2", "47.2"]);
    }
}
