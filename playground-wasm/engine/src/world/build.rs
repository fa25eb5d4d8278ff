//! A host as a scenario declares it.

use super::ADDRESSES;
use crate::host::Host;
use crate::ip::Mac;
use crate::ip::neigh::Table;
use crate::netfilter::Nat;
use crate::netfilter::conntrack::Timeouts;
use crate::rng::Rng;
use crate::scenario::Scenario;
use crate::time::Ticks;

/// Host number `i`: client, server, then those of the list. Chance is the seed's stream 16 and up.
pub(super) fn build(scenario: &Scenario, i: usize, ticks: Ticks, seed: u64) -> Host {
    let extra = i.checked_sub(2).and_then(|i| scenario.hosts.get(i));
    let addr = extra.map_or_else(|| ADDRESSES[i.min(1)], |h| h.addr);
    let sysctls = scenario.sysctls[i.min(1)];
    let mut host = Host::new(addr, sysctls, ticks, scenario.mtu, Rng::new(seed, 16 + i as u64));
    host.net.mac = Mac::of(i);
    host.net.arp_accept = extra.is_some_and(|h| h.arp_accept);
    if scenario.arp {
        host.net.neighbours = Some(Table::default());
    }
    let rules = extra.map_or_else(|| &scenario.nat[i.min(1)], |h| &h.nat);
    if !rules.is_empty() {
        host.net.nat = Some(Nat::new(addr, rules.clone(), Timeouts::LINUX, true));
    }
    host
}
