//! What the native engine gives, as fingerprints that the browser's engine is held against (`e2e/engine.spec.js`).
//! `FINGERPRINTS=write cargo test -p playground-wasm` writes them anew after the engine was changed on purpose.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use netsim::framing::spelling::hex;
use playground_wasm::picture::Asked;
use playground_wasm::run::Run;
use sha2::{Digest, Sha256};

const TOOLS: [&str; 8] = ["tcpdump", "ss", "ss -u", "strace", "nstat", "conntrack", "ip neigh", "buffers"];

/// SHA-256 of all calls, of the picture, its drawing and its first packet, of what all tools show of both sides at the end, and of both
/// captures in hexadecimal.
fn fingerprint(scenario: &str) -> String {
    let mut run = Run::new(scenario, 1).unwrap();
    let mut hash = Sha256::new();
    hash.update(run.calls());
    hash.update(run.picture(Asked { lang: "en", width: 610, times: [None; 3] }));
    hash.update(run.drawing());
    hash.update(run.band(0));
    hash.update(run.packet(0).unwrap());
    for side in [0, 1] {
        for tool in TOOLS {
            hash.update(run.shown(tool, side, 1_000_000_000_000_000).unwrap());
        }
        hash.update(hex(&run.capture(side)));
    }
    hex(&hash.finalize())
}

#[test]
fn the_native_engine_gives_what_the_fingerprints_say() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut now = BTreeMap::new();
    for entry in fs::read_dir(here.join("engine/tests/golden/scenarios")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        now.insert(name, fingerprint(&fs::read_to_string(&path).unwrap()));
    }
    let file = here.join("tests/fingerprints.json");
    if std::env::var_os("FINGERPRINTS").is_some() {
        fs::write(&file, serde_json::to_string_pretty(&now).unwrap() + "\n").unwrap();
    }
    let kept: BTreeMap<String, String> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    for (name, fingerprint) in &now {
        assert_eq!(kept.get(name), Some(fingerprint), "{name}: if that was meant, FINGERPRINTS=write");
    }
    assert_eq!(kept.len(), now.len());
}
