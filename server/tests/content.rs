//! Content that must be refused, with file, line and words; content that must be harmless; content that must not cost more
//! than it says. One minimal good library, spoilt in one place a statement.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use common::{Fixture, html, packet_clinic};
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
        let problems = load_soon(&self.fixture).err().unwrap_or_default();
        let here = |p: &&Problem| p.path == self.path && p.line == self.line && p.what.contains(words);
        assert!(problems.iter().any(|p| here(&p)), "no `{}:{}: …{words}…` among {problems:#?}", self.path, self.line);
    }

    /// As [`Spoilt::refused`], about any line of the file.
    #[track_caller]
    fn refused_near(self, words: &str) {
        let problems = load_soon(&self.fixture).err().unwrap_or_default();
        let here = |p: &&Problem| p.path == self.path && p.what.contains(words);
        assert!(problems.iter().any(|p| here(&p)), "no `{}: …{words}…` among {problems:#?}", self.path);
    }

    /// The library may be taken; then nothing in it can act. It may be refused; then in words, and soon.
    #[track_caller]
    fn harmless(self) {
        match load_soon(&self.fixture) {
            Ok(library) => assert_harmless(&library),
            Err(problems) => assert!(problems.iter().all(|p| p.line > 0 && !p.what.is_empty())),
        }
    }
}

/// Loads a library within [`PATIENCE`]. Three tries: a machine that is busy for a moment is no fault of ours.
#[track_caller]
fn load_soon(fixture: &Fixture) -> Result<Library, Vec<Problem>> {
    let mut took = Duration::ZERO;
    for _ in 0..3 {
        let start = Instant::now();
        let loaded = fixture.load();
        took = start.elapsed();
        if took < PATIENCE {
            return loaded;
        }
    }
    panic!("loading took {took:?}");
}

/// All HTML of the language files, which pages print as it stands.
fn made_html(library: &Library) -> Vec<&str> {
    let mut all = Vec::new();
    for case in library.cases() {
        all.extend(case.files.values().map(|file| file.coloured.0.as_str()));
        for lang in Lang::ALL {
            let text = case.text(lang);
            all.extend([&text.cause, &text.fix, &text.environment, &text.reproduce].map(|line| line.html.0.as_str()));
            for block in text.sections.iter().flat_map(|section| &section.blocks) {
                match block {
                    Block::Words(html) | Block::Heading { html, .. } | Block::Statement(html) => all.push(&html.0),
                    Block::Evidence { caption, .. } | Block::Sequence { caption, .. } => all.push(&caption.0),
                    Block::Code(tabs) => {
                        all.extend(tabs.iter().flat_map(|t| &t.lines).map(|line| line.html.0.as_str()))
                    }
                    Block::Checks(checks) => all.extend(checks.iter().map(|check| check.html.0.as_str())),
                    Block::File { .. } | Block::Tool(_) => {}
                }
            }
        }
    }
    all
}

