//! Blocks of a case → what `partials/block.html` prints.

use super::dead_peer::DeadPeerView;
use super::sequence;
use super::text::Text;
use crate::content::highlight::escape;
use crate::content::typography::half_widths;
use crate::domain::case::Evidence;
use crate::domain::page_text::{Block, Change, Check, CodeTab, SafeHtml, Tool};
use crate::domain::{Case, Lang};

/// Where a line and the note beside it no longer fit the widest column, the note goes under the line.
const COLUMNS_WITH_NOTE: usize = 110;

/// A block, ready to print.
pub enum BlockView {
    /// HTML.
    Words(String),
    /// A `###` heading.
    Heading { id: String, html: String },
    /// The opening statement of the root cause.
    Statement(String),
    /// Recorded output.
    Evidence(EvidenceView),
    /// A diagram.
    Sequence(SequenceView),
    /// Code.
    Code(CodeView),
    /// A file.
    File(FileView),
    /// The calculator.
    Tool(DeadPeerView),
    /// The checklist.
    Checks(Vec<CheckView>),
}

/// Words under a figure, with the tag of their language.
pub type Caption = (&'static str, String);

/// Recorded output.
pub struct EvidenceView {
    pub key: String,
    pub host: Option<String>,
    pub title: String,
    pub is_command: bool,
    /// A command is copied for what was typed, a log for what it says.
    pub copy_what: &'static str,
    pub pcap: Option<String>,
    pub lines: Vec<LineView>,
    pub captions: Vec<Caption>,
}

/// A line of output, or a cut.
pub struct LineView {
    pub number: usize,
    pub class: &'static str,
    pub html: String,
    pub note: String,
    pub cut: Option<String>,
}

/// A diagram.
pub struct SequenceView {
    pub svg: String,
    pub kinds: Vec<KindView>,
    pub unit: String,
    pub captions: Vec<Caption>,
    pub pcap: Option<String>,
}

/// A packet kind in a legend.
pub struct KindView {
    pub class: &'static str,
    pub glyph: &'static str,
    pub name: &'static str,
}

/// Code in tabs.
pub struct CodeView {
    pub id: String,
    pub tabs: Vec<TabView>,
}

impl CodeView {
    /// Whether the tabs have names to show.
    pub fn tabbed(&self) -> bool {
        self.tabs.iter().any(|tab| !tab.title.is_empty())
    }

    /// What untitled code is labelled with.
    pub fn language(&self) -> &str {
        self.tabs.first().map_or("", |tab| &tab.language)
    }
}

/// One tab.
pub struct TabView {
    pub title: String,
    pub language: String,
    pub lines: Vec<CodeLineView>,
}

/// A line of code.
pub struct CodeLineView {
    pub class: &'static str,
    pub diff: bool,
    pub sign: &'static str,
    pub html: String,
}

/// A file of the reproduction.
pub struct FileView {
    pub name: String,
    pub href: String,
    pub lines: Vec<String>,
}

/// A check.
pub struct CheckView {
    pub id: String,
    pub command: String,
    pub html: String,
    pub name: String,
}

/// Makes views of a case's blocks, numbering what needs ids.
pub struct Blocks<'a> {
    case: &'a Case,
    lang: Lang,
    t: Text,
    tool: &'a DeadPeerView,
    codes: usize,
    checks: usize,
}

impl<'a> Blocks<'a> {
    /// For one page of a case.
    pub fn new(case: &'a Case, lang: Lang, tool: &'a DeadPeerView) -> Self {
        Blocks { case, lang, t: Text(lang), tool, codes: 0, checks: 0 }
    }

    /// One block; `None` when it names what is not there, which the checks rule out.
    pub fn view(&mut self, block: &Block) -> Option<BlockView> {
        Some(match block {
            Block::Words(html) => BlockView::Words(html.0.clone()),
            Block::Heading { id, html, .. } => BlockView::Heading { id: id.clone(), html: html.0.clone() },
            Block::Statement(html) => BlockView::Statement(html.0.clone()),
            Block::Evidence { key, notes, caption } => {
                BlockView::Evidence(self.evidence(key, notes, captions([(self.lang, caption)]))?)
            }
            Block::Sequence { key, caption } => {
                BlockView::Sequence(self.sequence(key, captions([(self.lang, caption)]))?)
            }
            Block::Code(tabs) => BlockView::Code(self.code(tabs)),
            Block::File { path } => BlockView::File(self.file(path)?),
            Block::Tool(Tool::DeadPeer) => BlockView::Tool(self.tool.clone()),
            Block::Checks(checks) => BlockView::Checks(checks.iter().map(|check| self.check(check)).collect()),
        })
    }

    /// Evidence with the captions of one or both languages.
    pub fn evidence(&self, key: &str, notes: &[(usize, String)], captions: Vec<Caption>) -> Option<EvidenceView> {
        let evidence = self.case.evidence.get(key)?;
        Some(EvidenceView {
            key: key.to_owned(),
            host: evidence.host.clone(),
            title: evidence.command.clone().or_else(|| evidence.label.clone()).unwrap_or_default(),
            is_command: evidence.command.is_some(),
            copy_what: if evidence.command.is_some() { "cmd" } else { "output" },
            pcap: evidence.pcap.as_ref().map(|p| file_href(self.case, p)),
            lines: self.lines(evidence, notes),
            captions,
        })
    }

