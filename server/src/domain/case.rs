//! A case: one incident, from symptom to prevention, in both languages.

use std::collections::BTreeMap;
use std::fmt;

use super::lang::{Both, Lang};
use super::page_text::{Block, SafeHtml, Section, Tool};
use super::sequence::Sequence;
use super::signal::{SignalId, codes};

/// The name of a case in URLs and folders: `[a-z0-9-]`, 1 to 60 characters. Never changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

impl Slug {
    /// Reads a slug; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Slug> {
        let fine = !text.is_empty()
            && text.len() <= 60
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        fine.then(|| Slug(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

codes! {
    /// The layer at which a case plays.
    Layer {
        /// Ethernet, ARP, bridges.
        Link = "link",
        /// Addresses, routing, netfilter.
        Ip = "ip",
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
        /// TLS.
        Tls = "tls",
        /// Names.
        Dns = "dns",
        /// HTTP and load balancers.
        Http = "http",
        /// The program itself.
        App = "app",
    }
}

/// How hard a case is: 1 easy, 2 medium, 3 hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difficulty(u8);

impl Difficulty {
    /// Reads 1, 2 or 3.
    pub fn new(level: i64) -> Option<Difficulty> {
        u8::try_from(level).ok().filter(|l| (1..=3).contains(l)).map(Difficulty)
    }

    /// 1, 2 or 3.
    pub fn level(self) -> u8 {
        self.0
    }
}

/// A calendar day, `2026-11-22`. Ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Year, four digits.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// One incident.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name.
    pub slug: Slug,
    /// First published.
    pub published: Day,
    /// Last changed in substance.
    pub updated: Day,
    /// The layers it plays at, the main one first.
    pub layers: Vec<Layer>,
    /// The tools that show it.
    pub tools: Vec<String>,
    /// The programs and systems it happens in.
    pub runtimes: Vec<String>,
    /// The glossary terms it is about, whether its text uses the word or not.
    pub terms: Vec<String>,
    /// How hard it is.
    pub difficulty: Difficulty,
    /// When the facts were last seen to hold.
    pub checked_on: Day,
    /// And with which versions.
    pub checked_with: Vec<String>,
    /// What users would type, per language.
    pub symptoms: Both<Vec<String>>,
    /// What is observed, the heaviest first.
    pub signals: Vec<CaseSignal>,
    /// Other cases.
    pub related: Vec<Related>,
    /// Where the claims come from.
    pub sources: Vec<Source>,
    /// Recorded output by key. Boxed, as a map keeps room for eleven.
    pub evidence: BTreeMap<String, Box<Evidence>>,
    /// Diagrams by key.
    pub sequences: BTreeMap<String, Box<Sequence>>,
    /// Files readers may download, by path within the case's folder.
    pub files: BTreeMap<String, CaseFile>,
    /// The words, per language.
    pub text: Both<CaseText>,
}

/// The words of a case in one language.
#[derive(Debug, Clone, Default)]
pub struct CaseText {
    /// What the reader saw.
    pub title: String,
    /// For search engines and cards.
    pub description: String,
    /// The cause in one line.
    pub cause: Inline,
    /// The fix in one line.
    pub fix: Inline,
    /// Where the facts hold.
    pub environment: Inline,
    /// What the reproduction needs.
    pub reproduce: Inline,
    /// The sections in order.
    pub sections: Vec<Section>,
    /// Glossary terms used, in the order of their first use.
    pub terms: Vec<String>,
    /// Minutes to read it.
    pub minutes: u32,
}

/// A line that may hold code, as HTML and as plain text.
#[derive(Debug, Clone, Default)]
pub struct Inline {
    /// For the page.
    pub html: SafeHtml,
    /// Without markup.
    pub text: String,
}

/// A signal as this case shows it.
#[derive(Debug, Clone)]
pub struct CaseSignal {
    /// Which signal.
    pub id: SignalId,
    /// 1 hints, 5 nearly proves the case.
    pub weight: u8,
    /// Points at the fault.
    pub hot: bool,
    /// Shown in "at a glance".
    pub glance: bool,
    /// What was seen.
    pub value: Option<Both<String>>,
}

/// A neighbouring case.
#[derive(Debug, Clone)]
pub struct Related {
    /// Which.
    pub slug: Slug,
    /// How it differs or joins.
    pub how: Both<String>,
}

codes! {
    /// What sort of text a source is.
    SourceKind {
        /// A standard.
        Rfc = "rfc",
        /// Kernel source or its documentation.
        Kernel = "kernel",
        /// A manual page.
        Manual = "manual",
        /// Product documentation.
        Docs = "docs",
        /// Source code of a program.
        Code = "code",
        /// An issue or a mailing list thread.
        Issue = "issue",
        /// An article.
        Article = "article",
    }
}

/// Where a claim comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// What it is called.
    pub title: String,
    /// https.
    pub url: String,
    /// What sort of text it is.
    pub kind: SourceKind,
    /// When the claim was last checked against it.
    pub date: Day,
}

/// Output that a machine printed.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// What was typed, if it was a command.
    pub command: Option<String>,
    /// What it is, if it was not.
    pub label: Option<String>,
    /// On which host.
    pub host: Option<String>,
    /// What was printed, as one text: a library of thousands has millions of lines.
    pub output: String,
    /// The lines that carry the fault.
    pub hits: Vec<Hit>,
    /// Lines that matter little.
    pub mute: Vec<usize>,
    /// Line ranges to show, both ends included; empty shows all.
    pub show: Vec<(usize, usize)>,
    /// The capture it was made from, a path within the case's folder.
    pub pcap: Option<String>,
}

impl Evidence {
    /// The lines as printed, without line ends.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.output.lines()
    }
}

/// A line that carries the fault.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Its number, from 1.
    pub line: usize,
    /// Words in it to underline.
    pub mark: Vec<String>,
}

/// A file of a case that readers may download.
#[derive(Debug, Clone)]
pub struct CaseFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its lines in colour, if a page shows it; as one text, since a library of thousands has millions of lines.
    pub coloured: SafeHtml,
}

impl Case {
    /// The words in a language.
    pub fn text(&self, lang: Lang) -> &CaseText {
        self.text.get(lang)
    }

    /// Whether its page embeds a tool, which is the same in both languages.
    pub fn shows(&self, tool: Tool) -> bool {
        let mut blocks = self.text.zh.sections.iter().flat_map(|section| &section.blocks);
        blocks.any(|block| matches!(block, Block::Tool(shown) if *shown == tool))
    }

    /// The weight with which the case shows a signal, 0 if it does not.
    pub fn weight_of(&self, id: &SignalId) -> u8 {
        self.signals.iter().find(|s| &s.id == id).map_or(0, |s| s.weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_strict() {
        for good in ["a", "alb-502-keepalive-race", "x9"] {
            assert!(Slug::parse(good).is_some(), "{good}");
        }
        for bad in ["", "A", "a_b", "-a", "a-", "a/b", "..", "é", &"a".repeat(61)] {
            assert!(Slug::parse(bad).is_none(), "{bad}");
        }
    }
}
