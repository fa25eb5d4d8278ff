//! The program that `cargo xtask fuzz` builds and starts: libFuzzer's `main`, which calls the target that the
//! environment names with one input after another. Given `list`, it prints the targets.
#![no_main]

use std::env;
use std::process::exit;
use std::sync::OnceLock;

use fuzz::{TARGETS, Target, find};

static CHOSEN: OnceLock<&Target> = OnceLock::new();

/// Called once, before the first input.
fn choose() {
    let name = env::var("PACKET_CLINIC_FUZZ").unwrap_or_default();
    if name == "list" {
        for target in TARGETS {
            let [seeds, failing] = target.inputs();
            println!("{}\t{}\t{}", target.name, seeds.display(), failing.display());
        }
        exit(0);
    }
    let Some(target) = find(&name) else {
        eprintln!("PACKET_CLINIC_FUZZ={name:?} names no target");
        exit(2);
    };
    CHOSEN.get_or_init(|| target);
    // What a target keeps is made before time counts.
    (target.check)(b"");
}

libfuzzer_sys::fuzz_target!(init: choose(), |bytes: &[u8]| {
    if let Some(target) = CHOSEN.get() {
        (target.check)(bytes);
    }
});
