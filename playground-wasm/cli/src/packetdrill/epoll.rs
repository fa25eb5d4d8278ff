//! Waiting for sockets: `poll`, `epoll_wait` with levels and edges.

use std::collections::BTreeMap;

use super::calls::{Answer, arg, field, number};
use super::run::Run;

/// An epoll instance: what was asked of which socket, and what was told at an edge.
#[derive(Debug, Clone, Default)]
pub struct Epoll {
    watched: BTreeMap<i64, (u32, bool, u64)>,
}

impl Epoll {
    /// A file that was closed is not watched any more.
    pub fn forget(&mut self, fd: i64) {
        self.watched.remove(&fd);
    }
}

const IN: u64 = 1;
const OUT: u64 = 4;
const ERR: u64 = 8;
const HUP: u64 = 16;
const RDHUP: u64 = 0x2000;

/// What is ready at a socket (`tcp_poll`).
pub fn ready(run: &mut Run, fd: i64) -> u64 {
    let Some(id) = run.fds.get(&fd).copied() else { return 0 };
    run.host.ready(id)
}

fn events(text: &str) -> Result<u64, String> {
    let mut all = 0;
    for word in text.split('|') {
        all |= match word.trim() {
            "EPOLLIN" | "POLLIN" => IN,
            "EPOLLOUT" | "POLLOUT" => OUT,
            "EPOLLERR" | "POLLERR" => ERR,
            "EPOLLHUP" | "POLLHUP" => HUP,
            "EPOLLRDHUP" | "POLLRDHUP" => RDHUP,
            "EPOLLET" => 1 << 31,
            "0" => 0,
            other => return Err(format!("{other} is not supported")),
        };
    }
    Ok(all)
}

/// Makes a call that waits for sockets.
pub fn watch(run: &mut Run, name: &str, args: &[String], want: &Answer) -> Result<(), String> {
    match name {
        "epoll_create" => {
            run.epolls.insert(want.number().ok_or("epoll_create needs a number")?, Epoll::default());
            Ok(())
        }
        "epoll_ctl" => {
            let (ep, fd) = (number(arg(args, 0)?)?, number(arg(args, 2)?)?);
            let mask = events(field(arg(args, 3)?, "events").unwrap_or("0"))?;
            let edge = mask >> 31 == 1;
            let e = run.epolls.get_mut(&ep).ok_or("no such epoll")?;
            e.watched.insert(fd, ((mask & 0xffff) as u32, edge, 0));
            want.check(Ok(0))
        }
        "epoll_wait" => {
            let ep = number(arg(args, 0)?)?;
            let watched: Vec<(i64, (u32, bool, u64))> =
                run.epolls.get(&ep).ok_or("no such epoll")?.watched.iter().map(|(k, v)| (*k, *v)).collect();
            let (mut count, mut seen) = (0, 0);
            for (fd, (mask, edge, told)) in watched {
                let now = ready(run, fd) & (u64::from(mask) | ERR | HUP);
                let edges = run.fds.get(&fd).map_or(0, |id| run.host.edges(*id));
                if now != 0 && (!edge || edges != told) {
                    count += 1;
                    seen = now;
                }
                if let Some(e) = run.epolls.get_mut(&ep).and_then(|e| e.watched.get_mut(&fd)) {
                    e.2 = edges;
                }
                if let Some(id) = run.fds.get(&fd).copied()
                    && now & OUT == 0
                {
                    run.host.wants_space(id);
                }
            }
            want.check(Ok(count))?;
            let expected = events(field(arg(args, 1)?, "events").unwrap_or("0"))?;
            if count > 0 && expected != seen { Err(format!("events are {seen:#x}")) } else { Ok(()) }
        }
        "poll" => {
            let list = arg(args, 0)?;
            let fd = number(field(list, "fd").unwrap_or("-1"))?;
            let mask = events(field(list, "events").unwrap_or("0"))?;
            let expected = events(field(list, "revents").unwrap_or("0"))?;
            let now = ready(run, fd) & (mask | ERR | HUP);
            if let ((Some(due), line), 0) = (run.waiting, now) {
                run.polls.push(super::run::Polling { fd, mask: mask | ERR | HUP, expected, due, line });
                return Ok(());
            }
            if now == expected { Ok(()) } else { Err(format!("revents are {now:#x}")) }
        }
        other => Err(format!("{other} is not supported")),
    }
}
