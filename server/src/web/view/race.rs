//! The keep-alive race in numbers: how many of ten thousand requests meet a connection that the backend has just closed.
//! A request that leaves the client `gap` after its last answer came is lost if it leaves before the FIN arrives and
//! arrives after the FIN has left: `close - 2·delay < gap < close`, where `close` is the time from the answer's departure to
//! the FIN's, as the engine has it. Checked against the engine below.

use netsim::scenario::Scenario;
use netsim::tcp::segment::Flags;
use netsim::trace::What;
use netsim::world::World;

/// Requests that are drawn.
pub const REQUESTS: u32 = 10_000;
/// Mean gap between requests, ms.
pub const MEAN_GAP: f64 = 5_000.0;
/// One-way delays that the table has, ms.
pub const DELAYS: [f64; 7] = [0.1, 0.5, 1.0, 5.0, 10.0, 25.0, 50.0];

/// The table.
pub struct RaceView {
    /// A row for each delay.
    pub rows: Vec<RaceRow>,
    /// The time from an answer to the FIN, ms.
    pub close: String,
    /// Idle time after which the client closes, ms; 0 is never.
    pub client_idle: f64,
}

/// A delay.
pub struct RaceRow {
    /// One way, ms.
    pub delay: f64,
    /// How wide the window is, ms.
    pub window: f64,
    /// How many requests fall into it.
    pub lost: u32,
    /// Thousandths of the longest bar.
    pub share: u32,
}

/// Plays a scenario's idle connection to find when the backend closes, and draws the requests.
pub fn view(config: &str) -> Option<RaceView> {
    let close = close_after(config)?;
    let client_idle = client_idle(config);
    let mut rows: Vec<RaceRow> = DELAYS
        .iter()
        .map(|delay| RaceRow { delay: *delay, window: 2.0 * delay, lost: lost(close, *delay, client_idle), share: 0 })
        .collect();
    let most = rows.iter().map(|row| row.lost).max().unwrap_or(0).max(1);
    rows.iter_mut().for_each(|row| row.share = row.lost * 1_000 / most);
    Some(RaceView { rows, close: format!("{close:.1}"), client_idle })
}

/// How many of the requests are lost. The same numbers come from `static/js/stage/race.js`.
fn lost(close: f64, delay: f64, client_idle: f64) -> u32 {
    let mut random = Mulberry(1);
    let mut lost = 0;
    for _ in 0..REQUESTS {
        let gap = -MEAN_GAP * (1.0 - random.next()).ln();
        let given_up = client_idle > 0.0 && gap >= client_idle;
        lost += u32::from(!given_up && meets_a_closed_socket(gap, close, delay));
    }
    lost
}

fn meets_a_closed_socket(gap: f64, close: f64, delay: f64) -> bool {
    close - 2.0 * delay < gap && gap < close
}

/// mulberry32, a generator of 32 bits by Tommy Ettinger, in the public domain; the same in JavaScript.
struct Mulberry(u32);

impl Mulberry {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x6d2b_79f5);
        let mut t = self.0;
        t = (t ^ (t >> 15)).wrapping_mul(t | 1);
        t ^= t.wrapping_add((t ^ (t >> 7)).wrapping_mul(t | 61));
        f64::from(t ^ (t >> 14)) / 4_294_967_296.0
    }
}

/// The time from the backend's answer to its FIN when nothing more comes, ms.
fn close_after(config: &str) -> Option<f64> {
    let mut scenario: serde_json::Value = serde_json::from_str(config).ok()?;
    let steps = scenario.get_mut("client")?.as_array_mut()?;
    let answered = steps.iter().position(|step| step["op"] == "recv")?;
    steps.truncate(answered + 1);
    steps.push(serde_json::json!({ "op": "sleep", "ms": 1_000_000 }));
    let limit = scenario.get_mut("limit_ms").map(serde_json::Value::take);
    scenario["limit_ms"] = limit.filter(|ms| ms.as_u64() > Some(1_000_000)).unwrap_or_else(|| 1_000_000.into());
    let mut world = World::new(&Scenario::parse(&scenario.to_string()).ok()?, 1).ok()?;
    world.run();
    let mut answer = None;
    for fact in world.trace().iter().filter(|fact| fact.host == 1) {
        if let What::Sent { segment, .. } = &fact.what {
            if segment.has(Flags::FIN) {
                return answer.map(|at: u64| (fact.at.as_micros() - at) as f64 / 1_000.0);
            }
            if segment.len > 0 {
                answer = Some(fact.at.as_micros());
            }
        }
    }
    None
}

/// When the client gives a connection up: its receive timeout stands for it, or the pause before its first close.
fn client_idle(config: &str) -> f64 {
    let scenario: serde_json::Value = serde_json::from_str(config).unwrap_or_default();
    let steps = scenario["client"].as_array().cloned().unwrap_or_default();
    let fresh = steps.iter().filter(|step| step["op"] == "connect").count() > 1;
    let pause = steps.iter().find(|step| step["op"] == "sleep").and_then(|step| step["ms"].as_f64());
    let set = steps.first().and_then(|step| step["opts"]["rcvtimeo_ms"].as_f64());
    set.or(pause.filter(|_| fresh)).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RACE: &str = include_str!("../../../../content/presets/keepalive-race.json");

    /// Whether the engine answers the second request of the race when it comes so long after the first answer.
    fn engine_loses(gap_ms: f64, delay_ms: f64) -> bool {
        let mut scenario: serde_json::Value = serde_json::from_str(RACE).unwrap();
        scenario["delay_ms"] = delay_ms.into();
        scenario["client"][3]["ms"] = gap_ms.into();
        let mut world = World::new(&Scenario::parse(&scenario.to_string()).unwrap(), 1).unwrap();
        world.run();
        stage::Sum::of(world.trace()).latency.len() < 2
    }

    #[test]
    fn the_rule_says_what_the_engine_does() {
        let close = close_after(RACE).unwrap();
        let mut both = [0, 0];
        for delay in [1.0, 5.0, 10.0, 25.0] {
            for part in -6..=6 {
                // Programs take some 100 µs to be woken: what is closer to a border than a millisecond is not asked.
                for border in [close, close - 2.0 * delay] {
                    let gap = (border + f64::from(part) * delay / 4.0).round();
                    if (gap - close).abs() < 1.0 || (gap - close + 2.0 * delay).abs() < 1.0 {
                        continue;
                    }
                    // After the FIN has arrived the client knows, and a load balancer would not use the connection.
                    if gap > close {
                        continue;
                    }
                    let says = meets_a_closed_socket(gap, close, delay);
                    assert_eq!(says, engine_loses(gap, delay), "gap {gap} ms, delay {delay} ms, close {close} ms");
                    both[usize::from(says)] += 1;
                }
            }
        }
        assert!(both[0] > 5 && both[1] > 5, "{both:?}");
    }

    #[test]
    fn a_client_that_gives_up_first_loses_none() {
        assert_eq!(lost(5_130.0, 10.0, 4_000.0), 0);
        let wide = lost(5_130.0, 50.0, 0.0);
        let narrow = lost(5_130.0, 5.0, 0.0);
        // exp(-(close - 2d)/m) - exp(-close/m) of 10,000: 73 and 7.
        assert!((50..100).contains(&wide) && (2..16).contains(&narrow), "{wide} {narrow}");
        assert_eq!(client_idle(include_str!("../../../../content/presets/keepalive-race-avoided.json")), 4_000.0);
    }
}
