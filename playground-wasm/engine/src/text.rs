//! Texts put together. What the standard library offers is made to be fast for long lists, and larger for that.

use alloc::string::String;

/// Texts with another one between them.
pub fn join<T: AsRef<str>>(parts: &[T], between: &str) -> String {
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        out.push_str(if i > 0 { between } else { "" });
        out.push_str(part.as_ref());
    }
    out
}

/// What stands behind the first occurrence of a word.
pub fn behind<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.char_indices().find_map(|(at, _)| text.get(at..)?.strip_prefix(word))
}
