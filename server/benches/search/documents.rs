//! Cases by the hundred thousand, in memory, of words as they are met in texts: few of them often, most of them seldom.
//! The same seed gives the same cases and queries. The commonest words are those of the real library; the tail is made up.

use std::collections::HashMap;

use packet_clinic::domain::case::{CaseSignal, CaseText, Day, Difficulty, Evidence, Hit, Inline};
use packet_clinic::domain::page_text::{Block, SafeHtml, Section, SectionId};
use packet_clinic::domain::{Both, Case, Lang, Layer, Library, Slug};

use crate::random::Random;

/// Words of each language that nobody uses but somebody did once.
const TAIL: usize = 40_000;
/// And identifiers.
const IDENTIFIERS: usize = 10_000;

/// Words, the commonest first, drawn with a frequency of about one over their place.
struct Zipf {
    words: Vec<String>,
    below: Vec<f64>,
}

impl Zipf {
    fn new(words: Vec<String>) -> Zipf {
        let mut sum = 0.0;
        let below = (0..words.len()).map(|place| {
            sum += 1.0 / (place as f64 + 2.7);
            sum
        });
        Zipf { below: below.collect(), words }
    }

    fn draw(&self, random: &mut Random) -> &str {
        let all = self.below.last().copied().unwrap_or(0.0);
        let at = all * random.between(0, 1 << 30) as f64 / f64::from(1 << 30);
        &self.words[self.below.partition_point(|below| *below < at).min(self.words.len() - 1)]
    }
}

/// What cases are made of.
pub struct Words {
    zh: Zipf,
    en: Zipf,
    identifiers: Zipf,
}

impl Words {
    /// The words of the real library and a made-up tail.
    pub fn new(library: &Library) -> Words {
        let mut random = Random::of_case(7, 0);
        let (mut zh, mut en) = (HashMap::new(), HashMap::new());
        for text in library.cases().flat_map(|case| [&case.text.zh, &case.text.en]) {
            for block in text.sections.iter().flat_map(|section| &section.blocks) {
                let Block::Words(html) = block else { continue };
                count(&html.plain(), &mut zh, &mut en);
            }
        }
        let (mut zh, mut en) = (by_frequency(zh), by_frequency(en));
        let han: Vec<char> = zh.iter().flat_map(|word| word.chars()).chain('\u{4e00}'..'\u{5400}').collect();
        zh.extend((0..TAIL).map(|_| (0..2).map(|_| han[random.between(0, han.len() - 1)]).collect()));
        en.extend((0..TAIL).map(|_| syllables(&mut random, 2, 4)));
        let spelled = library.signals().flat_map(|signal| signal.spellings.clone()).filter(|s| s.is_ascii());
        let mut identifiers: Vec<String> = spelled.collect();
        identifiers.extend((0..IDENTIFIERS).map(|_| {
            let parts: Vec<String> = (0..random.between(2, 3)).map(|_| syllables(&mut random, 1, 2)).collect();
            match random.between(0, 2) {
                0 => parts.join("_").to_uppercase(),
                1 => parts.join("."),
                _ => parts.join("-"),
            }
        }));
        Words { zh: Zipf::new(zh), en: Zipf::new(en), identifiers: Zipf::new(identifiers) }
    }

    fn text(&self, lang: Lang, words: usize, random: &mut Random) -> String {
        let mut text = String::new();
        for number in 0..words {
            let identifier = random.between(0, 14) == 0;
            let word = match lang {
                _ if identifier => self.identifiers.draw(random),
                Lang::Zh => self.zh.draw(random),
                Lang::En => self.en.draw(random),
            };
            let close = lang == Lang::Zh && !identifier && !text.ends_with(|c: char| c.is_ascii());
            text.push_str(if number == 0 || close { "" } else { " " });
            text.push_str(word);
            if random.between(0, 11) == 0 {
                text.push_str(match lang {
                    Lang::Zh => "，",
                    Lang::En => ",",
                });
            }
        }
        text
    }

    /// A library of so many cases, with the signals and terms of the real one.
    pub fn library(&self, real: &Library, cases: usize) -> Library {
        let signals: Vec<_> = real.signals().cloned().collect();
        let names = Zipf::new(signals.iter().map(|signal| signal.id.to_string()).collect());
        let made = (0..cases).filter_map(|number| self.case(real, &names, number)).collect();
        Library::new(made, signals, real.glossary.clone(), real.wordings.clone())
    }

