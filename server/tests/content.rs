//! Content that must be refused, with file, line and words; content that must be harmless; content that must not cost more
//! than it says. One minimal good library, spoilt in one place a statement.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use common::fixture::Fixture;
use common::{html, packet_clinic};
use packet_clinic::content::Problem;
use packet_clinic::domain::page_text::Block;
use packet_clinic::domain::{Lang, Library};
use proptest::prelude::*;

const FACTS: &str = "cases/alpha/case.toml";
const ZH: &str = "cases/alpha/zh.md";
const EN: &str = "cases/alpha/en.md";
const SEQUENCE: &str = "cases/alpha/sequences/main.toml";

/// No input may keep the loader longer, on slow machines and without optimisation.
const PATIENCE: Duration = Duration::from_secs(2);

/// A library with one mistake, and where the finding about it belongs.
struct Spoilt {
    fixture: Fixture,
    path: String,
    line: usize,
}

/// Replaces `from` by `to`; the finding belongs to the line on which the two begin to differ.
#[track_caller]
fn spoilt(path: &str, from: &str, to: &str) -> Spoilt {
    let good = Fixture::good();
    let same = from.bytes().zip(to.bytes()).take_while(|(a, b)| a == b).map(|(a, _)| a);
    let line = good.line_of(path, from) + same.filter(|b| *b == b'\n').count();
    Spoilt { fixture: good.edit(path, from, to), path: path.to_owned(), line }
}

/// A library with one file more, or another one in its place.
fn with_file(path: &str, bytes: impl Into<Vec<u8>>) -> Spoilt {
    Spoilt { fixture: Fixture::good().with(path, bytes), path: path.to_owned(), line: 1 }
}

/// A library in which a text stands alone in the section “Symptom” of en.md.
#[track_caller]
fn with_words(words: &str) -> Spoilt {
    spoilt(EN, "Requests time out, see [CLOSE_WAIT](signal:state.close-wait).", words)
}

impl Spoilt {
    /// Where the finding belongs, if not to the place of the change.
    fn found_in(mut self, path: &str, line: usize) -> Spoilt {
        (self.path, self.line) = (path.to_owned(), line);
        self
    }

    /// The finding belongs to the line that holds these words.
    #[track_caller]
    fn found_at(mut self, words: &str) -> Spoilt {
        self.line = self.fixture.line_of(&self.path, words);
        self
    }

    /// The library must be refused, and one of the findings must say this about that place.
    #[track_caller]
    fn refused(self, words: &str) {
        let problems = self.fixture.problems();
        let here = |p: &&Problem| p.path == self.path && p.line == self.line && p.what.contains(words);
        assert!(problems.iter().any(|p| here(&p)), "no `{}:{}: …{words}…` among {problems:#?}", self.path, self.line);
    }

    /// The library may be taken; then nothing in it can act. It may be refused; then in words, and soon.
    #[track_caller]
    fn harmless(self) {
        let start = Instant::now();
        match self.fixture.load() {
            Ok(library) => assert_harmless(&library),
            Err(problems) => assert!(problems.iter().all(|p| p.line > 0 && !p.what.is_empty())),
        }
        assert!(start.elapsed() < PATIENCE, "it took {:?}", start.elapsed());
    }
}

/// All HTML of the language files, which pages print as it stands.
fn made_html(library: &Library) -> Vec<&str> {
    let mut all = Vec::new();
    for case in library.cases() {
        for lang in Lang::ALL {
            let text = case.text(lang);
            all.extend([&text.cause, &text.fix, &text.environment, &text.reproduce].map(|line| line.html.0.as_str()));
            for block in text.sections.iter().flat_map(|section| &section.blocks) {
                match block {
                    Block::Words { html, .. } | Block::Heading { html, .. } | Block::Statement { html, .. } => all.push(&html.0),
                    Block::Evidence { caption, .. } | Block::Sequence { caption, .. } => all.push(&caption.0),
                    Block::Code(tabs) => all.extend(tabs.iter().flat_map(|t| &t.lines).map(|line| line.html.0.as_str())),
                    Block::Checks(checks) => all.extend(checks.iter().map(|check| check.html.0.as_str())),
                    Block::File { .. } | Block::Tool(_) => {}
                }
            }
        }
        all.extend(case.files.values().flat_map(|file| &file.lines).map(|line| line.html.0.as_str()));
    }
    all
}

