//! `ip neigh` on the host of a side: its neighbour table at a time, in the order of addresses.

use crate::map::Map;
use alloc::format;
use alloc::string::String;

use super::tcpdump::{address, mac};
use crate::time::SimTime;
use crate::trace::{Fact, What};

/// What `ip neigh` prints at that time.
pub fn render(trace: &[Fact], side: usize, at: SimTime) -> String {
    let mut all = Map::new();
    for f in trace.iter().take_while(|f| f.at <= at).filter(|f| f.host == side) {
        if let What::Neighbour { addr, state, mac } = &f.what {
            all.insert(*addr, (*state, *mac));
        }
    }
    let mut out = String::new();
    for (addr, (state, device)) in all {
        let device = device.map_or_else(String::new, |m| format!("lladdr {} ", mac(m)));
        out.push_str(&format!("{} dev eth0 {device}{} \n", address(addr), state.name()));
    }
    out
}
