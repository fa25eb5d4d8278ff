//! Controls of a playground: what kind of field each knob is, its range, its words. What a knob changes in a scenario is
//! the affair of `static/js/stage/knobs.js`.

use super::text::Text;
use crate::domain::Lang;
use crate::domain::playground::Knob;

/// A group of controls.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its title.
    pub title: &'static str,
    /// Its controls.
    pub knobs: Vec<KnobView>,
}

/// A control.
#[derive(Debug, Clone)]
pub struct KnobView {
    /// The knob's name in scripts.
    pub id: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What sort of field it is.
    pub field: Field,
}

/// What sort of field a control is.
#[derive(Debug, Clone)]
pub enum Field {
    /// On or off.
    Switch,
    /// One of these values, in a row; with the unit that follows the number.
    Stops(&'static str, &'static str),
    /// One of these words: value and label.
    Choice(Vec<(&'static str, &'static str)>),
    /// A whole number that is typed: least and most.
    Number(u32, u32),
}

/// Where a control stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Client,
    Server,
    Network,
    Chance,
}

/// The controls of a playground, by place.
pub fn groups(knobs: &[Knob], lang: Lang) -> Vec<Group> {
    let t = Text(lang);
    let titles = [
        (Place::Client, t.group_client()),
        (Place::Server, t.group_server()),
        (Place::Network, t.group_network()),
        (Place::Chance, t.group_chance()),
    ];
    let of = |place| knobs.iter().filter(move |k| spec(**k, t).0 == place);
    let view = |knob: &Knob| KnobView { id: knob.code(), label: t.knob(*knob), field: spec(*knob, t).1 };
    let group = |(place, title)| Group { title, knobs: of(place).map(view).collect() };
    titles.into_iter().map(group).filter(|group| !group.knobs.is_empty()).collect()
}

fn spec(knob: Knob, t: Text) -> (Place, Field) {
    let choice = |values: &[&'static str]| Field::Choice(values.iter().map(|v| (*v, t.knob_choice(v))).collect());
    match knob {
        Knob::Pattern => (Place::Client, choice(&["write-write-read", "one-write", "writev", "stream"])),
        Knob::WriteSize => (Place::Client, Field::Stops("1 10 40 100 200 500 1000 1448 2000 4000 10000", "B")),
        Knob::Nodelay | Knob::Cork | Knob::More | Knob::HalfClose => (Place::Client, Field::Switch),
        Knob::Requests => (Place::Client, Field::Stops("1 2 3 5 10 20 50 100", "")),
        Knob::ClientIdle => (Place::Client, Field::Stops("2 4 5 6 10 30 60 75 120 350 0", "s")),
        Knob::Gap => (Place::Client, Field::Number(0, 400_000)),
        Knob::Linger => (Place::Client, choice(&["off", "zero", "one"])),
        Knob::Unread => (Place::Client, Field::Stops("0 1 100 1000 10000", "B")),
        Knob::Quickack => (Place::Server, Field::Switch),
        Knob::Think => (Place::Server, Field::Stops("0 1 5 10 20 30 50 100 200", "ms")),
        Knob::ServerIdle => (Place::Server, Field::Stops("2 4 5 6 10 20 30 60 65 75 120 350", "s")),
        Knob::Backlog => (Place::Server, Field::Stops("0 1 2 3 5 10 20", "")),
        Knob::ReadDelay => (Place::Server, Field::Stops("0 10 50 100 500 1000 3000 10000", "ms")),
        Knob::Rtt => (Place::Network, Field::Stops("0.1 0.2 0.5 1 2 5 10 20 40 50 100 200 400 600", "ms")),
        Knob::Mss => (Place::Network, Field::Stops("200 536 1000 1220 1300 1400 1460", "B")),
        Knob::Rate => (Place::Network, Field::Stops("100 500 1000 2000 5000 10000 50000 100000 0", "kbit/s")),
        Knob::Loss => (Place::Network, Field::Stops("0 0.5 1 2 5 10 20 30", "%")),
        Knob::Reorder => (Place::Network, Field::Stops("0 1 2 5 10 20 30", "%")),
        Knob::Seed => (Place::Chance, Field::Number(0, 4_294_967_295)),
    }
}