/// Only elements and attributes that a text needs, and links that lead where content may lead.
#[track_caller]
fn assert_harmless(library: &Library) {
    const ELEMENTS: &str = "html p em strong code pre a img ul ol li blockquote br span u button div table thead tbody tr th td h2 h3";
    const ATTRIBUTES: &str = "href rel src alt loading class type popovertarget tabindex start";
    let elements: BTreeSet<&str> = ELEMENTS.split(' ').collect();
    let attributes: BTreeSet<&str> = ATTRIBUTES.split(' ').collect();
    for text in made_html(library) {
        for element in html::fragment(text).select(&html::css("*")) {
            assert!(elements.contains(element.value().name()), "<{}> in {text}", element.value().name());
            for (name, value) in element.value().attrs() {
                let aligned = name == "style" && value.starts_with("text-align: ");
                assert!(attributes.contains(name) || aligned, "{name}={value:?} in {text}");
                let local = value.starts_with(['#', '/']) && !value.starts_with("//");
                assert!(!matches!(name, "href" | "src") || local || value.starts_with("https://"), "{name}={value:?} in {text}");
            }
        }
    }
}

#[test]
fn the_fixture_itself_is_good() {
    let fixture = Fixture::good();
    assert_eq!(fixture.problems(), []);
    let library = fixture.load().unwrap();
    assert_eq!(library.cases().map(|case| case.slug.as_str()).collect::<Vec<_>>(), ["alpha", "beta"]);
    assert_harmless(&library);
}

#[test]
fn unknown_and_missing_keys_are_refused_where_they_stand() {
    spoilt(FACTS, "difficulty = 2\n", "difficulty = 2\ncolour = \"red\"\n").refused("unknown field `colour`");
    spoilt(FACTS, "with = [\"Linux 6.18\"]", "with = [\"Linux 6.18\"]\nby = \"me\"").refused("unknown field `by`");
    spoilt(FACTS, "weight = 5\n", "weight = 5\nsize = 1\n").refused("unknown field `size`");
    spoilt(FACTS, "kind  = \"rfc\"\n", "kind  = \"rfc\"\nauthor = \"x\"\n").refused("unknown field `author`");
    spoilt(FACTS, "host    = \"server\"\n", "host    = \"server\"\ncolour = 1\n").refused("unknown field `colour`");
    spoilt(FACTS, "mark = [\"513\", \"512\"]", "mark = [\"513\"], why = \"x\"").refused("unknown field `why`");
    spoilt(FACTS, "difficulty = 2\n", "").found_in(FACTS, 1).refused("missing field `difficulty`");
    spoilt(EN, "title       =", "titel       =").refused("unknown field `titel`");
    spoilt(EN, "reproduce   = \"about 10 seconds\"\n", "").found_in(EN, 2).refused("missing field `reproduce`");
    spoilt(SEQUENCE, "unit  = \"s\"\n", "unit  = \"s\"\nzoom = 2\n").refused("unknown field `zoom`");
    spoilt(SEQUENCE, "stuck = true\n", "stuck = true\nsound = true\n").refused("unknown field `sound`");
    spoilt("signals.toml", "area = \"closing\"\n", "area = \"closing\"\nlevel = 1\n").refused("unknown field `level`");
    spoilt("glossary.toml", "en = \"backlog\"\n", "en = \"backlog\"\nsee = \"x\"\n").refused("unknown field `see`");
    spoilt("vocabulary.toml", "runtimes", "os = []\nruntimes").refused("unknown field `os`");
    spoilt(FACTS, "difficulty = 2\n", "difficulty = 2\ndifficulty = 3\n").refused("duplicate key");
    spoilt(FACTS, "difficulty = 2", "difficulty = ").refused("see content/README.md");
}

