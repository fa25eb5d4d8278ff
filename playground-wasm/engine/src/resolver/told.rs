//! Steps as JSON: the name of the event (`ev`) and its fields, as in a capture.

use core::net::IpAddr;

use alloc::string::ToString;

use super::trace::{Effect, Event, Rule, SourceStatus, Step, Why};
use crate::json::Json;

impl Effect {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Effect::Used => "used",
            Effect::Ignored => "ignored",
            Effect::Overridden => "overridden",
            Effect::Capped => "capped",
            Effect::BreaksFile => "breaks_file",
            Effect::BecomesUnknown => "becomes_unknown",
        }
    }
}

impl Why {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Why::AsIs => "as_is",
            Why::Suffix => "suffix",
            Why::Bare => "bare",
            Why::Alias => "alias",
        }
    }
}

impl SourceStatus {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            SourceStatus::Success => "success",
            SourceStatus::NotFound => "not_found",
            SourceStatus::Unavail => "unavail",
            SourceStatus::TryAgain => "try_again",
        }
    }
}

impl Step {
    /// Writes it as an object: `at_us`, the event, `rule`, and `random` if chance decides.
    pub fn write(&self, out: &mut Json) {
        out.open("", '{').number("at_us", self.at.as_micros() as i64);
        self.event.write(out);
        let Rule { id, source } = self.rule;
        out.open("rule", '{').text("id", id).text("source", source).close('}');
        if self.random {
            out.flag("random", true);
        }
        out.close('}');
    }
}

impl Event {
    /// Writes its name and its fields into an object.
    pub fn write(&self, out: &mut Json) {
        out.text("ev", self.name());
        match self {
            Event::ReadFile { path, found } => out.text("path", path).flag("found", *found),
            Event::ParseNote { file, line, text, effect } => {
                out.text("file", file).number("line", *line as i64).text("text", text).text("effect", effect.name())
            }
            Event::ChooseResolver { resolver } => out.text("resolver", resolver),
            Event::Order { sources } => out.text("sources", sources),
            Event::LiteralAddress { address } | Event::ConnectStart { address } => ip(out, "address", address),
            Event::RejectName { name } => out.text("name", name),
            Event::AskSource { source } => out.text("source", source),
            Event::LoadModule { name, ok } => out.text("name", name).flag("ok", *ok),
            Event::ConnectLocal { socket, ok } => out.text("socket", socket).flag("ok", *ok),
            Event::TryName { qname, why } => out.text("qname", qname).text("why", why.name()),
            Event::InParallel { how } => out.text("how", how),
            Event::Rotate { start } => out.number("start", *start as i64),
            Event::Send { proto, server, qname, qtype, edns, ad } => {
                out.text("proto", proto).text("server", server).text("qname", qname).text("qtype", qtype);
                if let Some(edns) = edns {
                    out.number("edns", (*edns).into());
                }
                out.flag("ad", *ad)
            }
            Event::SendMalformed { server, qname } => out.text("server", server).text("qname", qname),
            Event::ConnectFailed { server } | Event::FallbackTcp { server } => out.text("server", server),
            Event::Reply { server, qtype, what } => out.text("server", server).text("qtype", qtype).text("what", what),
            Event::Timeout { server, qtype }
            | Event::Closed { server, qtype }
            | Event::IgnoreReply { server, qtype }
            | Event::Resend { server, qtype } => out.text("server", server).text("qtype", qtype),
            Event::NextServer { from } => out.text("from", from),
            Event::SwitchToSingleRequest { reopen } => out.flag("reopen", *reopen),
            Event::SourceStatus { source, status } => out.text("source", source).text("status", status.name()),
            Event::Action { status, action } => out.text("status", status.name()).text("action", action),
            Event::SourceProbe { dst, src } => {
                ip(out, "dst", dst);
                match src {
                    Some(src) => ip(out, "src", src),
                    None => out.null("src"),
                }
            }
            Event::Sort { before, after } => {
                ips(out, "before", before);
                ips(out, "after", after)
            }
            Event::ConnectEnd { address, outcome } => ip(out, "address", address).text("outcome", outcome),
            Event::Cut { limit } => out.number("limit", (*limit).into()),
            Event::Result { status, addrs } => {
                out.text("status", status);
                ips(out, "addrs", addrs)
            }
            Event::Crash { signal } => out.text("signal", signal),
            Event::Hang => out,
        };
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Event::ReadFile { .. } => "read_file",
            Event::ParseNote { .. } => "parse_note",
            Event::ChooseResolver { .. } => "choose_resolver",
            Event::Order { .. } => "order",
            Event::LiteralAddress { .. } => "literal_address",
            Event::RejectName { .. } => "reject_name",
            Event::AskSource { .. } => "ask_source",
            Event::LoadModule { .. } => "load_module",
            Event::ConnectLocal { .. } => "connect_local",
            Event::TryName { .. } => "try_name",
            Event::InParallel { .. } => "in_parallel",
            Event::Rotate { .. } => "rotate",
            Event::Send { .. } => "send",
            Event::SendMalformed { .. } => "send_malformed",
            Event::ConnectFailed { .. } => "connect_failed",
            Event::Reply { .. } => "reply",
            Event::Timeout { .. } => "timeout",
            Event::Closed { .. } => "closed",
            Event::IgnoreReply { .. } => "ignore_reply",
            Event::NextServer { .. } => "next_server",
            Event::Resend { .. } => "resend",
            Event::FallbackTcp { .. } => "fallback_tcp",
            Event::SwitchToSingleRequest { .. } => "switch_to_single_request",
            Event::SourceStatus { .. } => "source_status",
            Event::Action { .. } => "action",
            Event::SourceProbe { .. } => "source_probe",
            Event::Sort { .. } => "sort",
            Event::ConnectStart { .. } => "connect_start",
            Event::ConnectEnd { .. } => "connect_end",
            Event::Cut { .. } => "cut",
            Event::Result { .. } => "result",
            Event::Crash { .. } => "crash",
            Event::Hang => "hang",
        }
    }
}

fn ip<'j>(out: &'j mut Json, key: &str, address: &IpAddr) -> &'j mut Json {
    out.text(key, &address.to_string())
}

fn ips<'j>(out: &'j mut Json, key: &str, addresses: &[IpAddr]) -> &'j mut Json {
    out.open(key, '[');
    for address in addresses {
        ip(out, "", address);
    }
    out.close(']')
}
