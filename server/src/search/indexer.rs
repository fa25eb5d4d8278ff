//! Library → tantivy index, in memory. Texts are analysed by us and stored as ready tokens.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::thread;

use lru::LruCache;

use tantivy::schema::{Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value};
use tantivy::tokenizer::{TextAnalyzer, WhitespaceTokenizer};
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, TantivyDocument};

use super::SearchError;
use super::analysis::{Joins, tokens_and_units};
use super::concepts::{ConceptId, Concepts};
use super::passages::Passages;
use crate::domain::page_text::Block;
use crate::domain::{Case, Lang, Library, Slug};

/// Memory for building in bytes, a thread: enough for 5,000 cases at once.
const BUILD_MEMORY: usize = 32_000_000;
/// And for each case of a larger library, so that it is built in few pieces: every query looks into each of them.
const BUILD_MEMORY_OF_CASE: usize = 6_400;

/// The fields of a document, the telling ones first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    pub slug: Field,
    pub title: Field,
    pub signals: Field,
    pub symptoms: Field,
    pub body: Field,
}

impl Fields {
    /// Searched fields, their names, and how much a match in them counts.
    pub fn weighted(&self) -> [(Field, &'static str, f32); 4] {
        [
            (self.title, "title", 0.7),
            (self.signals, "signals", 0.6),
            (self.symptoms, "symptoms", 1.0),
            (self.body, "body", 1.3),
        ]
    }
}

/// An index over one library.
pub struct SearchIndex {
    pub(super) reader: IndexReader,
    pub(super) fields: Fields,
    pub(super) concepts: Concepts,
    /// The passages of cases that were found lately.
    passages: Mutex<LruCache<Slug, Arc<Passages>>>,
    size: usize,
}

/// The passages of so many cases are kept: about 20 KB a case.
const PASSAGES_KEPT: NonZeroUsize = NonZeroUsize::new(500).unwrap();

impl SearchIndex {
    /// Builds the index.
    pub fn build(library: &Library) -> Result<SearchIndex, SearchError> {
        let mut schema = Schema::builder();
        let ready = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default().set_tokenizer("ready").set_index_option(IndexRecordOption::WithFreqs),
        );
        let fields = Fields {
            slug: schema.add_text_field("slug", STORED),
            title: schema.add_text_field("title", ready.clone()),
            signals: schema.add_text_field("signals", ready.clone()),
            symptoms: schema.add_text_field("symptoms", ready.clone()),
            body: schema.add_text_field("body", ready),
        };
        let index =
            Index::create(tantivy::directory::RamDirectory::create(), schema.build(), IndexSettings::default())?;
        index.tokenizers().register("ready", TextAnalyzer::from(WhitespaceTokenizer::default()));

        let threads =
            thread::available_parallelism().map_or(1, usize::from).min(library.cases().len().div_ceil(500).max(1));
        let concepts = Concepts::new(library);
        let memory = (BUILD_MEMORY * threads).max(library.cases().len() * BUILD_MEMORY_OF_CASE);
        let mut writer = index.writer_with_num_threads::<TantivyDocument>(threads, memory)?;
        let cases: Vec<&Case> = library.cases().collect();
        // Analysis is most of the work, and cases do not know of each other.
        thread::scope(|scope| -> Result<(), SearchError> {
            let parts = cases.chunks(cases.len().div_ceil(threads).max(1));
            let workers: Vec<_> =
                parts.map(|part| scope.spawn(|| add_all(&writer, fields, &concepts, part, library))).collect();
            workers.into_iter().try_for_each(|w| w.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })?;
        writer.commit()?;
        writer.wait_merging_threads()?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let passages = Mutex::new(LruCache::new(PASSAGES_KEPT));
        Ok(SearchIndex { reader, fields, concepts, passages, size: library.cases().len() })
    }

    /// The passages of a case; read when a search first finds it.
    pub(super) fn passages(&self, case: &Case) -> Arc<Passages> {
        let kept = || self.passages.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(passages) = kept().get(&case.slug) {
            return Arc::clone(passages);
        }
        let passages = Arc::new(Passages::of(&self.concepts, case));
        kept().put(case.slug.clone(), Arc::clone(&passages));
        passages
    }

