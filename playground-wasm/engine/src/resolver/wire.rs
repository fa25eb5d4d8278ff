//! Names as they go on the wire, and how a capture prints them. Left out: compression.

use alloc::string::String;
use alloc::vec::Vec;

/// RFC 1035 section 2.3.4: labels are at most 63 bytes, names 255 with their length bytes.
const LABEL_MAX: usize = 63;
const NAME_MAX: usize = 255;

/// A name that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Vec<Vec<u8>>);

impl Name {
    /// From text whose dots separate labels and where no byte is special (Go, musl). The final dot is optional. `None` when
    /// a label is empty or too long, or the whole is.
    pub fn plain(text: &str) -> Option<Name> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Some(Name(Vec::new()));
        }
        checked(text.split('.').map(|label| label.as_bytes().to_vec()).collect())
    }

    /// From text in which a backslash escapes a byte or three digits (`ns_name_pton` of glibc).
    pub fn escaped(text: &str) -> Option<Name> {
        let mut labels = Vec::new();
        let mut label = Vec::new();
        let mut bytes = text.bytes().peekable();
        let mut ended = true;
        while let Some(byte) = bytes.next() {
            ended = false;
            match byte {
                b'\\' => {
                    let next = bytes.next()?;
                    if next.is_ascii_digit() {
                        let (tens, ones) = (bytes.next()?, bytes.next()?);
                        if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
                            return None;
                        }
                        let value = u32::from(next - b'0') * 100 + u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
                        label.push(u8::try_from(value).ok()?);
                    } else {
                        label.push(next);
                    }
                }
                b'.' => {
                    if label.is_empty() && !(labels.is_empty() && bytes.peek().is_none()) {
                        return None;
                    }
                    if !label.is_empty() {
                        labels.push(core::mem::take(&mut label));
                    }
                    ended = true;
                }
                byte => label.push(byte),
            }
        }
        if !ended {
            labels.push(label);
        }
        checked(labels)
    }

    /// Labels of the name.
    pub fn labels(&self) -> &[Vec<u8>] {
        &self.0
    }

    /// Absolute, odd bytes as `\DDD`.
    pub fn shown(&self) -> String {
        if self.0.is_empty() {
            return ".".into();
        }
        let mut out = String::new();
        for label in &self.0 {
            for &byte in label {
                match byte {
                    b'.' | b'\\' | 0..=b' ' | 0x7f.. => {
                        out.push('\\');
                        for unit in [byte / 100, byte / 10 % 10, byte % 10] {
                            out.push(char::from(b'0' + unit));
                        }
                    }
                    byte => out.push(char::from(byte)),
                }
            }
            out.push('.');
        }
        out
    }

    /// True when every label consists of letters, digits, `-` and `_`, and the name does not begin with `-`
    /// (`res_hnok` of glibc).
    pub fn is_host_name(&self) -> bool {
        let fine = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        self.0.iter().all(|label| label.iter().all(fine)) && self.0.first().and_then(|l| l.first()) != Some(&b'-')
    }
}

fn checked(labels: Vec<Vec<u8>>) -> Option<Name> {
    let fits = labels.iter().all(|l| (1..=LABEL_MAX).contains(&l.len()));
    let total: usize = labels.iter().map(|l| l.len() + 1).sum::<usize>() + 1;
    (fits && total <= NAME_MAX).then_some(Name(labels))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn prints_odd_bytes() {
        let shown = |text| Name::plain(text).map(|n| n.shown());
        assert_eq!(shown("app.corp.test"), Some("app.corp.test.".to_string()));
        assert_eq!(shown("a\\b.test"), Some("a\\092b.test.".to_string()));
        assert_eq!(shown("b\u{fc}.test"), Some("b\\195\\188.test.".to_string()));
        assert_eq!(shown("."), Some(".".to_string()));
        assert_eq!(shown("a..b"), None);
        assert_eq!(shown("app.."), None);
    }

    #[test]
    fn reads_escapes() {
        let shown = |text| Name::escaped(text).map(|n| n.shown());
        assert_eq!(shown("a\\b.test"), Some("ab.test.".to_string()));
        assert_eq!(shown("a\\046b.test"), Some("a\\046b.test.".to_string()));
        assert_eq!(shown("a\\"), None);
        assert_eq!(shown("a\\999"), None);
        assert_eq!(shown("."), Some(".".to_string()));
        assert_eq!(shown(".."), None);
        assert_eq!(shown(".a"), None);
        assert_eq!(shown("app.corp.test."), Some("app.corp.test.".to_string()));
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let label = "a".repeat(63);
        assert!(Name::plain(&label).is_some());
        assert!(Name::plain(&"a".repeat(64)).is_none());
        let long = [label.as_str(); 4].join(".");
        assert_eq!(long.len(), 255);
        assert!(Name::plain(&long).is_none());
        assert!(Name::plain(&long[2..]).is_some());
    }
}
