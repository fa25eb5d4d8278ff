//! The queues of a listener at a moment: half-open requests, connections that wait for `accept`, and what each end
//! believes of each connection. Read from what `ss` and `nstat` print; `static/js/elements/queue-panel.js` reads the same.

use netsim::time::SimTime;
use netsim::view::{nstat, ss_text};
use netsim::world::World;

/// Counters that tell of connections that found no place.
const COUNTERS: [&str; 2] = ["TcpExtListenOverflows", "TcpExtListenDrops"];

/// What is shown.
pub struct QueuesView {
    /// Places of the accept queue, backlog + 1, and whether each is taken.
    pub places: Vec<bool>,
    /// How many wait.
    pub taken: usize,
    /// Its backlog.
    pub backlog: usize,
    /// Connections: client's port, what the client says, what the server says.
    pub connections: Vec<(String, String, String)>,
    /// Counters and their values.
    pub counters: Vec<(&'static str, u64)>,
}

/// At a moment; nothing if nobody listens.
pub fn view(world: &World, at: SimTime) -> Option<QueuesView> {
    let [client, server] = [0, 1].map(|side| rows(&ss_text::render(world.trace(), side, at)));
    let listener = server.iter().find(|row| row.state == "LISTEN")?;
    let (taken, backlog) = (listener.queues[0], listener.queues[1]);
    let mut connections: Vec<(String, String, String)> = Vec::new();
    for row in &client {
        connections.push((row.local.clone(), said(row), "–".to_owned()));
    }
    for row in server.iter().filter(|row| row.state != "LISTEN") {
        match connections.iter_mut().find(|known| known.0 == row.peer) {
            Some(known) => known.2 = said(row),
            None => connections.push((row.peer.clone(), "–".to_owned(), said(row))),
        }
    }
    let counted = nstat::deltas(world.trace(), 1, None, at);
    let value = |name: &str| counted.iter().find(|(known, _)| *known == name).map_or(0, |(_, n)| *n);
    Some(QueuesView {
        places: (0..=backlog).map(|place| place < taken).collect(),
        taken,
        backlog,
        connections,
        counters: COUNTERS.map(|name| (name, value(name))).into(),
    })
}

struct Row {
    state: String,
    queues: [usize; 2],
    local: String,
    peer: String,
}

/// The sockets that `ss` lists; lines of details begin with white space.
fn rows(text: &str) -> Vec<Row> {
    let port = |end: &str| end.rsplit(':').next().unwrap_or_default().to_owned();
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let state = words.next()?.to_owned();
        let mut number = || words.next()?.parse().ok();
        let queues = [number()?, number()?];
        Some(Row { state, queues, local: port(words.next()?), peer: port(words.next()?) })
    };
    text.lines().filter(|line| !line.starts_with(char::is_whitespace)).filter_map(row).collect()
}

fn said(row: &Row) -> String {
    if row.queues[0] > 0 { format!("{}, Recv-Q {}", row.state, row.queues[0]) } else { row.state.clone() }
}

#[cfg(test)]
mod tests {
    use netsim::scenario::Scenario;

    use super::*;

    #[test]
    fn a_full_queue_has_one_more_than_its_backlog() {
        let scenario = include_str!("../../../../content/presets/accept-queue-full.json");
        let mut world = World::new(&Scenario::parse(scenario).unwrap(), 1).unwrap();
        world.watch_sockets();
        world.run();
        let view = view(&world, SimTime::from_micros(world.first_packet().unwrap().as_micros() + 1_300_000)).unwrap();
        assert_eq!((view.places.len(), view.backlog), (3, 2));
        assert!(view.places.iter().all(|taken| *taken));
        let closed: Vec<_> = view.connections.iter().filter(|c| c.2.starts_with("CLOSE-WAIT")).collect();
        assert_eq!(closed.len(), 3, "{:?}", view.connections);
        assert!(closed.iter().all(|c| c.2.ends_with("Recv-Q 1")), "{closed:?}");
        assert!(view.counters[0].1 > 0);
    }
}
