//! Everything in content/, joined by id across languages. Immutable once built.

use std::collections::BTreeMap;

use super::case::{Case, Slug};
use super::glossary::{Term, Wording};
use super::playground::Bench;
use super::preset::{Playground, Preset};
use super::signal::{Area, Signal, SignalId};

/// A checked library: every slug and signal it mentions exists.
#[derive(Debug, Default)]
pub struct Library {
    cases: BTreeMap<Slug, Case>,
    signals: BTreeMap<SignalId, Signal>,
    shown_by: BTreeMap<SignalId, Vec<Slug>>,
    /// Terms by id.
    pub glossary: Vec<Term>,
    /// Ordinary words by id.
    pub wordings: Vec<Wording>,
    /// Presets by id.
    pub presets: Vec<Preset>,
    /// Playgrounds, in the order in which pages list them.
    pub benches: Vec<Bench>,
}

impl Library {
    /// Joins the parts. The caller has checked that every reference resolves.
    pub fn new(cases: Vec<Case>, signals: Vec<Signal>, glossary: Vec<Term>, wordings: Vec<Wording>) -> Library {
        let cases: BTreeMap<Slug, Case> = cases.into_iter().map(|c| (c.slug.clone(), c)).collect();
        let mut shown_by: BTreeMap<SignalId, Vec<Slug>> = BTreeMap::new();
        for case in cases.values() {
            for signal in &case.signals {
                shown_by.entry(signal.id.clone()).or_default().push(case.slug.clone());
            }
        }
        for (id, slugs) in &mut shown_by {
            slugs.sort_by_key(|slug| (std::cmp::Reverse(cases[slug].weight_of(id)), slug.clone()));
        }
        let signals = signals.into_iter().map(|s| (s.id.clone(), s)).collect();
        Library { cases, signals, shown_by, glossary, wordings, presets: Vec::new(), benches: Vec::new() }
    }

    /// The same with presets, whose cases the caller has checked, and the playgrounds on which they are at home.
    pub fn with_presets(self, presets: Vec<Preset>, benches: Vec<Bench>) -> Library {
        Library { presets, benches, ..self }
    }

    /// One preset.
    pub fn preset(&self, id: &Slug) -> Option<&Preset> {
        self.presets.iter().find(|preset| preset.id == *id)
    }

    /// The page of a playground.
    pub fn bench(&self, playground: Playground) -> Option<&Bench> {
        self.benches.iter().find(|bench| bench.playground == playground)
    }

    /// The presets of a playground, the first one first.
    pub fn presets_at(&self, bench: &Bench) -> Vec<&Preset> {
        let mut all: Vec<&Preset> = self.presets.iter().filter(|p| p.playground == bench.playground).collect();
        all.sort_by_key(|preset| preset.id != bench.first);
        all
    }

    /// The presets that a case embeds, the one beside its text first.
    pub fn presets_of(&self, case: &Slug) -> Vec<&Preset> {
        let mut all: Vec<&Preset> = self.presets.iter().filter(|preset| preset.cases.contains(case)).collect();
        all.sort_by_key(|preset| !preset.beside.contains(case));
        all
    }

    /// All cases, by slug.
    pub fn cases(&self) -> impl ExactSizeIterator<Item = &Case> {
        self.cases.values()
    }

    /// All cases, the newest first.
    pub fn newest(&self) -> Vec<&Case> {
        let mut all: Vec<&Case> = self.cases.values().collect();
        all.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.slug.cmp(&b.slug)));
        all
    }

    /// One case.
    pub fn case(&self, slug: &Slug) -> Option<&Case> {
        self.cases.get(slug)
    }

    /// All signals, by id.
    pub fn signals(&self) -> impl ExactSizeIterator<Item = &Signal> {
        self.signals.values()
    }

    /// One signal.
    pub fn signal(&self, id: &SignalId) -> Option<&Signal> {
        self.signals.get(id)
    }

    /// The cases that show a signal, the one it weighs most in first.
    pub fn cases_with(&self, id: &SignalId) -> impl ExactSizeIterator<Item = &Case> {
        let slugs = self.shown_by.get(id).map(Vec::as_slice).unwrap_or_default();
        slugs.iter().filter_map(|slug| self.cases.get(slug)).collect::<Vec<_>>().into_iter()
    }

    /// How many cases show a signal.
    pub fn count_with(&self, id: &SignalId) -> usize {
        self.shown_by.get(id).map_or(0, Vec::len)
    }

    /// The symptoms of an area that at least one case shows, the commonest first.
    pub fn symptoms_in(&self, area: Area) -> Vec<(&Signal, usize)> {
        let mut found: Vec<_> = self
            .signals
            .values()
            .filter(|s| s.area == Some(area))
            .map(|s| (s, self.cases_with(&s.id).len()))
            .filter(|(_, n)| *n > 0)
            .collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.id.cmp(&b.0.id)));
        found
    }
}