#[test]
fn facts_outside_their_range_are_refused() {
    spoilt(FACTS, "difficulty = 2", "difficulty = 4").refused("difficulty 4, write 1, 2 or 3");
    spoilt(FACTS, "weight = 5", "weight = 6").refused("weight 6, write 1 (hints) to 5");
    spoilt(FACTS, "layers     = [\"tcp\"]", "layers     = [\"osi\"]").refused("unknown layer `osi`, use one of link ip tcp");
    spoilt(FACTS, "layers     = [\"tcp\"]", "layers     = []").found_in(FACTS, 1).refused("no layer");
    spoilt(FACTS, "tools      = [\"ss\"]", "tools      = [\"ss\", \"hammer\"]").refused("unknown tool `hammer`, use one from vocabulary.toml");
    spoilt(FACTS, "runtimes   = [\"Go\"]", "runtimes   = [\"Cobol\"]").refused("unknown runtime `Cobol`");
    spoilt(FACTS, ", \"端口还通\", \"重启就好\"]", "]").found_in(FACTS, 1).refused("1 symptoms in zh, write 3 to 8");
    spoilt(FACTS, "kind  = \"rfc\"", "kind  = \"blog\"").found_at("url   = \"https://www.rfc").refused("unknown kind `blog` of source");
    spoilt(FACTS, "glance = true\n", "").found_in(FACTS, 1).refused("1 signals at a glance, mark 2 to 6");
    spoilt(FACTS, "id     = \"error.timeout\"", "id     = \"state.close-wait\"").refused("signal `state.close-wait` stands twice");
    spoilt("signals.toml", "area = \"closing\"", "area = \"ending\"").found_at("[state.close-wait]").refused("unknown area `ending`");
    spoilt("signals.toml", "[state.close-wait]", "[mood.close-wait]").refused("unknown kind `mood`, use one of state error");
    spoilt("signals.toml", "[state.close-wait]", "[state.Close_Wait]").refused("`state.Close_Wait` is no id");
    spoilt("signals.toml", "spellings = [\"timed out\"]", "spellings = []").found_at("[error.timeout]").refused("no spellings");
    spoilt("glossary.toml", "https://www", "http://www").refused("is no https address");
}

#[test]
fn dates_that_are_no_days_are_refused() {
    spoilt(FACTS, "published  = 2026-11-20", "published  = 2026-02-30").refused("content/README.md");
    spoilt(FACTS, "published  = 2026-11-20", "published  = 2026-13-01").refused("content/README.md");
    spoilt(FACTS, "published  = 2026-11-20", "published  = \"2026-11-20\"").refused("content/README.md");
    spoilt(FACTS, "published  = 2026-11-20", "published  = 12:30:00").refused("is no day, write one like 2026-11-22");
    spoilt(FACTS, "on   = 2026-11-22", "on   = 12:30:00").refused("is no day");
    spoilt(FACTS, "date  = 2026-11-22", "date  = 12:30:00").refused("is no day");
}

#[test]
fn a_case_rests_on_two_sources_over_https() {
    let second = "\n[[source]]\ntitle = \"tcp(7)\"\nurl   = \"https://man7.org/linux/man-pages/man7/tcp.7.html\"\nkind  = \"manual\"\ndate  = 2026-11-22\n";
    spoilt(FACTS, second, "").found_in(FACTS, 1).refused("1 sources, name at least 2");
    for bad in ["http://man7.org/", "javascript:alert(1)", "ftp://man7.org/", "https://", "//man7.org", "https://a b", "https://a'b"] {
        spoilt(FACTS, "https://man7.org/linux/man-pages/man7/tcp.7.html", bad).refused("is no https address");
    }
}

#[test]
fn sections_are_complete_known_and_in_order() {
    spoilt(EN, "## Prevent\n", "").found_at("## Symptom").found_in(EN, 9).refused("no section “## Prevent”, write it");
    spoilt(ZH, "## 预防\n", "").found_in(ZH, 9).refused("no section “## 预防”, write it");
    spoilt(EN, "## Fix\n", "## Repair\n").refused("unknown section “Repair”, use one of: Symptom · Evidence");
    spoilt(EN, "## Symptom\n", "## 症状\n").refused("unknown section “症状”");
    spoilt(EN, "## Evidence\n", "## Root cause\n").refused("unknown section").then_never();
}
