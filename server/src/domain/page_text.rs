//! A case's text after the Markdown pass: sections of blocks, safe HTML and plain text side by side.

use super::lang::Lang;

/// HTML that the content pass made safe. Templates print it as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SafeHtml(pub String);

impl SafeHtml {
    /// The words without tags, with a line end after each block. Understands what the content pass writes, no more.
    pub fn plain(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find(['<', '&']) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with('<') {
                let end = rest.find('>').map_or(rest.len(), |end| end + 1);
                if ["</p", "</li", "</td", "</th", "</tr", "</h", "<br"].iter().any(|tag| rest.starts_with(tag)) {
                    out.push('\n');
                }
                rest = &rest[end..];
            } else {
                let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\'')];
                let (name, c) = known.into_iter().find(|(name, _)| rest.starts_with(name)).unwrap_or(("&", '&'));
                out.push(c);
                rest = &rest[name.len()..];
            }
        }
        out.push_str(rest);
        out
    }
}

super::signal::codes! {
    /// The sections of a case, in the order in which they stand.
    SectionId {
        /// What the person saw.
        Symptom = "symptom",
        /// Commands and output that lead to the cause.
        Evidence = "evidence",
        /// Why.
        Cause = "cause",
        /// Common claims that are wrong.
        Wrong = "wrong",
        /// What to change.
        Fix = "fix",
        /// How to see it on one's own machine.
        Reproduce = "reproduce",
        /// How to know that it is gone.
        Verify = "verify",
        /// What stops it from coming back.
        Prevent = "prevent",
    }
}

impl SectionId {
    /// The heading that opens the section in a Markdown file.
    pub fn heading(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            SectionId::Symptom => ("症状", "Symptom"),
            SectionId::Evidence => ("证据", "Evidence"),
            SectionId::Cause => ("根因", "Root cause"),
            SectionId::Wrong => ("常被说错", "Often told wrong"),
            SectionId::Fix => ("修复", "Fix"),
            SectionId::Reproduce => ("在 Linux 上复现", "Reproduce on Linux"),
            SectionId::Verify => ("确认修好了", "Verify"),
            SectionId::Prevent => ("预防", "Prevent"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Whether a case may leave it out (then in both languages).
    pub fn optional(self) -> bool {
        matches!(self, SectionId::Wrong)
    }
}

/// One section of a case in one language.
#[derive(Debug, Clone)]
pub struct Section {
    /// Which.
    pub id: SectionId,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// A piece of a section. Everything but words is the same in both languages.
#[derive(Debug, Clone)]
pub enum Block {
    /// Paragraphs, lists, tables. Search reads [`SafeHtml::plain`] of it; keeping both would double the library.
    Words(SafeHtml),
    /// A `###` heading.
    Heading {
        /// Anchor, the same in both languages.
        id: String,
        /// The words.
        html: SafeHtml,
        /// The words without markup.
        text: String,
    },
    /// The statement that opens the root cause.
    Statement(SafeHtml),
    /// Recorded output, by its key in the case, with this language's notes.
    Evidence {
        /// Key into [`super::case::Case::evidence`].
        key: String,
        /// Line number and words.
        notes: Vec<(usize, String)>,
        /// How to read it.
        caption: SafeHtml,
    },
    /// A diagram, by its key in the case.
    Sequence {
        /// Key into [`super::case::Case::sequences`].
        key: String,
        /// Words under it.
        caption: SafeHtml,
    },
    /// Code in tabs (one or more).
    Code(Vec<CodeTab>),
    /// A file of the reproduction, by name.
    File {
        /// Key into [`super::case::Case::files`], `repro/run.sh`.
        path: String,
    },
    /// An interactive tool, by name.
    Tool(Tool),
    /// The checklist of the Verify section.
    Checks(Vec<Check>),
}

impl Block {
    /// What must agree between the languages: kind and key; `None` for words, which need not.
    pub fn shape(&self) -> Option<String> {
        Some(match self {
            Block::Words(_) => return None,
            Block::Heading { id, .. } => format!("### {{#{id}}}"),
            Block::Statement(_) => "the opening statement (> …)".to_owned(),
            Block::Evidence { key, .. } => format!("evidence {key}"),
            Block::Sequence { key, .. } => format!("sequence {key}"),
            Block::Code(tabs) => {
                let langs: Vec<_> = tabs.iter().map(|t| t.language.as_str()).collect();
                format!("code ({})", langs.join(", "))
            }
            Block::File { path } => format!("file {path}"),
            Block::Tool(tool) => format!("tool {}", tool.code()),
            Block::Checks(checks) => format!("a list of {} checks", checks.len()),
        })
    }
}

/// One tab of code.
#[derive(Debug, Clone)]
pub struct CodeTab {
    /// The fence's language.
    pub language: String,
    /// The tab's name.
    pub title: String,
    /// Whether the lines carry `+`, `-` or a space in front.
    pub lines: Vec<CodeLine>,
}

/// A highlighted line.
#[derive(Debug, Clone)]
pub struct CodeLine {
    /// Added, removed or unchanged; `None` outside a diff.
    pub change: Option<Change>,
    /// The coloured code.
    pub html: SafeHtml,
}

/// What a diff line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// `+`
    Added,
    /// `-`
    Removed,
    /// A space.
    Same,
}

/// One item of the Verify list.
#[derive(Debug, Clone)]
pub struct Check {
    /// The command to run; may be empty when the item is an observation.
    pub command: String,
    /// What it must show.
    pub html: SafeHtml,
}

super::signal::codes! {
    /// Interactive tools that a case may embed.
    Tool {
        /// How long the kernel takes to give up on a dead peer.
        DeadPeer = "dead-peer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_tags_and_real_characters() {
        let html = SafeHtml("<p>a <code>&lt;b&gt;</code> &amp; c</p><ul><li>d</li></ul>".to_owned());
        assert_eq!(html.plain(), "a <b> & c\nd\n");
    }
}
