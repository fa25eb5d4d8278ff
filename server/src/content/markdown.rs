//! One pulldown-cmark pass over a language file: sections of blocks, safe HTML, every mistake with its line.
//! Raw HTML is refused, links may only lead to https, cases, signals and places in the page.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::fences::{self, Fence};
use super::highlight::escape;
use super::problems::{Lines, Problems};
use super::terms::{PageTerms, Piece};
use super::typography::is_han;
use crate::domain::Lang;
use crate::domain::case::Inline;
use crate::domain::page_text::{Block, Check, CodeTab, SafeHtml, Section, SectionId};

/// Text files are short; a longer one is a mistake or an attack.
pub const LONGEST_TEXT: usize = 256 * 1024;

/// Lists in lists in quotes: nobody needs more.
const DEEPEST_NESTING: usize = 16;

/// Markers that open a container at the start of a line, counted before the parser sees them.
const MOST_MARKERS_PER_LINE: usize = 32;

/// A mention of something in another file, checked when everything is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// What is mentioned.
    pub target: Target,
    /// Where.
    pub line: usize,
}

/// What a link or a block may mention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `case:slug`.
    Case(String),
    /// `signal:id`.
    Signal(String),
    /// `#id` in the same page.
    Anchor(String),
    /// `evidence/x.png`.
    Picture(String),
    /// An evidence block, with the lines that carry notes.
    Evidence(String, Vec<usize>),
    /// A sequence block.
    Sequence(String),
    /// A `file` block.
    File(String),
}

/// What one language file holds after its front matter.
#[derive(Debug, Default)]
pub struct Body {
    /// Sections in order.
    pub sections: Vec<Section>,
    /// Mentions of other things.
    pub mentions: Vec<Mention>,
    /// Glossary terms used, in order.
    pub terms: Vec<String>,
    /// All ids that links of the page may lead to.
    pub anchors: Vec<String>,
}

/// Refuses what would cost the parser more than a person could have meant.
pub fn too_much(text: &str) -> Option<(usize, String)> {
    if text.len() > LONGEST_TEXT {
        return Some((1, format!("has {} bytes, keep a text under {LONGEST_TEXT}", text.len())));
    }
    text.lines().enumerate().find_map(|(index, line)| {
        let markers =
            line.chars().take_while(|c| matches!(c, '>' | ' ' | '-' | '*' | '+' | '\t')).filter(|c| *c != ' ').count();
        let brackets = line.chars().filter(|c| matches!(c, '[' | '*' | '_' | '<')).count();
        (markers > MOST_MARKERS_PER_LINE || brackets > 400)
            .then(|| (index + 1, "is nested too deeply, write it flatter".to_owned()))
    })
}

/// Reads the body of a language file. `first_line` is its line in the file.
pub fn read(
    path: &str,
    lang: Lang,
    text: &str,
    first_line: usize,
    terms: PageTerms<'_>,
    problems: &mut Problems,
) -> Body {
    let lines = Lines::of(text);
    let (body, words) = (Body::default(), Vec::new());
    let mut reader = Reader { path, lang, text, lines, first_line, terms, problems, body, words };
    reader.run();
    reader.finish()
}

/// Renders one line that may hold code and emphasis, but no links or blocks.
pub fn inline(path: &str, lang: Lang, line: usize, text: &str, problems: &mut Problems) -> Inline {
    let mut plain = String::new();
    let mut events = Vec::new();
    for event in Parser::new_ext(text, punctuation(lang)) {
        match event {
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
            Event::Text(t) => {
                plain.push_str(&t);
                events.push(Event::Text(t));
            }
            Event::Code(t) => {
                plain.push_str(&t);
                events.push(Event::Code(t));
            }
            Event::SoftBreak | Event::HardBreak => {
                plain.push(' ');
                events.push(Event::Text(" ".into()));
            }
            event @ (Event::Start(Tag::Emphasis | Tag::Strong) | Event::End(TagEnd::Emphasis | TagEnd::Strong)) => {
                events.push(event)
            }
            _ => {
                problems.add(path, line, "only words, `code` and emphasis may stand in this line, take the rest out");
                break;
            }
        }
    }
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    Inline { html: SafeHtml(out.trim().to_owned()), text: plain.trim().to_owned() }
}

/// English is typed with straight quotes and set with curly ones; Chinese is typed as it is set.
fn punctuation(lang: Lang) -> Options {
    match lang {
        Lang::Zh => Options::empty(),
        Lang::En => Options::ENABLE_SMART_PUNCTUATION,
    }
}

