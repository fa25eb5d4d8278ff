//! The scoreboard (RFC 2018, RFC 2883, `tcp_sacktag_write_queue`): which segments the peer holds already.

use crate::order::sort_by_key;
use crate::tcp::ack::Ack;
use crate::tcp::segment::{Block, Segment, Seq};
use crate::tcp::state::{Cx, Tcb};

impl Tcb {
    /// Marks what the blocks of a segment cover.
    pub(in crate::tcp) fn tag_sacks(&mut self, cx: &mut Cx, seg: &Segment, a: &mut Ack) {
        let blocks = &seg.options.sack;
        let Some(first) = blocks.first() else { return };
        a.reord = self.snd.nxt;
        if self.rec.sacked_out == 0 {
            self.rec.fack = None;
        }
        let dup = self.check_dsack(cx, seg.ack, *first, blocks.get(1).copied(), a);
        if seg.ack.before(a.prior_una - self.snd.max_wnd) {
            return;
        }
        if self.snd.packets_out > 0 {
            let mut use_blocks: alloc::vec::Vec<(Block, bool)> = blocks
                .iter()
                .enumerate()
                .map(|(i, b)| (*b, i == 0 && dup))
                .filter(|(b, dup)| self.valid_block(*b, *dup) && b.end.after(a.prior_una))
                .collect();
            // By distance from what was acknowledged before, which may be negative.
            sort_by_key(&mut use_blocks, |(block, _)| {
                u64::from(block.start.0.wrapping_sub(a.prior_una.0).wrapping_add(1 << 31))
            });
            for (block, dup) in use_blocks {
                self.tag_block(cx, block, dup, a);
            }
            if self.rec.state != super::CaState::Loss || self.rec.undo_marker.is_some() {
                self.check_sack_reordering(a.reord, cx);
            }
        }
    }

    fn tag_block(&mut self, cx: &mut Cx, block: Block, dup: bool, a: &mut Ack) {
        let from = self.snd.rtx.partition_point(|s| s.seq.before(block.start));
        let mut i = from;
        while i < self.snd.rtx.len() {
            let s = &self.snd.rtx[i];
            if !s.seq.before(block.end) {
                break;
            }
            if !s.end.after(block.end) {
                self.tag_one(cx, i, dup, a);
            }
            i += 1;
        }
    }

    fn tag_one(&mut self, cx: &mut Cx, i: usize, dup: bool, a: &mut Ack) {
        let high = self.highest_sack();
        let s = self.snd.rtx[i].clone();
        if dup && s.ever_retrans {
            if self.rec.undo_marker.is_some_and(|m| s.end.after(m)) && self.rec.undo_retrans > 0 {
                self.rec.undo_retrans -= 1;
            }
            if s.sacked && s.seq.before(a.reord) {
                a.reord = s.seq;
            }
        }
        if !s.end.after(self.snd.una) {
            return;
        }
        let mut now = s.clone();
        if !s.sacked {
            self.rack_advance(cx, &s);
            if s.retrans {
                if s.lost {
                    now.lost = false;
                    now.retrans = false;
                    self.rec.lost_out -= 1;
                    self.rec.retrans_out -= 1;
                }
            } else {
                if !s.ever_retrans {
                    if s.seq.before(high) && s.seq.before(a.reord) {
                        a.reord = s.seq;
                    }
                    if !s.end.after(self.rec.high_seq) {
                        a.orig_sacked = true;
                    }
                    if a.first_sack.is_none() {
                        a.first_sack = Some(s.at);
                    }
                    a.last_sack = s.at;
                }
                if s.lost {
                    now.lost = false;
                    self.rec.lost_out -= 1;
                }
            }
            now.sacked = true;
            a.data_sacked = true;
            self.rec.sacked_out += 1;
            self.snd.delivered += 1;
            a.rate_sample(&s);
            if self.rec.fack.is_none_or(|f| s.end.after(f)) {
                self.rec.fack = Some(s.end);
            }
        }
        if dup && now.retrans {
            now.retrans = false;
            self.rec.retrans_out -= 1;
        }
        self.snd.rtx[i] = now;
    }

    /// Whether the first block reports a duplicate (RFC 2883), and what follows from it (`tcp_check_dsack`).
    fn check_dsack(&mut self, cx: &mut Cx, ack: Seq, first: Block, second: Option<Block>, a: &mut Ack) -> bool {
        if first.start.before(ack) {
            cx.stats.add("TcpExtTCPDSACKRecv", 1);
        } else if let Some(second) = second {
            if first.end.after(second.end) || first.start.before(second.start) {
                return false;
            }
            cx.stats.add("TcpExtTCPDSACKOfoRecv", 1);
        } else {
            return false;
        }
        let len = first.end - first.start;
        if !first.start.before(first.end) || len > self.snd.max_wnd {
            return false;
        }
        let mut dups = 1;
        if len > self.snd.mss {
            dups = len.div_ceil(self.snd.mss);
        } else if self.rec.tlp_high == Some(first.end) {
            a.dsack_tlp = true;
        }
        self.rec.dsack_dups += dups;
        if self.rec.dsack_dups > self.snd.total_retrans {
            return false;
        }
        if self.rec.reord_seen > 0 && !a.dsack_tlp {
            self.rec.rack.dsack_seen = true;
        }
        a.dsacking = true;
        self.snd.delivered += dups;
        if let Some(marker) = self.rec.undo_marker
            && self.rec.undo_retrans > 0
            && !first.end.after(a.prior_una)
            && first.end.after(marker)
        {
            self.rec.undo_retrans = (self.rec.undo_retrans - dups as i32).max(0);
        }
        true
    }

    fn valid_block(&self, b: Block, dup: bool) -> bool {
        if b.end.after(self.snd.nxt) || !b.start.before(b.end) || !b.start.before(self.snd.nxt) {
            return false;
        }
        if b.start.after(self.snd.una) {
            return true;
        }
        let Some(marker) = self.rec.undo_marker else { return false };
        if !dup {
            return false;
        }
        if b.end.after(self.snd.una) {
            return false;
        }
        if !b.start.before(marker) {
            return true;
        }
        b.end.after(marker) && !b.start.before(b.end - self.snd.max_wnd)
    }

    /// A hole filled by something that was never retransmitted is reordering (`tcp_check_sack_reordering`).
    pub(in crate::tcp) fn check_sack_reordering(&mut self, low: Seq, cx: &Cx) {
        let high = self.highest_sack();
        if !low.before(high) || self.snd.mss == 0 {
            return;
        }
        let metric = high - low;
        if metric > self.rec.reordering * self.snd.mss {
            self.rec.reordering = metric.div_ceil(self.snd.mss).min(cx.sys.max_reordering as u32);
        }
        self.rec.reord_seen += 1;
    }
}
