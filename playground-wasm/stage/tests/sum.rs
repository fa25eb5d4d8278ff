//! What the numbers of a run must be.

use netsim::scenario::Scenario;
use netsim::world::World;
use stage::Sum;

fn sum(scenario: &str) -> Sum {
    let mut world = World::new(&Scenario::parse(scenario).unwrap(), 1).unwrap();
    world.watch_sockets();
    world.run();
    Sum::of(world.trace())
}

#[test]
fn a_request_takes_from_its_first_write_to_its_answer() {
    let one = |server: &str| {
        sum(&format!(
            r#"{{"name": "t", "delay_ms": 5, "client": [{{"op": "connect"}}, {{"op": "send", "n": 10}}, {{"op": "recv"}}, {{"op": "close"}}],
                "server": [{{"op": "listen"}}, {{"op": "accept"}}, {{"op": "recv"}}, {server} {{"op": "send", "n": 20}}, {{"op": "close"}}]}}"#
        ))
    };
    let quick = one("");
    assert_eq!(quick.latency.len(), 1);
    assert!((10_000..10_500).contains(&quick.latency[0]), "{:?}", quick.latency);
    let slow = one(r#"{"op": "sleep", "ms": 30},"#);
    assert!((40_000..41_000).contains(&slow.latency[0]), "{:?}", slow.latency);
    assert_eq!((quick.segments, quick.read, quick.failed), ([1, 1], 10, None));
    assert_eq!(quick.ended, [Some("FIN"), Some("FIN")]);
    assert_eq!(quick.time_wait, [false, true], "the server closed first");
}

#[test]
fn a_message_behind_a_hole_arrives_and_is_not_read() {
    let sum = sum(r#"{"name": "t", "delay_ms": 5, "rules": [{"dir": "C", "what": "data", "nth": [2]}],
        "client": [{"op": "connect", "opts": {"nodelay": 1}}, {"op": "repeat", "times": 4, "steps": [{"op": "send", "n": 100}, {"op": "sleep", "ms": 2}]}, {"op": "sleep", "ms": 500}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "loop", "steps": [{"op": "recvn", "n": 100}]}]}"#);
    let [first, lost, third, fourth] = &sum.messages[..] else { panic!("{:?}", sum.messages) };
    assert!(first.read < third.arrived, "the first is read at once");
    assert!(
        third.arrived < lost.arrived && fourth.arrived < lost.arrived,
        "those behind the lost one arrive before it"
    );
    assert!(third.read >= lost.arrived && fourth.read >= lost.arrived, "and are read after it");
}

#[test]
fn what_linger_does_is_in_the_numbers() {
    let close = |linger: &str| {
        sum(&format!(
            r#"{{"name": "t", "delay_ms": 10, "client": [{{"op": "connect", "opts": {{"sndbuf": 212992{linger}}}}}, {{"op": "send", "n": 100000}}, {{"op": "close"}}, {{"op": "sleep", "ms": 3000}}],
                "server": [{{"op": "listen", "opts": {{"rcvbuf": 8192}}}}, {{"op": "accept"}}, {{"op": "sleep", "ms": 1500}}, {{"op": "recvn", "n": 100000}}, {{"op": "recv"}}, {{"op": "close"}}]}}"#
        ))
    };
    let plain = close("");
    assert_eq!((plain.read, plain.ended[0], plain.time_wait[0]), (100_000, Some("FIN"), true));
    let zero = close(r#", "linger": [1, 0]"#);
    assert_eq!((zero.ended[0], zero.failed, zero.time_wait[0]), (Some("RST"), Some("ECONNRESET"), false));
    assert!(zero.read < 100_000);
    let second = close(r#", "linger": [1, 1]"#);
    assert!(second.close.unwrap() > 900_000 && plain.close.unwrap() < 1_000, "{:?} {:?}", second.close, plain.close);
}

#[test]
fn json_has_every_number() {
    let json = sum(r#"{"name": "t", "delay_ms": 1, "client": [{"op": "connect"}, {"op": "send", "n": 3}, {"op": "close"}], "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}, {"op": "close"}]}"#).json();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["read"], 3);
    assert_eq!(value["ended"][0], "FIN");
    assert_eq!(value["messages"][0][0], 0);
    assert_eq!(value["latency"].as_array().unwrap().len(), 0);
}

#[test]
fn messages_are_drawn_and_their_model_waits_for_its_own_stream_alone() {
    let sum = sum(r#"{"name": "t", "delay_ms": 5, "rules": [{"dir": "C", "what": "data", "nth": [2]}],
        "client": [{"op": "connect", "opts": {"nodelay": 1}}, {"op": "repeat", "times": 5, "steps": [{"op": "send", "n": 100}, {"op": "sleep", "ms": 2}]}, {"op": "sleep", "ms": 500}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "loop", "steps": [{"op": "recvn", "n": 100}]}]}"#);
    let svg = stage::messages(&sum, "a < b");
    assert!(svg.contains("a &lt; b"));
    assert_eq!(svg.matches("class=\"could\"").count(), 5);
    // Streams take turns in threes: 2 and 5 share one, so that in the model only they wait for the lost one.
    let could: Vec<&str> =
        svg.split("class=\"could\" d=\"M").skip(1).map(|rest| rest.split(' ').next().unwrap()).collect();
    let x: Vec<f64> = could.iter().map(|x| x.parse().unwrap()).collect();
    assert!(x[2] < x[1] && x[3] < x[1] && x[4] >= x[1], "{x:?}");
    assert_eq!(svg.matches("bar stuck").count(), 3, "of the engine all behind the lost one wait");
}
