//! A scenario's file → refused with the place of the mistake, or run.

use netsim::scenario::Scenario;
use netsim::world::World;

/// So many instants of a run are looked at; its own limits end longer ones.
const MOST_INSTANTS: usize = 20_000;

/// No panic; time never goes back; the run of a scenario that is accepted is the same again.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(scenario) = Scenario::parse(text) else { return };
    assert_eq!(run(&scenario), run(&scenario), "the same scenario ran otherwise");
}

fn run(scenario: &Scenario) -> Option<String> {
    let mut world = World::new(scenario, 1).ok()?;
    let mut last = world.next_at()?;
    for _ in 0..MOST_INSTANTS {
        let Some(next) = world.next_at() else { break };
        assert!(next >= last, "time went back from {last:?} to {next:?}");
        world.run_until(next);
        last = next;
    }
    Some(format!("{:?}", world.trace()))
}
