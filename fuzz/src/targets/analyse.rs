//! Pasted text → reading → folding → tokens → concepts, over any bytes.

use std::sync::LazyLock;

use packet_clinic::content::{self, Files};
use packet_clinic::search::part_read;
use packet_clinic::search::probe::Probe;

/// Stands around every unit of a stream.
const UNIT: char = '\u{1}';

static PROBE: LazyLock<Probe> =
    LazyLock::new(|| Probe::new(&content::load(&Files::embedded()).unwrap_or_else(|found| panic!("{found:?}"))));

/// No panic; the same again; bounded; nothing in a token that the index would take for its own.
pub fn check(bytes: &[u8]) {
    let typed = String::from_utf8_lossy(bytes);
    let steps = PROBE.steps(part_read(&typed));
    assert_eq!(steps, PROBE.steps(part_read(&typed)), "the same text gave something else");
    assert!(steps.text.len() <= 8 * 1024, "{} bytes of text are analysed", steps.text.len());
    let characters: usize = steps.folded.iter().map(|line| line.chars().count()).sum();
    assert!(steps.tokens.len() <= 4 * characters, "{} tokens of {characters} characters", steps.tokens.len());
    for token in &steps.tokens {
        let text = &token.text;
        assert!(!text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '§' || c == UNIT), "{token:?}");
    }
    let asked = steps.tokens.iter().map(|token| token.text.as_str());
    assert!(asked.eq(steps.indexed.split_whitespace()), "index and query disagree: {:?}", steps.indexed);
    assert!(steps.units.starts_with(UNIT) && steps.units.ends_with(UNIT), "{:?}", steps.units);
    for (concept, named) in &steps.concepts {
        let whole = named.len() > 1 && named.starts_with(UNIT) && named.ends_with(UNIT);
        assert!(whole && steps.units.contains(named.as_str()), "{concept:?} named by {named:?}");
    }
}