    fn lines(&self, evidence: &Evidence, notes: &[(usize, String)]) -> Vec<LineView> {
        let lines: Vec<&str> = evidence.lines().collect();
        let whole = [(1, lines.len())];
        let ranges: &[(usize, usize)] = if evidence.show.is_empty() { &whole } else { &evidence.show };
        let mut views = Vec::new();
        let mut next = 1;
        for &(from, to) in ranges {
            self.cut(&mut views, from.saturating_sub(next));
            for number in from..=to {
                let Some(text) = lines.get(number - 1) else { continue };
                let hit = evidence.hits.iter().find(|h| h.line == number);
                let note = notes.iter().find(|(n, _)| *n == number).map(|(_, words)| words.clone()).unwrap_or_default();
                let class = match hit {
                    Some(_) if !note.is_empty() && half_widths(text) + half_widths(&note) > COLUMNS_WITH_NOTE => {
                        " hit low"
                    }
                    Some(_) => " hit",
                    None if evidence.mute.contains(&number) => " mute",
                    None => "",
                };
                let html = underlined(text, hit.map_or(&[][..], |h| &h.mark));
                views.push(LineView { number, class, html, note, cut: None });
            }
            next = to + 1;
        }
        self.cut(&mut views, (lines.len() + 1).saturating_sub(next));
        views
    }

    fn cut(&self, views: &mut Vec<LineView>, lines: usize) {
        if lines > 0 {
            let cut = format!("{}{lines}{}", self.t.lines_cut_a(), self.t.lines_cut_b());
            views.push(LineView { number: 0, class: " cut", html: String::new(), note: String::new(), cut: Some(cut) });
        }
    }

    /// A diagram with the captions of one or both languages.
    pub fn sequence(&self, key: &str, captions: Vec<Caption>) -> Option<SequenceView> {
        let data = self.case.sequences.get(key)?;
        let pcap = format!("evidence/{key}.pcap");
        Some(SequenceView {
            svg: sequence::svg(data, self.lang),
            kinds: sequence::kinds(data)
                .into_iter()
                .map(|kind| {
                    let (class, glyph) = sequence::look(kind);
                    KindView { class, glyph, name: self.t.packet(kind) }
                })
                .collect(),
            unit: data.unit.clone(),
            captions,
            pcap: self.case.files.contains_key(&pcap).then(|| file_href(self.case, &pcap)),
        })
    }

    fn code(&mut self, tabs: &[CodeTab]) -> CodeView {
        self.codes += 1;
        let line = |line: &crate::domain::page_text::CodeLine| {
            let (class, sign) = match line.change {
                Some(Change::Added) => (" add", "+"),
                Some(Change::Removed) => (" del", "-"),
                Some(Change::Same) => (" same", " "),
                None => ("", ""),
            };
            CodeLineView { class, diff: line.change.is_some(), sign, html: line.html.0.clone() }
        };
        let tab = |tab: &CodeTab| TabView {
            title: tab.title.clone(),
            language: tab.language.clone(),
            lines: tab.lines.iter().map(line).collect(),
        };
        CodeView { id: format!("tabs-{}", self.codes), tabs: tabs.iter().map(tab).collect() }
    }

    fn check(&mut self, check: &Check) -> CheckView {
        self.checks += 1;
        CheckView {
            id: format!("check-{}", self.checks),
            command: check.command.clone(),
            html: check.html.0.clone(),
            name: if check.command.is_empty() { check.html.plain() } else { check.command.clone() },
        }
    }

    fn file(&self, path: &str) -> Option<FileView> {
        let file = self.case.files.get(path)?;
        Some(FileView {
            name: path.strip_prefix("repro/").unwrap_or(path).to_owned(),
            href: file_href(self.case, path),
            lines: file.coloured.0.lines().map(str::to_owned).collect(),
        })
    }
}

/// The captions that hold words.
pub fn captions<const N: usize>(of: [(Lang, &SafeHtml); N]) -> Vec<Caption> {
    of.into_iter().filter(|(_, words)| !words.0.is_empty()).map(|(lang, words)| (lang.tag(), words.0.clone())).collect()
}

/// Where a file of a case can be downloaded.
pub fn file_href(case: &Case, path: &str) -> String {
    format!("/files/{}/{path}", case.slug)
}

/// Escapes a line and underlines the marked words at their first place each.
fn underlined(line: &str, marks: &[String]) -> String {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for mark in marks.iter().filter(|m| !m.is_empty()) {
        let free = |at: usize| !spans.iter().any(|(a, b)| at < *b && *a < at + mark.len());
        if let Some((at, _)) = line.match_indices(mark.as_str()).find(|(at, _)| free(*at)) {
            spans.push((at, at + mark.len()));
        }
    }
    spans.sort_unstable();
    let mut out = String::with_capacity(line.len() + 16);
    let mut done = 0;
    for (from, to) in spans {
        escape(&mut out, &line[done..from]);
        out.push_str("<u>");
        escape(&mut out, &line[from..to]);
        out.push_str("</u>");
        done = to;
    }
    escape(&mut out, &line[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_underline_without_overlap() {
        let marks = ["513".to_owned(), "13".to_owned(), "<b>".to_owned()];
        assert_eq!(underlined("513 13 <b>", &marks), "<u>513</u> <u>13</u> <u>&lt;b&gt;</u>");
    }
}