struct Reader<'a, 'p> {
    path: &'a str,
    lang: Lang,
    text: &'a str,
    lines: Lines,
    first_line: usize,
    terms: PageTerms<'a>,
    problems: &'p mut Problems,
    body: Body,
    /// Events of the words since the last block that is not words.
    words: Vec<Event<'a>>,
}

type Spanned<'a> = (Event<'a>, Range<usize>);

impl<'a> Reader<'a, '_> {
    fn run(&mut self) {
        let options = Options::ENABLE_TABLES | Options::ENABLE_HEADING_ATTRIBUTES | punctuation(self.lang);
        let events: Vec<Spanned<'a>> = Parser::new_ext(self.text, options).into_offset_iter().collect();
        let mut at = 0;
        while at < events.len() {
            let end = at + tree_length(&events[at..]);
            self.top_level(&events[at..end]);
            at = end;
        }
        self.flush_words();
    }

    fn line(&self, offset: usize) -> usize {
        self.first_line + self.lines.at(offset) - 1
    }

    fn fault(&mut self, offset: usize, what: impl Into<String>) {
        let line = self.line(offset);
        self.problems.add(self.path, line, what);
    }

    /// One top-level element with all that is in it.
    fn top_level(&mut self, tree: &[Spanned<'a>]) {
        let offset = tree[0].1.start;
        match &tree[0].0 {
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => self.section(tree),
            Event::Start(Tag::Heading { level: HeadingLevel::H3, id, .. }) => self.heading(tree, id.clone()),
            Event::Start(Tag::Heading { .. }) => {
                self.fault(offset, "only ## and ### headings stand in a case, use one of them")
            }
            _ if self.body.sections.is_empty() => {
                self.fault(
                    offset,
                    format!(
                        "words before the first section, begin with “## {}”",
                        SectionId::Symptom.heading(self.lang)
                    ),
                );
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.fence(&info, tree);
            }
            Event::Start(Tag::BlockQuote(_)) if self.opens_the_cause() => self.statement(tree),
            Event::Start(Tag::List(_)) if self.section_id() == Some(SectionId::Verify) => self.checks(tree),
            Event::Rule => self.fault(offset, "a rule (---), take it out; sections part the text"),
            _ => self.words_of(tree),
        }
    }

    fn section_id(&self) -> Option<SectionId> {
        self.body.sections.last().map(|s| s.id)
    }

    fn opens_the_cause(&self) -> bool {
        self.words.is_empty()
            && self.body.sections.last().is_some_and(|s| s.id == SectionId::Cause && s.blocks.is_empty())
    }

    fn push(&mut self, block: Block) {
        self.flush_words();
        if let Some(section) = self.body.sections.last_mut() {
            section.blocks.push(block);
        }
    }

    fn section(&mut self, tree: &[Spanned<'a>]) {
        let offset = tree[0].1.start;
        let words = plain_text(tree);
        self.flush_words();
        let Some(id) = SectionId::ALL.iter().copied().find(|id| id.heading(self.lang) == words) else {
            let all: Vec<_> = SectionId::ALL.iter().map(|id| id.heading(self.lang)).collect();
            self.fault(offset, format!("unknown section “{words}”, use one of: {}", all.join(" · ")));
            return;
        };
        if self.section_id().is_some_and(|last| last >= id) {
            self.fault(
                offset,
                format!("section “{words}” stands twice or too late, keep the order of content/README.md"),
            );
        }
        self.body.anchors.push(id.code().to_owned());
        self.body.sections.push(Section { id, blocks: Vec::new() });
    }

    fn heading(&mut self, tree: &[Spanned<'a>], id: Option<CowStr<'a>>) {
        let offset = tree[0].1.start;
        let Some(id) = id.map(|id| id.to_string()).filter(|id| is_kebab(id)) else {
            self.fault(
                offset,
                "a ### heading without an id, write `### words {#kebab-id}`, the same id in both languages",
            );
            return;
        };
        if self.body.anchors.contains(&id) || SectionId::from_code(&id).is_some() || is_ours(&id) {
            self.fault(offset, format!("the id `{id}` is taken, choose another"));
        }
        let inner = &tree[1..tree.len() - 1];
        let events = self.safe_events(inner, false);
        let block = Block::Heading { id: id.clone(), html: render(events), text: plain_text(tree) };
        self.body.anchors.push(id);
        self.push(block);
    }

    fn statement(&mut self, tree: &[Spanned<'a>]) {
        let events = self.safe_events(&tree[1..tree.len() - 1], true);
        self.push(Block::Statement(render(events)));
    }

    fn checks(&mut self, tree: &[Spanned<'a>]) {
        let mut checks = Vec::new();
        let mut at = 1;
        while at < tree.len() - 1 {
            let end = at + tree_length(&tree[at..]);
            let item = &tree[at + 1..end - 1];
            checks.push(self.check(item));
            at = end;
        }
        self.push(Block::Checks(checks));
    }

    /// `` `command` `` first, then what it must show.
    fn check(&mut self, item: &[Spanned<'a>]) -> Check {
        let first_words = item.iter().position(|(e, _)| matches!(e, Event::Code(_) | Event::Text(_)));
        let command = match first_words.map(|at| (at, &item[at].0)) {
            Some((at, Event::Code(code))) => Some((at, code.to_string())),
            _ => None,
        };
        let mut rest: Vec<Spanned<'a>> = item.to_vec();
        if let Some((at, _)) = command {
            rest.remove(at);
            // What joins command and expectation in the source is layout here.
            if let Some((Event::Text(text), _)) = rest.get_mut(at) {
                let trimmed = text.trim_start_matches([' ', '：', ':', '，', ',', '—', '→']).to_owned();
                *text = trimmed.into();
            }
            if matches!(rest.get(at), Some((Event::SoftBreak | Event::HardBreak, _))) {
                rest.remove(at);
            }
        }
        let events = self.safe_events(&rest, true);
        Check { command: command.map(|(_, code)| code).unwrap_or_default(), html: render(events) }
    }

    fn fence(&mut self, info: &str, tree: &[Spanned<'a>]) {
        let offset = tree[0].1.start;
        let line = self.line(offset);
        let body: String =
            tree.iter().filter_map(|(e, _)| if let Event::Text(t) = e { Some(t.as_ref()) } else { None }).collect();
        let fence = match fences::read(self.path, self.lang, line, info, &body, self.problems) {
            Ok(fence) => fence,
            Err(what) => return self.problems.add(self.path, line, what),
        };
        let mention = |target| Mention { target, line };
        match fence {
            Fence::Code(tab) => self.code(tab),
            Fence::Evidence { key, notes, caption } => {
                let lines = notes.iter().map(|(n, _)| *n).collect();
                self.body.mentions.push(mention(Target::Evidence(key.clone(), lines)));
                self.push(Block::Evidence { key, notes, caption: caption.html });
            }
            Fence::Sequence { key, caption } => {
                self.body.mentions.push(mention(Target::Sequence(key.clone())));
                self.push(Block::Sequence { key, caption: caption.html });
            }
            Fence::File { path } => {
                self.body.mentions.push(mention(Target::File(path.clone())));
                self.push(Block::File { path });
            }
            Fence::Tool(tool) => {
                let shown = |block: &Block| matches!(block, Block::Tool(other) if *other == tool);
                if self.body.sections.iter().flat_map(|s| &s.blocks).any(shown) {
                    self.fault(offset, format!("tool {} is shown twice, keep one", tool.code()));
                }
                self.push(Block::Tool(tool));
            }
        }
    }

    /// Fences that follow each other become tabs.
    fn code(&mut self, tab: CodeTab) {
        let tabbed = !tab.title.is_empty() && self.words.is_empty();
        if tabbed
            && let Some(Block::Code(tabs)) = self.body.sections.last_mut().and_then(|s| s.blocks.last_mut())
            && tabs.iter().all(|t| !t.title.is_empty())
        {
            tabs.push(tab);
            return;
        }
        self.push(Block::Code(vec![tab]));
    }

    fn words_of(&mut self, tree: &[Spanned<'a>]) {
        let events = self.safe_events(tree, true);
        self.words.extend(events);
    }

    fn flush_words(&mut self) {
        if self.words.is_empty() {
            return;
        }
        let events = std::mem::take(&mut self.words);
        let block = Block::Words(render(events));
        match self.body.sections.last_mut() {
            Some(section) => section.blocks.push(block),
            None => unreachable!("words are only kept inside sections"),
        }
    }

    /// Events with harmless links and pictures; raw HTML and what has no place here becomes a problem.
    fn safe_events(&mut self, tree: &[Spanned<'a>], with_terms: bool) -> Vec<Event<'a>> {
        let mut out = Vec::new();
        let mut depth = 0_usize;
        let mut no_terms_inside = 0_usize;
        let mut next = 0;
        for (index, (event, range)) in tree.iter().enumerate() {
            if index < next {
                continue;
            }
            let offset = range.start;
            match event {
                Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Start(Tag::HtmlBlock)
                | Event::End(TagEnd::HtmlBlock) => {
                    self.fault(offset, "raw HTML, write Markdown (`<` in words is written `&lt;` or in `code`)");
                }
                Event::Start(Tag::Link { dest_url, .. }) => {
                    no_terms_inside += 1;
                    out.push(self.open_link(dest_url, offset));
                }
                Event::End(TagEnd::Link) => {
                    no_terms_inside -= 1;
                    out.push(Event::InlineHtml("</a>".into()));
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    let image = &tree[index..index + tree_length(&tree[index..])];
                    out.push(self.image(dest_url, offset, &plain_text(image)));
                    next = index + image.len();
                }
                Event::Start(Tag::CodeBlock(_)) => {
                    self.fault(offset, "a fence inside a list or quote, move it out to the margin");
                    out.push(event.clone());
                }
                Event::Start(Tag::Heading { .. }) => {
                    self.fault(offset, "a heading inside a list or quote, move it out")
                }
                Event::End(TagEnd::Heading(_)) => {}
                Event::Start(tag) => {
                    depth += 1;
                    if depth == DEEPEST_NESTING {
                        self.fault(offset, "is nested too deeply, write it flatter");
                    }
                    no_terms_inside += usize::from(matches!(tag, Tag::TableHead | Tag::Strong));
                    out.push(event.clone());
                }
                Event::End(tag) => {
                    depth = depth.saturating_sub(1);
                    no_terms_inside -= usize::from(matches!(tag, TagEnd::TableHead | TagEnd::Strong));
                    out.push(event.clone());
                }
                Event::Text(text) if with_terms && no_terms_inside == 0 => self.text_with_terms(text, &mut out),
                Event::SoftBreak => out.push(Event::Text(self.joint(&tree[..index], &tree[index + 1..]).into())),
                other => out.push(other.clone()),
            }
        }
        out
    }

    /// What stands for a line end: in Chinese nothing between Han and marks, a space where Latin words meet Han.
    fn joint(&self, before: &[Spanned<'a>], after: &[Spanned<'a>]) -> &'static str {
        let words = |event: &Event<'a>| match event {
            Event::Text(t) => Some(t.to_string()),
            Event::Code(_) => Some("x".to_owned()),
            _ => None,
        };
        // Words stand a mark or two away, or nowhere.
        let last = before.iter().rev().take(8).find_map(|(e, _)| words(e)).and_then(|t| t.chars().next_back());
        let first = after.iter().take(8).find_map(|(e, _)| words(e)).and_then(|t| t.chars().next());
        let spaced = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '%' | ')'));
        match self.lang {
            Lang::En => "\n",
            Lang::Zh if spaced(last) && first.is_some_and(|c| is_han(c) || spaced(Some(c))) => " ",
            Lang::Zh if spaced(first) && last.is_some_and(is_han) => " ",
            Lang::Zh => "",
        }
    }

    fn text_with_terms(&mut self, text: &CowStr<'a>, out: &mut Vec<Event<'a>>) {
        for piece in self.terms.cut(text) {
            out.push(match piece {
                Piece::Plain(words) => Event::Text(words.to_owned().into()),
                Piece::Term(words, id) => {
                    let mut button = String::from("<button type=\"button\" class=\"gl\" popovertarget=\"gl-");
                    escape(&mut button, id);
                    button.push_str("\">");
                    escape(&mut button, words);
                    button.push_str("</button>");
                    Event::InlineHtml(button.into())
                }
            });
        }
    }

    fn open_link(&mut self, dest: &str, offset: usize) -> Event<'a> {
        let line = self.line(offset);
        let (href, target) = if let Some(slug) = dest.strip_prefix("case:") {
            (format!("/{}/cases/{slug}", self.lang), Some(Target::Case(slug.to_owned())))
        } else if let Some(id) = dest.strip_prefix("signal:") {
            (format!("/{}/signals/{id}", self.lang), Some(Target::Signal(id.to_owned())))
        } else if let Some(id) = dest.strip_prefix('#') {
            (format!("#{id}"), Some(Target::Anchor(id.to_owned())))
        } else if is_web_address(dest) {
            (dest.to_owned(), None)
        } else {
            self.fault(offset, format!("a link to `{dest}`, link to case:slug, signal:id, #id or https://…"));
            (String::new(), None)
        };
        self.body.mentions.extend(target.map(|target| Mention { target, line }));
        let mut tag = String::from("<a href=\"");
        escape(&mut tag, &href);
        tag.push_str(if href.starts_with("https:") { "\" rel=\"noreferrer\">" } else { "\">" });
        Event::InlineHtml(tag.into())
    }

    /// `words` say what the picture shows.
    fn image(&mut self, dest: &str, offset: usize, words: &str) -> Event<'a> {
        let picture = dest.starts_with("evidence/")
            && [".png", ".svg", ".webp"].iter().any(|e| dest.ends_with(e))
            && !dest.contains("..");
        if !picture {
            self.fault(
                offset,
                format!("an image from `{dest}`, put a png, svg or webp into the case's evidence folder"),
            );
        }
        if words.is_empty() {
            self.fault(offset, "an image without words, say in the brackets what it shows");
        }
        let line = self.line(offset);
        self.body.mentions.push(Mention { target: Target::Picture(dest.to_owned()), line });
        // cases/<slug>/zh.md: where the site offers the case's files.
        let slug = self.path.split('/').nth(1).unwrap_or("");
        let mut tag = format!("<img loading=\"lazy\" src=\"/files/{slug}/");
        escape(&mut tag, dest);
        tag.push_str("\" alt=\"");
        escape(&mut tag, words);
        tag.push_str("\">");
        Event::InlineHtml(tag.into())
    }

    fn finish(mut self) -> Body {
        for id in SectionId::ALL.iter().copied().filter(|id| !id.optional()) {
            match self.body.sections.iter().find(|s| s.id == id) {
                None => self.problems.add(
                    self.path,
                    self.first_line,
                    format!("no section “## {}”, write it", id.heading(self.lang)),
                ),
                Some(section) if section.blocks.is_empty() => {
                    self.problems.add(
                        self.path,
                        self.first_line,
                        format!("section “{}” is empty, write it", id.heading(self.lang)),
                    );
                }
                Some(_) => {}
            }
        }
        let cause = self.body.sections.iter().find(|s| s.id == SectionId::Cause);
        if cause.is_some_and(|s| !matches!(s.blocks.first(), Some(Block::Statement(_)))) {
            let heading = SectionId::Cause.heading(self.lang);
            self.problems.add(
                self.path,
                self.first_line,
                format!("“{heading}” does not open with a statement, begin it with `> …`"),
            );
        }
        self.body.terms = self.terms.into_used();
        self.body
    }
}

/// The number of events up to the end of the element that the first one opens.
fn tree_length(events: &[Spanned<'_>]) -> usize {
    let mut depth = 0_usize;
    for (index, (event, _)) in events.iter().enumerate() {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    events.len()
}

fn render(events: Vec<Event<'_>>) -> SafeHtml {
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    // Wide tables scroll in their own box; the only tables here are ours, since raw HTML is refused.
    let mut out =
        out.replace("<table>", "<div class=\"hscroll\" tabindex=\"0\"><table>").replace("</table>", "</table></div>");
    // A style attribute is inline style, which the policy of our pages forbids.
    if out.contains(" style=\"text-align: ") {
        for cell in ["<th", "<td"] {
            for (side, class) in [("right", " class=\"r\""), ("left", ""), ("center", "")] {
                out = out.replace(&format!("{cell} style=\"text-align: {side}\""), &format!("{cell}{class}"));
            }
        }
    }
    SafeHtml(out.trim().to_owned())
}

fn plain_text(tree: &[Spanned<'_>]) -> String {
    words_of_events(tree.iter().map(|(e, _)| e))
}

fn words_of_events<'e, 'a: 'e>(events: impl IntoIterator<Item = &'e Event<'a>>) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            Event::Text(t) | Event::Code(t) => text.push_str(t),
            Event::InlineHtml(tag) => text.push_str(inside_tags(tag)),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell | TagEnd::TableRow) => text.push('\n'),
            _ => {}
        }
    }
    text.trim().to_owned()
}

/// The words of a `<button>` made for a term; other tags hold none.
fn inside_tags(tag: &str) -> &str {
    match tag.strip_suffix("</button>").and_then(|t| t.rsplit_once('>')) {
        Some((_, words)) => words,
        None => "",
    }
}

/// Ids that pages have around the words of a case.
fn is_ours(id: &str) -> bool {
    const IDS: [&str; 10] =
        ["main", "q", "related", "signals", "sources", "feedback", "dead-peer", "hatch", "hatchp", "dots"];
    IDS.contains(&id) || ["ev-", "gl-", "g-", "check-", "tabs-"].iter().any(|start| id.starts_with(start))
}

/// `[a-z0-9-]`, 1 to 60 characters: what ids are made of.
pub fn is_kebab(id: &str) -> bool {
    !id.is_empty() && id.len() <= 60 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// `https://` and a host, without spaces, quotes or control characters.
pub fn is_web_address(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric())
            && !rest.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '\\'))
    })
}
