//! A whole query, over any bytes, against an index of a few cases.

use std::sync::LazyLock;

use packet_clinic::content::{self, Files};
use packet_clinic::domain::Library;
use packet_clinic::search::{Found, Kind, SearchIndex};

/// As many cases are enough for hits, and few enough to ask often.
const CASES: usize = 5;
/// Fewer than there are cases, so that it is felt.
const LIMIT: usize = 4;

static LIBRARY: LazyLock<(Library, SearchIndex)> = LazyLock::new(|| {
    let all = content::load(&Files::embedded()).unwrap_or_else(|found| panic!("{found:?}"));
    let cases = all.cases().take(CASES).cloned().collect();
    let library = Library::new(cases, all.signals().cloned().collect(), all.glossary.clone(), all.wordings.clone());
    let index = SearchIndex::build(&library).unwrap_or_else(|error| panic!("{error}"));
    (library, index)
});

/// No panic; the same again; bounded; what is taken out stays out.
pub fn check(bytes: &[u8]) {
    let typed = String::from_utf8_lossy(bytes);
    let found = search(&typed, &[]);
    assert_eq!(format!("{found:?}"), format!("{:?}", search(&typed, &[])), "the same query gave something else");
    assert_sound(&found);
    for concept in found.understood.concepts.iter().take(2) {
        let code = concept.id.code().to_owned();
        let rest = search(&typed, std::slice::from_ref(&code));
        assert_sound(&rest);
        assert!(rest.understood.concepts.iter().all(|c| c.id.code() != code), "{code} was not taken out");
    }
}

fn search(typed: &str, without: &[String]) -> Found {
    let (library, index) = &*LIBRARY;
    index.search_without(library, typed, without, LIMIT).unwrap_or_else(|error| panic!("{error}"))
}

fn assert_sound(found: &Found) {
    let share = |value: f32| (0.0..=1.0).contains(&value);
    let asked = &found.understood.asked;
    assert!(found.hits.len() <= LIMIT, "{} hits", found.hits.len());
    assert!(found.hits.is_sorted_by(|a, b| a.score >= b.score), "{:?}", found.hits);
    for hit in &found.hits {
        let sound = hit.score.is_finite() && hit.score > 0.0 && share(hit.coverage) && share(hit.relative);
        assert!(sound && (1..=5).contains(&hit.bars()) && !hit.matched.is_empty(), "{hit:?}");
    }
    let plain = asked.iter().filter(|a| !matches!(a.token.kind, Kind::Concept | Kind::Wording)).count();
    assert!(plain <= 200 && found.understood.corrected.len() <= 12, "{plain} tokens");
    for a in asked {
        assert!(a.weight.is_finite() && a.weight > 0.0 && a.rarity.is_finite() && a.rarity > 0.0, "{a:?}");
    }
    for (at, a) in asked.iter().enumerate() {
        assert!(asked[..at].iter().all(|before| before.token.text != a.token.text), "{a:?} is asked twice");
    }
}