/// Only elements and attributes that a text needs, and links that lead where content may lead.
#[track_caller]
fn assert_harmless(library: &Library) {
    const ELEMENTS: &str =
        "html p em strong code pre a img ul ol li blockquote br span u button div table thead tbody tr th td h2 h3";
    const ATTRIBUTES: &str = "href rel src alt loading class type popovertarget tabindex start";
    let elements: BTreeSet<&str> = ELEMENTS.split(' ').collect();
    let attributes: BTreeSet<&str> = ATTRIBUTES.split(' ').collect();
    for text in made_html(library) {
        for element in html::fragment(text).select(&html::css("*")) {
            assert!(elements.contains(element.value().name()), "<{}> in {text}", element.value().name());
            for (name, value) in element.value().attrs() {
                assert!(attributes.contains(name), "{name}={value:?} in {text}");
                let local = value.starts_with(['#', '/']) && !value.starts_with("//");
                assert!(
                    !matches!(name, "href" | "src") || local || value.starts_with("https://"),
                    "{name}={value:?} in {text}"
                );
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
    spoilt(FACTS, "with = [\"Linux 6.18\"]\n", "with = [\"Linux 6.18\"]\nby = \"me\"\n").refused("unknown field `by`");
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
    spoilt(FACTS, "layers     = [\"tcp\"]", "layers     = [\"osi\"]")
        .refused("unknown layer `osi`, use one of link ip tcp");
    spoilt(FACTS, "layers     = [\"tcp\"]", "layers     = []").found_in(FACTS, 1).refused("no layer");
    spoilt(FACTS, "tools      = [\"ss\"]", "tools      = [\"ss\", \"hammer\"]")
        .refused("unknown tool `hammer`, use one from vocabulary.toml");
    spoilt(FACTS, "runtimes   = [\"Go\"]", "runtimes   = [\"Cobol\"]").refused("unknown runtime `Cobol`");
    spoilt(FACTS, ", \"端口还通\", \"重启就好\"]", "]").found_in(FACTS, 1).refused("1 symptoms in zh, write 3 to 8");
    spoilt(FACTS, "kind  = \"rfc\"", "kind  = \"blog\"")
        .found_at("url   = \"https://www.rfc")
        .refused("unknown kind `blog` of source");
    spoilt(FACTS, "glance = true\n", "").found_in(FACTS, 1).refused("1 signals at a glance, mark 2 to 6");
    spoilt(FACTS, "id     = \"error.timeout\"", "id     = \"state.close-wait\"")
        .refused("signal `state.close-wait` stands twice");
    spoilt("signals.toml", "area = \"closing\"", "area = \"ending\"")
        .found_at("[state.close-wait]")
        .refused("unknown area `ending`");
    spoilt("signals.toml", "[state.close-wait]", "[mood.close-wait]")
        .refused("unknown kind `mood`, use one of state error");
    spoilt("signals.toml", "[state.close-wait]", "[state.Close_Wait]").refused("`state.Close_Wait` is no id");
    spoilt("signals.toml", "spellings = [\"timed out\"]", "spellings = []")
        .found_at("[error.timeout]")
        .refused("no spellings");
    spoilt("glossary.toml", "https://www", "http://www").refused("is no https address");
    for id in ["Back_Log", "back log", "x\\\" autofocus onfocus=\\\"alert(1)", "积压", ""] {
        spoilt("glossary.toml", "[backlog]", &format!("[\"{id}\"]")).refused("is no id, write it in kebab-case");
    }
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
    for bad in [
        "http://man7.org/",
        "javascript:alert(1)",
        "ftp://man7.org/",
        "https://",
        "//man7.org",
        "https://a b",
        "https://a'b",
    ] {
        spoilt(FACTS, "https://man7.org/linux/man-pages/man7/tcp.7.html", bad).refused("is no https address");
    }
}

#[test]
fn sections_are_complete_known_and_in_order() {
    spoilt(EN, "## Prevent\n", "").found_in(EN, 9).refused("no section “## Prevent”, write it");
    spoilt(ZH, "## 预防\n", "").found_in(ZH, 9).refused("no section “## 预防”, write it");
    spoilt(EN, "## Fix\n", "## Repair\n").refused("unknown section “Repair”, use one of: Symptom · Evidence");
    spoilt(EN, "## Symptom\n", "## 症状\n").refused("unknown section “症状”");
    spoilt(EN, "## Evidence\n", "## Fix\n")
        .found_at("## Root cause")
        .refused("section “Root cause” stands twice or too late");
    spoilt(EN, "## Fix\n", "## Evidence\n").refused("section “Evidence” stands twice or too late");
    spoilt(EN, "Requests time out, see [CLOSE_WAIT](signal:state.close-wait).\n", "")
        .found_in(EN, 9)
        .refused("section “Symptom” is empty");
    spoilt(EN, "## Symptom\n", "Words.\n\n## Symptom\n")
        .refused("words before the first section, begin with “## Symptom”");
    spoilt(EN, "> Nobody calls", "Nobody calls").found_in(EN, 9).refused("“Root cause” does not open with a statement");
    spoilt(EN, "## Symptom\n", "# Symptom\n").refused("only ## and ### headings");
    spoilt(EN, "Requests time out", "---\n\nRequests time out").refused("a rule (---)");
}

#[test]
fn both_languages_show_the_same() {
    let log = "```evidence log\n```\n\n";
    let (twice, nginx) = ("evidence log where zh.md has sequence main", "```nginx tab=\"nginx\"\nkeepalive 64;\n```\n");
    spoilt(EN, log, "").found_in(EN, 1).refused("section “Evidence” has sequence main where zh.md has evidence log");
    spoilt(EN, log, "").found_in(FACTS, 1).refused("evidence log is not shown in en.md");
    spoilt(ZH, log, "").found_in(EN, 1).refused(&format!("section “Evidence” has {twice}"));
    spoilt(ZH, log, "").found_in(FACTS, 1).refused("evidence log is not shown in zh.md");
    spoilt(EN, nginx, "").found_in(EN, 1).refused("has code (go) where zh.md has code (go, nginx)");
    spoilt(EN, "{#no-pid}", "{#without-pid}")
        .found_in(EN, 1)
        .refused("### {#without-pid} where zh.md has ### {#no-pid}");
    spoilt(EN, "- The [connections without a pid](#no-pid) are gone.\n", "")
        .found_in(EN, 1)
        .refused("a list of 1 checks where zh.md has a list of 2 checks");
    spoilt(EN, "```tool dead-peer\n```\n", "").found_in(EN, 1).refused("nothing more where zh.md has tool dead-peer");
    spoilt(EN, "2: the queue is full\n", "")
        .found_in(EN, 1)
        .refused("evidence look: notes on lines [] though zh.md notes [2]");
    spoilt(EN, "## Often told wrong\n\n- **\"Raise the backlog\"**: it only fills later.\n\n", "")
        .found_in(EN, 1)
        .refused("no section “Often told wrong” though zh.md has one");
    spoilt(ZH, "## 常被说错\n\n- **“调大 backlog 就好”**：只是晚一点满。\n\n", "")
        .found_in(ZH, 1)
        .refused("no section “常被说错” though en.md has one");
    for missing in [ZH, EN] {
        let fixture = Fixture::good().without(missing);
        Spoilt { fixture, path: missing.to_owned(), line: 1 }.refused("is missing, add it");
    }
}

#[test]
fn evidence_is_declared_recorded_and_shown_once() {
    spoilt(EN, "```evidence log\n```", "```evidence logs\n```").refused("no evidence `logs` in case.toml");
    spoilt(EN, "```evidence log\n```", "```evidence look\n```").refused("evidence look is shown twice");
    spoilt(EN, "```evidence log\n```", "```evidence a/b\n```").refused("`a/b` is no key");
    spoilt(FACTS, "[evidence.log]", "[evidence.logs]")
        .found_in("cases/alpha/evidence/logs.txt", 1)
        .refused("is missing, add it");
    spoilt(FACTS, "label = \"app.log\"\n", "")
        .found_at("[evidence.log]")
        .refused("give either `command` (what was typed)");
    spoilt(FACTS, "label = \"app.log\"\n", "label = \"app.log\"\ncommand = \"cat app.log\"\n")
        .found_at("[evidence.log]")
        .refused("give either `command`");
    spoilt(FACTS, "line = 2, mark = [\"513\", \"512\"]", "line = 3, mark = []")
        .refused("evidence look: no line 3, look.txt has 2");
    spoilt(FACTS, "line = 2, mark = [\"513\", \"512\"]", "line = 0").refused("evidence look: no line 0");
    spoilt(FACTS, "mark = [\"513\", \"512\"]", "mark = [\"514\"]")
        .refused("line 2 does not hold `514`, mark words that stand there");
    spoilt(FACTS, "mute    = [1]", "mute    = [9]").refused("evidence look: no line 9 to mute");
    spoilt(FACTS, "[[1, 2], [4, 4]]", "[[1, 2], [4, 5]]").refused("range [4, 5] is empty, out of order or past line 4");
    spoilt(FACTS, "[[1, 2], [4, 4]]", "[[3, 4], [1, 2]]").refused("range [1, 2] is empty, out of order");
    spoilt(FACTS, "[[1, 2], [4, 4]]", "[[0, 4]]").refused("range [0, 4] is empty");
    spoilt(FACTS, "pcap    = \"main.pcap\"", "pcap    = \"other.pcap\"")
        .refused("no file evidence/other.pcap, add the capture");
    spoilt(FACTS, "label = \"app.log\"\n", "label = \"app.log\"\nfile = \"../../beta/zh.md\"\n")
        .found_in("cases/alpha/evidence/../../beta/zh.md", 1)
        .refused("is missing");
    spoilt(FACTS, "label = \"app.log\"\n", "label = \"app.log\"\nhits  = [{ line = 3 }]\n")
        .refused("evidence log: line 3 is a hit, show it");
    with_file("cases/alpha/evidence/other.txt", "x\n").refused("is no evidence of case.toml");
    with_file("cases/alpha/evidence/log.txt", " \n").refused("is empty, record what the machine printed");
    with_file("cases/alpha/evidence/log.txt", "1\n2\n\u{1b}[31mred\n4\n")
        .found_at("red")
        .refused("holds terminal colour codes, record it without colour");
}

#[test]
fn notes_are_short_and_stand_on_hits() {
    let note = "2: the queue is full";
    spoilt(EN, note, "1: the queue is full").found_at("```evidence look").refused("a note on line 1, which is no hit");
    spoilt(EN, note, "the queue is full").refused("a note that is not `line: words`");
    spoilt(EN, note, "2:").refused("a note that is not `line: words`");
    spoilt(EN, note, "2: a note of twenty-nine letters").found_in(EN, 1).refused("is longer than 14 Han or 28 letters");
    spoilt(ZH, "队列满了\n---", "一二三四五六七八九十一二三四五\n---")
        .found_in(ZH, 1)
        .refused("is longer than 14 Han or 28 letters");
    assert_eq!(Fixture::good().edit(EN, note, "2: one of twenty-eight letters").problems(), []);
    assert_eq!(Fixture::good().edit(ZH, "队列满了\n---", "一二三四五六七八九十一二三四\n---").problems(), []);
}

#[test]
fn a_caption_begins_after_a_line_of_dashes_only() {
    let library = Fixture::good().edit(EN, "2: the queue is full", "2: full --- really").load().unwrap();
    let shown = |block: &Block| match block {
        Block::Evidence { key, notes, caption } if key == "look" => Some((notes.clone(), caption.plain())),
        _ => None,
    };
    let alpha = library.cases().next().unwrap();
    let (notes, caption) = alpha.text(Lang::En).sections.iter().flat_map(|s| &s.blocks).find_map(shown).unwrap();
    assert_eq!(notes, [(2, "full --- really".to_owned())]);
    assert_eq!(caption, "Read the Recv-Q column.");
}

#[test]
fn mentions_lead_to_what_exists() {
    with_words("[x](#nowhere)").refused("nothing in this page has the id `nowhere`, use ");
    with_words("[x](case:gamma)").refused("unknown case `gamma`");
    with_words("[x](case:../alpha)").refused("unknown case `../alpha`");
    with_words("[x](signal:state.gone)").refused("unknown signal `state.gone`");
    with_words("[x](signal:nonsense)").refused("unknown signal `nonsense`");
    spoilt(FACTS, "id     = \"error.timeout\"", "id     = \"error.gone\"").refused("unknown signal `error.gone`");
    spoilt(FACTS, "slug = \"beta\"", "slug = \"gamma\"").refused("unknown case `gamma`, link to a folder of cases/");
    spoilt(FACTS, "slug = \"beta\"", "slug = \"Not A Slug\"").refused("unknown case `Not A Slug`");
    spoilt(FACTS, "slug = \"beta\"", "slug = \"alpha\"").refused("related `alpha` is this case or stands twice");
    let twice = "how = \"same\"\n\n[[related]]\nslug = \"beta\"\nhow ";
    spoilt(FACTS, "how ", twice).refused_near("related `beta` is this case or stands twice");
    spoilt(EN, "```sequence main", "```sequence second").refused("no readable sequences/second.toml");
    spoilt(EN, "```file repro/run.sh", "```file repro/gone.sh").refused("no file `repro/gone.sh` in the case's folder");
    spoilt(EN, "```file repro/run.sh", "```file evidence/look.txt").refused("names no file of repro/");
    spoilt(EN, "```file repro/run.sh", "```file repro/../zh.md").refused("names no file of repro/");
    spoilt(EN, "```tool dead-peer", "```tool time-machine")
        .refused("unknown tool `time-machine`, use one of dead-peer");
}

#[test]
fn links_use_https_and_our_own_schemes_only() {
    let bad = [
        "http://example.com/",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:x",
        "file:///etc/passwd",
        "mailto:a@example.com",
        "//example.com/",
        "/zh/cases/alpha",
        "alpha",
        "&#106;avascript:alert(1)",
        "https:example.com",
        "\\\\example.com",
    ];
    for target in bad {
        with_words(&format!("[x]({target})")).refused("link to case:slug, signal:id, #id or https://…");
        with_words(&format!("[x][y]\n\n[y]: {target}")).refused("link to case:slug, signal:id, #id or https://…");
    }
    with_words("<javascript:alert(1)>").refused("link to case:slug");
    with_words("<someone@example.com>").refused("link to case:slug");
    with_words("[x](<https://a.example/\" onclick=\"alert(1)>)").refused("link to case:slug");
    with_words("[x](<https://a.example/ b>)").refused("link to case:slug");
    with_words("[x](<#a\" onclick=\"alert(1)>)").refused("nothing in this page has the id");
    with_words("[x](<case:alpha\" onclick=\"alert(1)>)").refused("unknown case");
    for good in ["[x](https://a.example/?a=1&b=2)", "[x](https://a.example/ \"t\\\" onclick=\\\"alert(1)\")"] {
        let library =
            Fixture::good().edit(EN, "see [CLOSE_WAIT]", &format!("see {good}, [CLOSE_WAIT]")).load().unwrap();
        assert_harmless(&library);
    }
}

#[test]
fn pictures_come_from_the_evidence_folder_and_have_words() {
    let elsewhere = [
        "https://a.example/x.png",
        "http://a.example/x.png",
        "../x.png",
        "evidence/../../x.png",
        "/x.png",
        "evidence/look.gif",
        "evidence/look.txt",
        "repro/run.sh",
        "data:image/svg+xml,x",
        "x.png",
    ];
    for source in elsewhere {
        with_words(&format!("![x]({source})")).refused("put a png, svg or webp into the case's evidence folder");
    }
    with_words("![x](evidence/gone.png)").refused("no picture `evidence/gone.png` in the case's folder");
    with_words("![](evidence/look.svg) and words").refused("an image without words");
}

#[test]
fn the_words_of_a_picture_stay_words() {
    for words in [
        "a\" onerror=\"alert(1)",
        "a > b & c < d",
        "*strong* `code` _x_",
        "[a](case:beta)",
        "![in](evidence/look.svg)",
        "backlog",
    ] {
        with_words(&format!("![{words}](evidence/look.svg)")).harmless();
        spoilt(ZH, "![队列的图]", &format!("![{words}]")).harmless();
    }
    let library =
        Fixture::good().edit(EN, "![The queue as a drawing]", "![A \"quoted\" *word* & `code`]").load().unwrap();
    let pictures: Vec<(String, String)> = made_html(&library)
        .iter()
        .flat_map(|text| {
            let piece = html::fragment(text);
            let picture =
                |e: scraper::ElementRef<'_>| (e.attr("alt").unwrap().to_owned(), e.attr("src").unwrap().to_owned());
            piece.select(&html::css("img")).map(picture).collect::<Vec<_>>()
        })
        .collect();
    let file = "/files/alpha/evidence/look.svg".to_owned();
    assert_eq!(pictures, [("队列的图".to_owned(), file.clone()), ("A “quoted” word & code".to_owned(), file)]);
}

#[test]
fn columns_are_aligned_without_inline_style() {
    let table = "| State | Meaning |\n|---|---|\n| LISTEN | waits |";
    let aligned = "| State | Count | Share |\n|:--|--:|:-:|\n| `style=\"text-align: right\"` | 7 | x |";
    let library = Fixture::good().edit(EN, table, aligned).load().unwrap();
    assert_harmless(&library);
    let found = made_html(&library).into_iter().find(|text| text.contains("Count")).unwrap();
    let piece = html::fragment(found);
    let right: Vec<String> = piece.select(&html::css("th.r, td.r")).map(html::words).collect();
    assert_eq!(right, ["Count", "7"]);
    assert_eq!(piece.select(&html::css("td code")).map(html::words).next().unwrap(), "style=\"text-align: right\"");
}

#[test]
fn raw_html_is_refused_wherever_it_stands() {
    let hostile = [
        "<script>alert(1)</script>",
        "<script src=https://a.example/x.js></script>",
        "<iframe src=\"https://a.example/\"></iframe>",
        "<p onclick=\"alert(1)\">x</p>",
        "<svg onload=\"alert(1)\"><path/></svg>",
        "<img src=x onerror=alert(1)>",
        "<br>",
        "</div>",
        "<base href=\"https://a.example/\">",
        "<meta http-equiv=\"refresh\" content=\"0\">",
        "<form action=\"https://a.example/\">",
        "<object data=\"x\"></object>",
        "<embed src=\"x\">",
        "<!-- words -->",
        "<?php x ?>",
        "<!DOCTYPE html>",
        "<![CDATA[x]]>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<b>x</b>",
        "<math><mi></mi></math>",
        "<style>*{}</style>",
    ];
    for tag in hostile {
        with_words(tag).refused("raw HTML, write Markdown");
        with_words(&format!("Words {tag} and more.")).refused("raw HTML");
        with_words(&format!("> Words {tag} and more.")).refused("raw HTML");
        with_words(&format!("- Words {tag} and more.")).refused("raw HTML");
        with_words(&format!("| a {tag} | b |\n|---|---|\n| c | d |")).refused("raw HTML");
        spoilt(EN, "> Nobody calls `accept`.", &format!("> Nobody {tag} calls `accept`.")).refused("raw HTML");
        spoilt(EN, "### Connections without a pid", &format!("### Connections {tag} without a pid"))
            .refused("raw HTML");
        spoilt(EN, "- `ss -ltn`: Recv-Q is 0.", &format!("- `ss -ltn`: Recv-Q {tag} is 0.")).refused("raw HTML");
        spoilt(EN, "Read the `Recv-Q` column.", &format!("Read {tag} the column.")).refused("take the rest out");
        spoilt(EN, "Look at the last step.", &format!("Look {tag} at the last step.")).refused("take the rest out");
        let quoted = tag.replace('"', "'");
        spoilt(EN, "\"Nobody calls `accept`.\"", &format!("\"Nobody {quoted} calls.\"")).refused("take the rest out");
    }
}

#[test]
fn code_and_recorded_output_may_say_anything() {
    let hostile = "</code></pre><script>alert(\"1\")</script><b onclick='x'>&amp;";
    let inline = Fixture::good().edit(EN, "see [CLOSE_WAIT]", &format!("see `{hostile}` and [CLOSE_WAIT]"));
    assert_harmless(&inline.load().unwrap());
    for language in
        ["text", "sh", "go", "python", "js", "java", "c", "rust", "nginx", "json", "sql", "http", "php", "lua"]
    {
        let fence = format!(
            "```{language}\n{hostile}\n'{hostile}\n\"{hostile}\n// {hostile}\n# {hostile}\n/* {hostile}\n```\n\n"
        );
        let fixture = Fixture::good()
            .edit(EN, "Watch ListenOverflows", &(fence.clone() + "Watch ListenOverflows"))
            .edit(ZH, "盯住 ListenOverflows", &(fence + "盯住 ListenOverflows"))
            .with("cases/alpha/repro/run.sh", format!("{hostile}\n'{hostile}\n"))
            .with("cases/alpha/evidence/log.txt", format!("{hostile}\n2\n3\n{hostile}\n"));
        assert_harmless(&fixture.load().unwrap_or_else(|problems| panic!("{language}: {problems:#?}")));
    }
}

#[test]
fn files_that_a_page_shows_are_coloured_when_they_are_read() {
    let script = "#!/bin/sh\n\nss -tan   # what it shows\n\n";
    let fixture = Fixture::good().with("cases/alpha/repro/run.sh", script).with("cases/alpha/repro/extra.sh", script);
    let library = fixture.load().unwrap();
    let files = &library.cases().next().unwrap().files;
    let coloured = &files["repro/run.sh"].coloured;
    assert!(coloured.0.contains("<span class=") && coloured.plain() == script, "{coloured:?}");
    for path in ["repro/extra.sh", "evidence/main.pcap"] {
        assert_eq!(files[path].coloured.0, "", "{path} is only offered");
    }
}

#[test]
fn fences_name_a_language_and_diffs_have_signs() {
    let nginx = "```nginx tab=\"nginx\"";
    spoilt(EN, nginx, "```").refused("a fence without a language, name one of text sh go");
    spoilt(EN, nginx, "```cobol")
        .refused("unknown fence `cobol`, use evidence, sequence, file, tool or one of text sh");
    spoilt(EN, nginx, "```nginx title=\"x\"").refused("unknown option `title=\"x\"` of a fence");
    spoilt(EN, nginx, "```nginx tab=\"nginx").refused("is not closed, add the quote");
    spoilt(EN, " l := listen()", "l := listen()")
        .found_at("```go diff")
        .refused("line 1 of a diff starts with `l`, start it with +, - or");
    spoilt(EN, "+limit(l, 8192)", "＋limit(l, 8192)")
        .found_at("```go diff")
        .refused("line 3 of a diff starts with `＋`");
    spoilt(EN, "Requests time out", "    indented\n\nRequests time out").refused("a fence without a language");
    with_words("- item\n\n  ```go\n  x\n  ```").found_at("```go\n  x").refused("a fence inside a list or quote");
    with_words("> ```go\n> x\n> ```").refused("a fence inside a list or quote");
    with_words("- ## Fix").refused("a heading inside a list or quote");
}

#[test]
fn ids_of_headings_are_kebab_case_and_free() {
    spoilt(EN, " {#no-pid}", "").refused("a ### heading without an id");
    spoilt(EN, "{#no-pid}", "{#No_Pid}").refused("a ### heading without an id");
    spoilt(EN, "{#no-pid}", "{#fix}").refused("the id `fix` is taken");
    // Ids that the page itself has around the text.
    for taken in [
        "related",
        "sources",
        "signals",
        "feedback",
        "main",
        "dead-peer",
        "ev-look",
        "gl-backlog",
        "check-1",
        "g-syn",
        "hatch",
    ] {
        spoilt(EN, "{#no-pid}", &format!("{{#{taken}}}")).refused(&format!("the id `{taken}` is taken"));
    }
    let heading = "### Connections without a pid {#no-pid}\n";
    spoilt(EN, heading, &format!("{heading}\nWords.\n\n{heading}\n")).refused_near("the id `no-pid` is taken");
    let tool = "```tool dead-peer\n```";
    spoilt(EN, tool, &format!("{tool}\n\n{tool}")).refused_near("tool dead-peer is shown twice");
}

#[test]
fn han_and_latin_are_set_apart() {
    for (bad, finding) in [
        ("accept队列", "no space between “t” and “队”, put one there"),
        ("队列accept", "no space between “列” and “a”"),
        ("40ms之后", "no space between “s” and “之”"),
        ("调用`accept`", "no space between “用” and “`code`”"),
        ("好 ，的", "a space next to “，”, take it out"),
        ("好, 的", "half-width “,” after “好”, use the full-width one"),
        ("请您重试", "“您”, write “你”"),
        ("完了！", "an exclamation mark"),
    ] {
        spoilt(ZH, "请求超时，见", &format!("{bad}，见")).refused(finding);
        spoilt(ZH, "title       = \"大量 CLOSE_WAIT", &format!("title       = \"{bad}")).refused(finding);
        spoilt(FACTS, "\"端口还通\"", &format!("\"{bad}\""))
            .found_at("\"请求超时\"")
            .refused(&format!("zh: {finding}"));
        spoilt("signals.toml", "about = { zh = \"对端已关", &format!("about = {{ zh = \"{bad}"))
            .found_at("[state.close-wait]")
            .refused(finding);
        spoilt(SEQUENCE, "about = { zh = \"时序", &format!("about = {{ zh = \"{bad}")).refused(finding);
    }
    spoilt(ZH, "看 `Recv-Q` 一列。", "看`Recv-Q` 一列。").refused("no space between “看” and “`code`”");
    spoilt(EN, "Requests time out", "Requests time out，").refused("full-width “，” in English");
}

#[test]
fn titles_are_short_and_one_a_case() {
    let title = "\"Many CLOSE_WAIT sockets, requests time out\"";
    spoilt(ZH, "大量 CLOSE_WAIT，请求超时", &"长".repeat(43))
        .refused("the title is too long, keep it under 42 Han or 84 letters");
    spoilt(EN, title, "\"\"").refused("is empty, write it");
    let problems = spoilt("cases/beta/en.md", "\"A few connections hang\"", title).fixture.problems();
    let twins = |p: &Problem| {
        p.line == 2 && (p.what.contains("has the title of alpha") || p.what.contains("has the title of beta"))
    };
    assert!(problems.iter().any(twins), "{problems:#?}");
}

#[test]
fn diagrams_are_data_that_fits_together() {
    spoilt(SEQUENCE, "unit  = \"s\"", "unit  = \"h\"").refused("unknown unit, use \"s\" or \"ms\"");
    spoilt(SEQUENCE, "role = \"client\"", "role = \"proxy\"").refused("unknown role of nginx");
    spoilt(SEQUENCE, "packet = \"syn\"", "packet = \"hello\"")
        .found_at("[[step]]")
        .refused("unknown packet `hello`, use one of syn synack");
    spoilt(SEQUENCE, "to = \"app\"", "to = \"db\"")
        .found_at("[[step]]")
        .refused("unknown host `db` in `to`, use one of nginx, app");
    spoilt(SEQUENCE, "to = \"app\"", "to = \"nginx\"").found_at("[[step]]").refused("a packet from a host to itself");
    spoilt(SEQUENCE, "at = 0.0", "at = [1]").found_at("[[step]]").refused("`at` is no number");
    spoilt(SEQUENCE, "packet = \"syn\"", "packet = \"syn\"\ngap = \"x\"")
        .found_at("[[step]]")
        .refused("more than one of packet, state");
    spoilt(
        SEQUENCE,
        "[[host]]\nid = \"app\"\nname = { zh = \"Go 服务\", en = \"Go service\" }\nrole = \"server\"\n",
        "",
    )
    .found_in(SEQUENCE, 1)
    .refused("1 hosts, draw two or three");
    let fixture = Fixture::good().append(SEQUENCE, &"\n[[step]]\ngap = \"x\"\n".repeat(60));
    Spoilt { fixture, path: SEQUENCE.to_owned(), line: 1 }.refused("65 steps, keep it under 60");
    with_file("cases/alpha/sequences/second.txt", "x").refused("is no .toml file");
}

#[test]
fn folders_are_slugs_and_hold_what_a_case_holds() {
    for folder in ["Alpha", "al_pha", "-alpha", "alpha-", "αλφα", &"a".repeat(61)] {
        with_file(&format!("cases/{folder}/case.toml"), "").refused("is no slug, use a-z, 0-9 and -, at most 60");
    }
    with_file("cases/alpha/notes.md", "x").refused("is nothing that a case holds");
    with_file("cases/alpha/evidence.txt", "x").refused("is nothing that a case holds");
    for name in ["evidence/a b.pcap", "evidence/%41.svg", "repro/跑.sh", "repro/a\"b.sh", "sequences/a?.toml"] {
        with_file(&format!("cases/alpha/{name}"), "x").refused("has a name that needs escaping");
    }
    with_file("cases/readme.txt", "x").refused("stands beside the cases");
    with_file("index.html", "x").refused("is nothing that content/ holds");
    with_file("playgrounds/x.toml", "x").refused("is no playground, name it NAME.toml");
    with_file("cases/gamma/evidence/x.txt", "x").found_in("cases/gamma/case.toml", 1).refused("is missing, add it");
    for path in ["vocabulary.toml", "signals.toml", "glossary.toml"] {
        Spoilt { fixture: Fixture::good().without(path), path: path.to_owned(), line: 1 }.refused("is missing, add it");
    }
}

#[test]
fn texts_are_utf8() {
    for path in
        [ZH, EN, FACTS, SEQUENCE, "signals.toml", "glossary.toml", "vocabulary.toml", "cases/alpha/evidence/log.txt"]
    {
        let mut bytes = Fixture::good().text(path).into_bytes();
        bytes.splice(0..0, *b"\n\n\xff");
        with_file(path, bytes).found_in(path, 3).refused("is not UTF-8, save it as UTF-8");
    }
    let text = Fixture::good().text(EN);
    assert_eq!(
        Fixture::good().with(EN, format!("\u{feff}{text}")).problems(),
        [],
        "a byte order mark is looked through"
    );
    assert_eq!(Fixture::good().with(EN, text.replace('\n', "\r\n")).problems(), [], "so are the line ends of Windows");
}

#[test]
fn control_characters_are_refused_in_words() {
    spoilt(EN, "Requests time out", "Requests\u{0}time out").refused("a control character");
    spoilt(EN, "Requests time out", "Requests\u{1b}[2J time out").refused("a control character");
    spoilt(EN, "title       = \"Many", "title       = \"\\u0000Many").refused("a control character");
    spoilt(FACTS, "value  = \"×513\"", "value  = \"\\u0007513\"")
        .found_at("id     = \"state.close-wait\"")
        .refused("a control character");
    spoilt("signals.toml", "zh = \"CLOSE_WAIT 堆积\"", "zh = \"\\u0001\"")
        .found_at("[state.close-wait]")
        .refused("a control character");
}

#[test]
fn control_characters_are_refused_in_code_output_and_names() {
    spoilt(EN, "keepalive 64;", "keepalive\u{8}64;").refused("a control character");
    spoilt(EN, "```nginx tab=\"nginx\"", "```nginx tab=\"ng\u{7f}inx\"").refused("a control character");
    spoilt(EN, "- `ss -ltn`", "- `ss\u{9b}-ltn`").refused("a control character");
    with_file("cases/alpha/evidence/log.txt", "1\n2\rtwo\n3\n4\n")
        .found_in("cases/alpha/evidence/log.txt", 2)
        .refused("a control character");
    assert_eq!(Fixture::good().with("cases/alpha/evidence/log.txt", "1\t2\r\n2\r\n3\r\n4\r\n").problems(), []);
    spoilt(FACTS, "title = \"RFC 9293\"", "title = \"RFC\\u0007 9293\"")
        .found_at("url   = ")
        .refused("a control character");
    spoilt(FACTS, "with = [\"Linux 6.18\"]", "with = [\"Linux\\u0000 6.18\"]")
        .found_at("on   = ")
        .refused("a control character");
    for (from, to) in [("command = \"ss", "command = \"\\u001bss"), ("host    = \"server", "host    = \"\\u0085server")]
    {
        spoilt(FACTS, from, to).found_at("[evidence.look]").refused("a control character");
    }
    for (from, to) in [
        ("short = \"CLOSE_WAIT\"", "short = \"CLOSE\\u0000WAIT\""),
        ("\"CLOSE-WAIT\"", "\"CLOSE\\nWAIT\""),
        ("command = \"ss", "command = \"\\u001bss"),
    ] {
        spoilt("signals.toml", from, to).found_at("[state.close-wait]").refused("a control character");
    }
}

#[test]
fn front_matter_is_there_and_closed() {
    spoilt(EN, "+++\n", "").found_in(EN, 1).refused("no front matter");
    spoilt(EN, "+++\n\n## Symptom", "\n## Symptom").found_in(EN, 1).refused("no front matter");
    with_file(EN, "").refused("no front matter");
    with_file(EN, "+++").refused("no front matter");
}

#[test]
fn endless_nesting_is_refused_soon() {
    const DEEP: usize = 10_000;
    let nested = [
        ">", "> ", "- ", "* ", "+ ", "-\t", "1. ", "1) ", "> 1. ", "[", "![", "*", "_", "*a _b ", "**a ", "<", "<a ",
        "[a](",
    ];
    for piece in nested {
        let text = piece.repeat(DEEP) + "x";
        with_words(&text).refused("is nested too deeply, write it flatter");
        with_words(&format!("> {text}")).refused("is nested too deeply");
    }
    let indented: String = (0..200).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect();
    with_words(&indented).refused_near("is nested too deeply");
    with_words(&("[".repeat(300) + &"](#fix)".repeat(300))).harmless();
    for text in ["[".repeat(DEEP), format!("{}1{}", "[".repeat(DEEP), "]".repeat(DEEP)), "{a=".repeat(DEEP)] {
        with_file(FACTS, format!("difficulty = {text}")).refused("content/README.md");
        with_file("signals.toml", format!("x = {text}")).refused("content/README.md");
    }
}

#[test]
fn what_repeats_for_ever_costs_little() {
    const SIZE: usize = 250 * 1024;
    let repeated = [
        "[x](#a) ",
        "[x](#fix)\n",
        "![x](evidence/look.svg)\n",
        "[\n",
        "]\n",
        "*a\n",
        "**a\n",
        "_a_ ",
        "`\n",
        "`a``b```c\n",
        "<b>\n",
        "<b\n",
        "<!--\n",
        "<?\n",
        "<![CDATA[\n",
        "&amp;\n",
        "&\n",
        "a\n",
        "\n",
        "> a\n",
        "- a\n",
        "1. a\n",
        "1. \n\n",
        "|a|b|\n",
        "[a]: #b\n",
        "[a]\n",
        "[a][b]\n",
        "\\\n",
        "  \n",
        "### a {#a}\n",
        "## Fix\n\nx\n\n",
        "```go\nx\n```\n\n",
        "```evidence look\n```\n\n",
        "中a",
        "中a\n",
        "accept ",
        "backlog ",
        "\t",
        "-\t\n",
        "~~~\n",
    ];
    for piece in repeated {
        println!("{piece:?}");
        with_words(&format!("\n{}", piece.repeat(SIZE / piece.len()))).harmless();
    }
    let table = format!("\n|{}\n|{}\n{}", "a|".repeat(300), "-|".repeat(300), "|\n".repeat(50_000));
    with_words(&table).harmless();
    let numbers = format!("mute    = [{}]", "9,".repeat(SIZE / 2));
    spoilt(FACTS, "mute    = [1]", &numbers).harmless();
    for piece in [
        "mute = [1]\n",
        "[[signal]]\nid = \"x\"\nweight = 1\n",
        "[evidence.look]\n",
        "#\n",
        "a.b.c = 1\n",
        "x = \"\"\"\n",
    ] {
        println!("{piece:?}");
        with_file(FACTS, piece.repeat(SIZE / piece.len())).harmless();
    }
    with_file("cases/alpha/repro/run.sh", "'\"`/*".repeat(SIZE / 5)).harmless();
}

#[test]
fn a_finding_is_one_line_whatever_the_file_says() {
    let fixture = Fixture::good()
        .edit(FACTS, "id     = \"error.timeout\"", "id     = \"error\\n\\u001b[2J\\rx\"")
        .with("cases/alpha/evi\ndence", "x")
        .append(
            "signals.toml",
            "[\"a\\nb\".c]\nzh = \"x\"\nen = \"x\"\nshort = \"x\"\nspellings = []\nabout = \"x\"\n",
        );
    assert!(fixture.problems().len() >= 3, "{:#?}", fixture.problems());
    for problem in fixture.problems() {
        assert!(!problem.to_string().chars().any(char::is_control), "{problem:?}");
    }
}

#[test]
fn files_that_are_no_plain_small_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::good().write_to(folder.path());
    let place = |path: &str| folder.path().join(path);
    fs::write(place("cases/alpha/evidence/five.pcap"), vec![0; 5 * 1024 * 1024]).unwrap();
    fs::write(place("cases/beta/zh.md"), "a".repeat(10 * 1024 * 1024)).unwrap();
    fs::write(place("cases/beta/en.md"), "a\n".repeat(150 * 1024)).unwrap();
    symlink("/etc/passwd", place("cases/alpha/evidence/passwd.txt")).unwrap();
    symlink("/etc", place("cases/alpha/repro/etc")).unwrap();
    symlink(place("cases/alpha"), place("cases/gamma")).unwrap();
    let findings = check(folder.path());
    for finding in [
        "cases/alpha/evidence/five.pcap:1: has 5242880 bytes, keep it under 4194304",
        "cases/beta/zh.md:1: has 10485760 bytes, keep it under 4194304",
        "cases/beta/en.md:1: has 307200 bytes, keep a text under 262144",
        "cases/alpha/evidence/passwd.txt:1: is neither a file nor a folder, put a plain file there",
        "cases/alpha/repro/etc:1: is neither a file nor a folder, put a plain file there",
        "cases/gamma:1: is neither a file nor a folder, put a plain file there",
    ] {
        assert!(findings.iter().any(|f| f == finding), "no {finding:?} among {findings:#?}");
    }
    assert!(!findings.iter().any(|f| f.contains("root:")), "{findings:#?}");
}

/// What `packet-clinic check DIR` prints, which must be findings, all of them, and nothing else.
#[track_caller]
fn check(folder: &Path) -> Vec<String> {
    let output = packet_clinic().arg("check").arg(folder).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<String> = common::printed(&output).lines().map(str::to_owned).collect();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("{} problems\n", lines.len()));
    for line in &lines {
        let (path, rest) = line.split_once(':').unwrap();
        let (number, what) = rest.split_once(": ").unwrap();
        assert!(!path.is_empty() && number.parse::<usize>().is_ok_and(|n| n > 0) && !what.is_empty(), "{line}");
    }
    lines
}

#[test]
fn check_prints_every_problem_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::good()
        .edit(FACTS, "difficulty = 2", "difficulty = 4")
        .edit(FACTS, "mark = [\"513\", \"512\"]", "mark = [\"514\"]")
        .edit(EN, "Requests time out", "<b>Requests</b> time out")
        .edit(ZH, "盯住 ListenOverflows", "盯住ListenOverflows")
        .edit("cases/beta/en.md", "Give every call a limit.", "See [x](#gone).")
        .with("stray.txt", "x");
    fixture.write_to(folder.path());
    let findings = check(folder.path());
    let expected: Vec<String> = fixture.problems().iter().map(ToString::to_string).collect();
    assert_eq!(findings, expected, "order and words are those of the library");
    for path in [FACTS, EN, ZH, "cases/beta/en.md", "stray.txt"] {
        assert!(findings.iter().any(|f| f.starts_with(&format!("{path}:"))), "nothing about {path} in {findings:#?}");
    }
    assert!(findings.len() >= 6, "{findings:#?}");
    assert!(fixture.problems().is_sorted(), "sorted by place");
}

