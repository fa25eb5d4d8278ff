//! Facets: filters in the URL, as links, with counts. Values of one facet are OR-ed, facets are AND-ed.

use std::collections::BTreeMap;

use super::text::Text;
use crate::domain::{Case, Layer, Library, SignalId};

/// The facets, by the name they have in the URL.
pub const FACETS: [&str; 4] = ["layer", "symptom", "tool", "runtime"];

/// More options than this hide the ones that matter.
const MOST_OPTIONS: usize = 12;

/// What a visitor chose. Unknown names and values are kept out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    chosen: BTreeMap<&'static str, Vec<String>>,
}

/// A facet with its options.
pub struct FacetView {
    pub name: &'static str,
    pub options: Vec<OptionView>,
}

/// A value that may be chosen.
pub struct OptionView {
    pub name: String,
    pub href: String,
    pub count: usize,
    pub chosen: bool,
}

impl Filters {
    /// Reads pairs of a query string.
    pub fn from_pairs<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>, library: &Library) -> Filters {
        let mut filters = Filters::default();
        for (name, value) in pairs {
            let Some(facet) = FACETS.iter().find(|f| **f == name) else { continue };
            let values = filters.chosen.entry(facet).or_default();
            if values.len() < MOST_OPTIONS && !values.iter().any(|v| v == value) && is_known(facet, value, library) {
                values.push(value.to_owned());
            }
        }
        filters.chosen.retain(|_, values| !values.is_empty());
        filters
    }

    /// How many values are chosen.
    pub fn count(&self) -> usize {
        self.chosen.values().map(Vec::len).sum()
    }

    /// Whether a case fits all facets.
    pub fn accept(&self, case: &Case) -> bool {
        FACETS.iter().all(|facet| self.accepts_in(facet, case))
    }

    fn accepts_in(&self, facet: &str, case: &Case) -> bool {
        let Some(wanted) = self.chosen.get(facet) else { return true };
        values_of(facet, case).iter().any(|value| wanted.contains(value))
    }

    /// The facets over some cases; each option's count is what one would see after choosing it.
    /// `path` is the page, `query` what else stands in its URL.
    pub fn facets(
        &self,
        cases: &[&Case],
        library: &Library,
        t: Text,
        path: &str,
        query: &[(&str, &str)],
    ) -> Vec<FacetView> {
        FACETS
            .iter()
            .filter_map(|facet| {
                let others: Vec<&&Case> = cases
                    .iter()
                    .filter(|case| FACETS.iter().filter(|f| *f != facet).all(|f| self.accepts_in(f, case)))
                    .collect();
                let mut counts: BTreeMap<String, usize> = BTreeMap::new();
                for value in others.iter().flat_map(|case| values_of(facet, case)) {
                    *counts.entry(value).or_default() += 1;
                }
                for value in self.chosen.get(facet).into_iter().flatten() {
                    counts.entry(value.clone()).or_default();
                }
                let mut options: Vec<OptionView> = counts
                    .into_iter()
                    .filter_map(|(value, count)| {
                        Some(OptionView {
                            name: name_of(facet, &value, library, t)?,
                            href: self.toggled(facet, &value).href(path, query),
                            count,
                            chosen: self.chosen.get(facet).is_some_and(|v| v.contains(&value)),
                        })
                    })
                    .collect();
                options.sort_by(|a, b| b.chosen.cmp(&a.chosen).then(b.count.cmp(&a.count)).then(a.name.cmp(&b.name)));
                options.truncate(MOST_OPTIONS.max(self.chosen.get(facet).map_or(0, Vec::len)));
                let name = match *facet {
                    "layer" => t.facet_layer(),
                    "symptom" => t.facet_symptom(),
                    "tool" => t.facet_tool(),
                    _ => t.facet_runtime(),
                };
                (!options.is_empty()).then_some(FacetView { name, options })
            })
            .collect()
    }

    fn toggled(&self, facet: &'static str, value: &str) -> Filters {
        let mut next = self.clone();
        let values = next.chosen.entry(facet).or_default();
        match values.iter().position(|v| v == value) {
            Some(at) => drop(values.remove(at)),
            None => values.push(value.to_owned()),
        }
        next.chosen.retain(|_, values| !values.is_empty());
        next
    }

    /// The page's URL with these filters.
    pub fn href(&self, path: &str, query: &[(&str, &str)]) -> String {
        let mut pairs: Vec<String> =
            query.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| format!("{k}={}", encode(v))).collect();
        for (facet, values) in &self.chosen {
            pairs.extend(values.iter().map(|v| format!("{facet}={}", encode(v))));
        }
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    }
}

/// The values of a case in a facet.
fn values_of(facet: &str, case: &Case) -> Vec<String> {
    match facet {
        "layer" => case.layers.iter().map(|l| l.code().to_owned()).collect(),
        "symptom" => case.signals.iter().map(|s| s.id.as_str().to_owned()).collect(),
        "tool" => case.tools.clone(),
        _ => case.runtimes.clone(),
    }
}

/// Whether some case may have the value.
fn is_known(facet: &str, value: &str, library: &Library) -> bool {
    match facet {
        "layer" => Layer::from_code(value).is_some(),
        "symptom" => SignalId::parse(value).is_some_and(|id| library.signal(&id).is_some()),
        "tool" => library.cases().any(|case| case.tools.iter().any(|tool| tool == value)),
        _ => library.cases().any(|case| case.runtimes.iter().any(|runtime| runtime == value)),
    }
}

/// What an option is called; only signals that people name as what they see are symptoms.
fn name_of(facet: &str, value: &str, library: &Library, t: Text) -> Option<String> {
    match facet {
        "layer" => Layer::from_code(value).map(|layer| t.layer(layer).to_owned()),
        "symptom" => {
            let signal = library.signal(&SignalId::parse(value)?)?;
            signal.area.map(|_| signal.name.get(t.0).clone())
        }
        _ => Some(value.to_owned()),
    }
}

/// Percent-encodes a query value.
pub fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
