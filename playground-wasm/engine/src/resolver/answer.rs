//! A lookup as a page shows it: a case and an implementation in, the end and every step out, and what a program that
//! connects then meets.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

use super::case::Case;
use super::connect::{Reaction, Strategy, connect};
use super::lookup;
use super::outcome::Status;
use super::trace::{Event, Step};
use super::version::Implementation;
use crate::json::Json;
use crate::json::fields::BadField;
use crate::time::Span;

/// A round trip to an address that answers a SYN.
pub const RTT: Span = Span::millis(1);

/// A program that connects, and what addresses do with its SYN if they do not accept.
#[derive(Debug, Clone, Copy)]
pub struct Dial<'a> {
    strategy: Strategy,
    reach: &'a str,
}

impl<'a> Dial<'a> {
    /// Lines: the program (`go`, `curl`, `python`, `java`), then addresses as they are printed, each with a blank and
    /// `refuse`, `silent` or `unreachable`; lines that say anything else say nothing.
    pub fn parse(text: &'a str) -> Result<Dial<'a>, BadField> {
        let (program, reach) = text.split_once('\n').unwrap_or((text, ""));
        match Strategy::named(program) {
            Some(strategy) => Ok(Dial { strategy, reach }),
            None => {
                let reason = "go, curl, python or java is expected".into();
                Err(BadField { field: "connect".into(), reason })
            }
        }
    }

    fn reaction(self, address: IpAddr) -> Reaction {
        let address = address.to_string();
        for line in self.reach.split('\n') {
            match line.strip_prefix(&*address) {
                Some(" refuse") => return Reaction::Refuses(RTT),
                Some(" silent") => return Reaction::Silent,
                Some(" unreachable") => return Reaction::Unreachable,
                _ => {}
            }
        }
        Reaction::Accepts(RTT)
    }
}

/// How it ended.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `OK`, an `EAI_` code, or the kind of Go's error.
    pub status: &'static str,
    /// The text of Go's error.
    pub text: Option<String>,
    /// The server that it names.
    pub server: Option<IpAddr>,
    /// In the order in which a program tries them.
    pub addresses: Vec<String>,
    /// The canonical name.
    pub canonical: Option<String>,
    /// The order that Go prints.
    pub order: Option<&'static str>,
    /// When the lookup was over, microseconds.
    pub at_us: u64,
    /// What the program reports if it could connect to none of them.
    pub failure: Option<&'static str>,
    /// Every step, with its rule and where that can be read.
    pub steps: Vec<Step>,
}

impl Answer {
    /// Whom the program reached.
    pub fn connected(&self) -> Option<IpAddr> {
        self.steps.iter().find_map(|step| match step.event {
            Event::ConnectEnd { address, outcome: "connected" } => Some(address),
            _ => None,
        })
    }
}

impl Answer {
    /// As JSON, with the names of its fields; every step as [`Step::write`] writes it.
    pub fn json(&self) -> String {
        let mut out = Json::default();
        let server = self.server.map(|server| server.to_string());
        out.open("", '{').text("status", self.status).maybe_text("text", self.text.as_deref());
        out.maybe_text("server", server.as_deref()).open("addresses", '[');
        for address in &self.addresses {
            out.text("", address);
        }
        out.close(']').maybe_text("canonical", self.canonical.as_deref()).maybe_text("order", self.order);
        out.number("at_us", self.at_us as i64).maybe_text("failure", self.failure).open("steps", '[');
        for step in &self.steps {
            step.write(&mut out);
        }
        out.close(']').close('}');
        out.0
    }
}

/// Looks a name up, and connects if a program is given.
pub fn answer(case: &Case, implementation: Implementation, dial: Option<Dial<'_>>) -> Answer {
    let mut done = lookup(case, implementation);
    let at_us = done.trace.now.as_micros();
    let end = dial.and_then(|dial| {
        connect(&done.addresses, dial.strategy, &|address| dial.reaction(address), None, &mut done.trace)
    });
    let (text, server) = match &done.status {
        Status::Go(error) => (Some(error.text.clone()), error.server),
        Status::Ok | Status::Eai(_) | Status::Killed => (None, None),
    };
    Answer {
        status: done.status.name(),
        text,
        server,
        addresses: done.printed(),
        canonical: done.canonical.clone(),
        order: done.order.map(|order| order.name()),
        at_us,
        failure: end.and_then(|end| end.result.err()).map(|failure| failure.name()),
        steps: done.trace.steps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolver::read;

    fn ask(implementation: &str, dial: &str) -> Answer {
        let case = r#"{"name":"db","files":{"hosts":"::1 db\n127.0.0.1 db\n","host_conf":"multi on\n"},"dns":{}}"#;
        let dial = Dial::parse(dial).unwrap();
        answer(&read::case(case).unwrap(), implementation.parse().unwrap(), Some(dial))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_named_accepts() {
        assert_eq!(ask("go-1.24.4", "java\n").connected(), Some(ip("::1")));
        assert_eq!(ask("go-1.24.4", "java\n::1 refuse").failure, Some("connection refused"));
        let second = ask("go-1.24.4", "go\n\n::1 refuse");
        assert_eq!((second.connected(), second.failure), (Some(ip("127.0.0.1")), None));
    }

    #[test]
    fn a_program_is_one_of_four() {
        assert_eq!(Dial::parse("telnet").unwrap_err().field, "connect");
        assert_eq!(ask("go-1.24.4", "curl").connected(), Some(ip("::1")));
    }

    #[test]
    fn an_error_names_its_server() {
        let case = r#"{"name":"nobody.example.","files":{"resolv":"nameserver 10.0.0.2\n"},"dns":{"servers":{"10.0.0.2":{}}}}"#;
        let done = answer(&read::case(case).unwrap(), "go-1.24.4".parse().unwrap(), None);
        assert_eq!(done.text.as_deref(), Some("no such host"));
        assert_eq!(done.server, Some(ip("10.0.0.2")));
    }
}