    fn case(&self, real: &Library, names: &Zipf, number: usize) -> Option<Case> {
        let random = &mut Random::of_case(1, number);
        let mut case = real.cases().next()?.clone();
        let mut shown: Vec<CaseSignal> = Vec::new();
        for _ in 0..random.between(2, 5) {
            let id = packet_clinic::domain::SignalId::parse(names.draw(random))?;
            if !shown.iter().any(|signal| signal.id == id) {
                let weight = u8::try_from(random.between(1, 5)).ok()?;
                shown.push(CaseSignal { id, weight, hot: false, glance: false, value: None });
            }
        }
        let day = Day { year: 2026, month: 11, day: 22 };
        let mut text = Both::make(|lang| CaseText {
            title: self.text(lang, 7, random),
            description: self.text(lang, 18, random),
            cause: inline(self.text(lang, 10, random)),
            fix: inline(self.text(lang, 10, random)),
            environment: inline(self.text(lang, 5, random)),
            ..CaseText::default()
        });
        for (words, lang) in [(&mut text.zh, Lang::Zh), (&mut text.en, Lang::En)] {
            let paragraphs = (0..3).map(|_| Block::Words(SafeHtml(format!("<p>{}</p>", self.text(lang, 25, random)))));
            words.sections = vec![Section { id: SectionId::Cause, blocks: paragraphs.collect() }];
        }
        let output = format!("{}\n{}\n", self.text(Lang::En, 8, random), self.text(Lang::En, 8, random));
        let hits = vec![Hit {
            line: 1,
            ..real.cases().flat_map(|c| c.evidence.values()).flat_map(|e| &e.hits).next()?.clone()
        }];
        let evidence = Evidence {
            command: Some("ss -tan".to_owned()),
            label: None,
            host: None,
            output,
            hits,
            mute: Vec::new(),
            show: Vec::new(),
            pcap: None,
        };
        case.slug = Slug::parse(&format!("case-{number:06}"))?;
        (case.published, case.updated, case.checked_on) = (day, day, day);
        (case.layers, case.difficulty) = (vec![Layer::Tcp], Difficulty::new(1)?);
        case.symptoms = Both::make(|lang| (0..2).map(|_| self.text(lang, 6, random)).collect());
        (case.signals, case.text) = (shown, text);
        (case.tools, case.runtimes, case.related, case.sources) = (vec![], vec![], vec![], vec![]);
        let terms = &real.glossary;
        case.terms = (0..random.between(0, 8)).map(|_| terms[random.between(0, terms.len() - 1)].id.clone()).collect();
        case.checked_with = Vec::new();
        case.sequences.clear();
        case.files.clear();
        case.evidence = [("log".to_owned(), Box::new(evidence))].into();
        Some(case)
    }

    /// So many queries of two to six words each; every third has a slip in its longest word.
    pub fn queries(&self, count: usize) -> Vec<String> {
        let query = |number| {
            let random = &mut Random::of_case(2, number);
            let words = random.between(2, 6);
            let lang = Lang::ALL[number % 2];
            let text = self.text(lang, words, random) + " " + self.identifiers.draw(random);
            if number % 3 == 0 { with_slip(&text, random) } else { text }
        };
        (0..count).map(query).collect()
    }
}

fn inline(text: String) -> Inline {
    Inline { html: SafeHtml(text.clone()), text }
}

/// Counts words: runs of letters, and neighbouring pairs of Han characters.
fn count(text: &str, zh: &mut HashMap<String, usize>, en: &mut HashMap<String, usize>) {
    for run in text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        if run.is_ascii() {
            *en.entry(run.to_lowercase()).or_default() += 1;
        }
        let han: Vec<char> = run.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).collect();
        for pair in han.chunks_exact(2) {
            *zh.entry(pair.iter().collect()).or_default() += 1;
        }
    }
}

fn by_frequency(counts: HashMap<String, usize>) -> Vec<String> {
    let mut words: Vec<(usize, String)> = counts.into_iter().map(|(word, count)| (count, word)).collect();
    words.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    words.into_iter().map(|(_, word)| word).collect()
}

fn syllables(random: &mut Random, low: usize, high: usize) -> String {
    let one = |random: &mut Random| {
        let ends = ["", "n", "r", "st", "l", "ck"];
        let (start, middle) = (random.between(0, 15), random.between(0, 4));
        let end = ends[random.between(0, ends.len() - 1)];
        format!("{}{}{end}", &"bcdfghklmnprstvw"[start..=start], &"aeiou"[middle..=middle])
    };
    (0..random.between(low, high)).map(|_| one(random)).collect()
}

/// Swaps two neighbouring letters of the longest word of letters.
fn with_slip(text: &str, random: &mut Random) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    let Some(longest) = words.max_by_key(|word| word.len()).filter(|word| word.len() >= 5) else {
        return text.to_owned();
    };
    let mut letters: Vec<char> = longest.chars().collect();
    let at = random.between(1, letters.len() - 3);
    letters.swap(at, at + 1);
    text.replacen(longest, &letters.into_iter().collect::<String>(), 1)
}