    /// How many cases are indexed.
    pub fn len(&self) -> usize {
        self.size
    }

    /// Whether nothing is indexed.
    pub fn is_empty(&self) -> bool {
        self.size == 0
    }

    pub(super) fn slug_of(&self, document: &TantivyDocument) -> Option<Slug> {
        document.get_first(self.fields.slug).and_then(|v| v.as_str()).and_then(Slug::parse)
    }
}

fn add_all(
    writer: &IndexWriter<TantivyDocument>,
    fields: Fields,
    concepts: &Concepts,
    cases: &[&Case],
    library: &Library,
) -> Result<(), SearchError> {
    for case in cases {
        let mut document = TantivyDocument::default();
        document.add_text(fields.slug, case.slug.as_str());
        let analysed = |text: &str, joins| with_concepts(concepts, text, joins);
        document.add_text(fields.title, analysed(&titles(case), Joins::Words));
        document.add_text(fields.signals, analysed(&signals(case, library), Joins::Words));
        for term in &case.terms {
            document.add_text(fields.signals, ConceptId::Term(term.clone()).token().text);
        }
        document.add_text(fields.symptoms, analysed(&symptoms(case), Joins::Words));
        document.add_text(fields.body, analysed(&body(case), Joins::Identifiers));
        writer.add_document(document)?;
    }
    Ok(())
}

/// The tokens of a text, those of the concepts it names among them.
pub(super) fn with_concepts(concepts: &Concepts, text: &str, joins: Joins) -> String {
    let (mut tokens, units) = tokens_and_units(text, joins);
    concepts.each(&units, |concept, _, _| {
        tokens.push_str(&concept.id.token().text);
        tokens.push(' ');
    });
    tokens
}

fn titles(case: &Case) -> String {
    case.text.iter().map(|(_, t)| t.title.as_str()).collect::<Vec<_>>().join("\n")
}

fn signals(case: &Case, library: &Library) -> String {
    let mut text = String::new();
    for signal in case.signals.iter().filter_map(|s| library.signal(&s.id)) {
        for words in
            [&signal.name.zh, &signal.name.en, &signal.short.zh, &signal.short.en].into_iter().chain(&signal.spellings)
        {
            text.push_str(words);
            text.push('\n');
        }
    }
    text
}

fn symptoms(case: &Case) -> String {
    let lines = Lang::ALL.into_iter().flat_map(|lang| case.symptoms.get(lang));
    lines.map(String::as_str).collect::<Vec<_>>().join("\n")
}

fn body(case: &Case) -> String {
    let mut text = String::new();
    for (_, words) in case.text.iter() {
        for line in [&words.description, &words.cause.text, &words.fix.text, &words.environment.text] {
            text.push_str(line);
            text.push('\n');
        }
        for block in words.sections.iter().flat_map(|s| &s.blocks) {
            match block {
                Block::Words(html) => text.push_str(&html.plain()),
                Block::Heading { text: t, .. } => text.push_str(t),
                Block::Statement(html) => text.push_str(&html.plain()),
                Block::Evidence { caption, notes, .. } => {
                    text.push_str(&caption.plain());
                    notes.iter().for_each(|(_, note)| text.push_str(note));
                }
                Block::Checks(checks) => checks.iter().for_each(|c| {
                    text.push_str(&c.command);
                    text.push('\n');
                    text.push_str(&c.html.plain());
                    text.push('\n');
                }),
                Block::Code(_) | Block::Sequence { .. } | Block::File { .. } | Block::Tool(_) => {}
            }
            text.push('\n');
        }
    }
    for evidence in case.evidence.values() {
        let hit = |number: usize| evidence.hits.iter().any(|h| h.line == number);
        let hits = evidence.lines().zip(1..).filter(|(_, number)| hit(*number)).map(|(line, _)| line);
        for line in evidence.command.as_deref().into_iter().chain(hits) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
