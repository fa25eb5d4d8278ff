//! `nstat -a`: the kernel's counters of one side, those that are not zero, by their names and in their order
//! (`/proc/net/snmp`, `/proc/net/netstat`; net/ipv4/proc.c). Needs a world that watches its sockets.
//!
//! The engine counts what it names and leaves the rest out: a counter that is absent here is not known, not zero.

use crate::map::Map;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::time::SimTime;
use crate::trace::{Fact, What};

/// Counters after `since` and until `until`, in the order of the kernel's files.
pub fn deltas(trace: &[Fact], side: usize, since: Option<SimTime>, until: SimTime) -> Vec<(&'static str, u64)> {
    let mut sums: Map<(usize, &'static str), u64> = Map::new();
    for f in trace.iter().take_while(|f| f.at <= until).filter(|f| f.host == side && since.is_none_or(|s| f.at > s)) {
        if let What::Counted { by } = &f.what {
            for (name, n) in by.iter() {
                *sums.get_or_insert_with((place(name), name), || 0) += n;
            }
        }
    }
    sums.into_iter().map(|((_, name), n)| (name, n)).collect()
}

/// Whether Linux has a counter of that name.
pub fn is_counter(name: &str) -> bool {
    ORDER.contains(&name)
}

/// As nstat prints them; the rate in the last column is that of a first call, 0.0.
pub fn render(trace: &[Fact], side: usize, since: Option<SimTime>, until: SimTime) -> String {
    let mut out = String::from("#kernel\n");
    for (name, n) in deltas(trace, side, since, until) {
        out.push_str(&format!("{name:<32}{n:<16}{:>6}\n", "0.0"));
    }
    out
}

fn place(name: &str) -> usize {
    ORDER.iter().position(|n| *n == name).unwrap_or(ORDER.len())
}

/// Names as Linux 6.18 lists them.
const ORDER: [&str; 169] = [
    "IpReasmTimeout",
    "IpReasmReqds",
    "IpReasmOKs",
    "IpReasmFails",
    "IpFragOKs",
    "IpFragFails",
    "IpFragCreates",
    "IcmpInMsgs",
    "IcmpInDestUnreachs",
    "IcmpInTimeExcds",
    "IcmpOutMsgs",
    "IcmpOutRateLimitHost",
    "IcmpOutDestUnreachs",
    "IcmpOutTimeExcds",
    "IcmpMsgInType3",
    "IcmpMsgInType11",
    "IcmpMsgOutType3",
    "IcmpMsgOutType11",
    "TcpActiveOpens",
    "TcpPassiveOpens",
    "TcpAttemptFails",
    "TcpEstabResets",
    "TcpInSegs",
    "TcpOutSegs",
    "TcpRetransSegs",
    "TcpInErrs",
    "TcpOutRsts",
    "TcpInCsumErrors",
    "UdpInDatagrams",
    "UdpNoPorts",
    "UdpInErrors",
    "UdpOutDatagrams",
    "UdpRcvbufErrors",
    "UdpSndbufErrors",
    "TcpExtSyncookiesSent",
    "TcpExtSyncookiesRecv",
    "TcpExtSyncookiesFailed",
    "TcpExtEmbryonicRsts",
    "TcpExtPruneCalled",
    "TcpExtRcvPruned",
    "TcpExtOfoPruned",
    "TcpExtOutOfWindowIcmps",
    "TcpExtLockDroppedIcmps",
    "TcpExtArpFilter",
    "TcpExtTW",
    "TcpExtTWRecycled",
    "TcpExtTWKilled",
    "TcpExtPAWSActive",
    "TcpExtPAWSEstab",
    "TcpExtBeyondWindow",
    "TcpExtTSEcrRejected",
    "TcpExtPAWSOldAck",
    "TcpExtPAWSTimewait",
    "TcpExtDelayedACKs",
    "TcpExtDelayedACKLocked",
    "TcpExtDelayedACKLost",
    "TcpExtListenOverflows",
    "TcpExtListenDrops",
    "TcpExtTCPHPHits",
    "TcpExtTCPPureAcks",
    "TcpExtTCPHPAcks",
    "TcpExtTCPRenoRecovery",
    "TcpExtTCPSackRecovery",
    "TcpExtTCPSACKReneging",
    "TcpExtTCPSACKReorder",
    "TcpExtTCPRenoReorder",
    "TcpExtTCPTSReorder",
    "TcpExtTCPFullUndo",
    "TcpExtTCPPartialUndo",
    "TcpExtTCPDSACKUndo",
    "TcpExtTCPLossUndo",
    "TcpExtTCPLostRetransmit",
    "TcpExtTCPRenoFailures",
    "TcpExtTCPSackFailures",
    "TcpExtTCPLossFailures",
    "TcpExtTCPFastRetrans",
    "TcpExtTCPSlowStartRetrans",
    "TcpExtTCPTimeouts",
    "TcpExtTCPLossProbes",
    "TcpExtTCPLossProbeRecovery",
    "TcpExtTCPRenoRecoveryFail",
    "TcpExtTCPSackRecoveryFail",
    "TcpExtTCPRcvCollapsed",
    "TcpExtTCPBacklogCoalesce",
    "TcpExtTCPDSACKOldSent",
    "TcpExtTCPDSACKOfoSent",
    "TcpExtTCPDSACKRecv",
    "TcpExtTCPDSACKOfoRecv",
    "TcpExtTCPAbortOnData",
    "TcpExtTCPAbortOnClose",
    "TcpExtTCPAbortOnMemory",
    "TcpExtTCPAbortOnTimeout",
    "TcpExtTCPAbortOnLinger",
    "TcpExtTCPAbortFailed",
    "TcpExtTCPMemoryPressures",
    "TcpExtTCPMemoryPressuresChrono",
    "TcpExtTCPSACKDiscard",
    "TcpExtTCPDSACKIgnoredOld",
    "TcpExtTCPDSACKIgnoredNoUndo",
    "TcpExtTCPSpuriousRTOs",
    "TcpExtTCPMD5NotFound",
    "TcpExtTCPMD5Unexpected",
    "TcpExtTCPMD5Failure",
    "TcpExtTCPSackShifted",
    "TcpExtTCPSackMerged",
    "TcpExtTCPSackShiftFallback",
    "TcpExtTCPBacklogDrop",
    "TcpExtPFMemallocDrop",
    "TcpExtTCPMinTTLDrop",
    "TcpExtTCPDeferAcceptDrop",
    "TcpExtIPReversePathFilter",
    "TcpExtTCPTimeWaitOverflow",
    "TcpExtTCPReqQFullDoCookies",
    "TcpExtTCPReqQFullDrop",
    "TcpExtTCPRetransFail",
    "TcpExtTCPRcvCoalesce",
    "TcpExtTCPOFOQueue",
    "TcpExtTCPOFODrop",
    "TcpExtTCPOFOMerge",
    "TcpExtTCPChallengeACK",
    "TcpExtTCPSYNChallenge",
    "TcpExtTCPFastOpenActive",
    "TcpExtTCPFastOpenActiveFail",
    "TcpExtTCPFastOpenPassive",
    "TcpExtTCPFastOpenPassiveFail",
    "TcpExtTCPFastOpenListenOverflow",
    "TcpExtTCPFastOpenCookieReqd",
    "TcpExtTCPFastOpenBlackhole",
    "TcpExtTCPSpuriousRtxHostQueues",
    "TcpExtBusyPollRxPackets",
    "TcpExtTCPAutoCorking",
    "TcpExtTCPFromZeroWindowAdv",
    "TcpExtTCPToZeroWindowAdv",
    "TcpExtTCPWantZeroWindowAdv",
    "TcpExtTCPSynRetrans",
    "TcpExtTCPOrigDataSent",
    "TcpExtTCPHystartTrainDetect",
    "TcpExtTCPHystartTrainCwnd",
    "TcpExtTCPHystartDelayDetect",
    "TcpExtTCPHystartDelayCwnd",
    "TcpExtTCPACKSkippedSynRecv",
    "TcpExtTCPACKSkippedPAWS",
    "TcpExtTCPACKSkippedSeq",
    "TcpExtTCPACKSkippedFinWait2",
    "TcpExtTCPACKSkippedTimeWait",
    "TcpExtTCPACKSkippedChallenge",
    "TcpExtTCPWinProbe",
    "TcpExtTCPKeepAlive",
    "TcpExtTCPMTUPFail",
    "TcpExtTCPMTUPSuccess",
    "TcpExtTCPDelivered",
    "TcpExtTCPDeliveredCE",
    "TcpExtTCPAckCompressed",
    "TcpExtTCPZeroWindowDrop",
    "TcpExtTCPRcvQDrop",
    "TcpExtTCPWqueueTooBig",
    "TcpExtTCPFastOpenPassiveAltKey",
    "TcpExtTcpTimeoutRehash",
    "TcpExtTcpDuplicateDataRehash",
    "TcpExtTCPDSACKRecvSegs",
    "TcpExtTCPDSACKIgnoredDubious",
    "TcpExtTCPMigrateReqSuccess",
    "TcpExtTCPMigrateReqFailure",
    "TcpExtTCPPLBRehash",
    "TcpExtTCPAORequired",
    "TcpExtTCPAOBad",
    "TcpExtTCPAOKeyNotFound",
    "TcpExtTCPAOGood",
    "TcpExtTCPAODroppedIcmps",
];