#[test]
fn check_counts_what_is_good() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::good().write_to(folder.path());
    fs::write(folder.path().join(".hidden"), "editors leave such files").unwrap();
    let output = packet_clinic().arg("check").arg(folder.path()).output().unwrap();
    assert_eq!(common::printed(&output), "2 cases, 3 signals, 1 terms, 0 presets: no problems\n");
    assert!(output.status.success());
    assert_eq!(common::run(&["check", "/no/such/folder"]).status.code(), Some(2));
}

/// One change of a file's bytes.
#[derive(Debug, Clone)]
enum Change {
    Delete { at: usize, count: usize },
    Repeat { at: usize, count: usize, times: usize },
    Replace { at: usize, with: Vec<u8> },
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0_usize..1_000_000;
    // Bytes that mean something to Markdown or TOML, and any bytes.
    let telling = prop::sample::select(b"<>[]()*_`#|-+=\"'{}\\!&:; \n\t\r\0~.0a\xe4\xff".to_vec());
    let bytes = prop_oneof![prop::collection::vec(telling, 1..12), prop::collection::vec(any::<u8>(), 1..6)];
    prop_oneof![
        (at.clone(), 1_usize..400).prop_map(|(at, count)| Change::Delete { at, count }),
        (at.clone(), 1_usize..200, 1_usize..200).prop_map(|(at, count, times)| Change::Repeat { at, count, times }),
        (at, bytes).prop_map(|(at, with)| Change::Replace { at, with }),
    ]
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        let span = |at: usize, count: usize| {
            let from = at % (length + 1);
            from..(from + count).min(length)
        };
        match self {
            Change::Delete { at, count } => drop(bytes.drain(span(*at, *count))),
            Change::Repeat { at, count, times } => {
                let piece = bytes[span(*at, *count)].repeat(*times);
                let from = at % (length + 1);
                drop(bytes.splice(from..from, piece));
            }
            Change::Replace { at, with } => drop(bytes.splice(span(*at, with.len()), with.iter().copied())),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_file_however_spoilt_panics_or_hangs_the_loader(file in 0_usize..100, changes in prop::collection::vec(change(), 1..5)) {
        let good = Fixture::good();
        let (path, bytes) = good.files().nth(file % good.files().count()).unwrap();
        let (path, mut bytes) = (path.to_owned(), bytes.to_vec());
        changes.iter().for_each(|change| change.apply(&mut bytes));
        match load_soon(&good.clone().with(&path, bytes)) {
            Ok(library) => assert_harmless(&library),
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }
}
