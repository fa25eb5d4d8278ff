//! JSON in the making, straight into text. A writer of our own for the reason for which there is a reader: typed encoding
//! makes a function of every shape.

use alloc::string::String;

/// Half-written JSON: the caller opens and closes, commas come by themselves. A key is empty inside lists.
#[derive(Debug, Clone, Default)]
pub struct Json(pub String);

impl Json {
    fn key(&mut self, key: &str) -> &mut String {
        if !key.is_empty() {
            self.name(key);
        }
        self.comma();
        &mut self.0
    }

    fn comma(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
    }

    /// A key, which may be empty, of the value that follows without one.
    pub fn name(&mut self, key: &str) {
        self.comma();
        quote(&mut self.0, key);
        self.0.push(':');
    }

    /// An object or a list begins: `{`, `[`.
    pub fn open(&mut self, key: &str, bracket: char) -> &mut Json {
        self.key(key).push(bracket);
        self
    }

    /// It ends: `}`, `]`.
    pub fn close(&mut self, bracket: char) -> &mut Json {
        self.0.push(bracket);
        self
    }

    /// A text.
    pub fn text(&mut self, key: &str, text: &str) -> &mut Json {
        quote(self.key(key), text);
        self
    }

    /// A whole number.
    pub fn number(&mut self, key: &str, n: i64) -> &mut Json {
        decimal(self.key(key), n, 0);
        self
    }

    /// `true`, `false`.
    pub fn flag(&mut self, key: &str, flag: bool) -> &mut Json {
        self.word(key, if flag { "true" } else { "false" })
    }

    /// A text, or null.
    pub fn maybe_text(&mut self, key: &str, text: Option<&str>) -> &mut Json {
        match text {
            Some(text) => self.text(key, text),
            None => self.null(key),
        }
    }

    /// A number, or null.
    pub fn maybe(&mut self, key: &str, n: Option<i64>) -> &mut Json {
        match n {
            Some(n) => self.number(key, n),
            None => self.null(key),
        }
    }

    /// Null.
    pub fn null(&mut self, key: &str) -> &mut Json {
        self.word(key, "null")
    }

    /// A value that is written already.
    pub fn word(&mut self, key: &str, written: &str) -> &mut Json {
        self.key(key).push_str(written);
        self
    }
}

/// A text in quotes.
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    // What needs no escape is copied in one piece.
    let mut plain = 0;
    for (at, b) in text.as_bytes().iter().enumerate() {
        let b = *b;
        if b >= b' ' && b != b'"' && b != b'\\' {
            continue;
        }
        out.push_str(text.get(plain..at).unwrap_or(""));
        plain = at + 1;
        if b < b' ' {
            out.push_str("\\u00");
            for digit in [b >> 4, b & 15] {
                out.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
            }
        } else {
            out.push('\\');
            out.push(b.into());
        }
    }
    out.push_str(text.get(plain..).unwrap_or(""));
    out.push('"');
}

/// A number with so many decimal places, without the zeros at its end.
pub fn decimal(out: &mut String, n: i64, mut places: usize) {
    if n < 0 {
        out.push('-');
    }
    let mut left = n.unsigned_abs();
    while places > 0 && left.is_multiple_of(10) {
        left /= 10;
        places -= 1;
    }
    let mut digits = [b'0'; 24];
    let mut i = digits.len();
    loop {
        i -= 1;
        if let Some(d) = digits.get_mut(i) {
            *d = b'0' + (left % 10) as u8;
        }
        left /= 10;
        if left == 0 && digits.len() - i > places {
            break;
        }
    }
    let point = digits.len() - places;
    for (at, d) in digits.iter().enumerate().skip(i) {
        if at == point {
            out.push('.');
        }
        out.push(char::from(*d));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_between() {
        let mut json = Json::default();
        json.open("", '{').text("a", "x\"\\\n,").open("b", '[').number("", -1).open("", '[').close(']');
        json.flag("", true).close(']').maybe("c", None).maybe("d", Some(i64::MIN)).maybe_text("e", Some("")).close('}');
        assert_eq!(json.0, r#"{"a":"x\"\\\u000a,","b":[-1,[],true],"c":null,"d":-9223372036854775808,"e":""}"#);
    }

    #[test]
    fn decimals_end_without_zeros() {
        let said = |n, places| {
            let mut out = String::new();
            decimal(&mut out, n, places);
            out
        };
        assert_eq!([said(1230, 3), said(-5, 1), said(0, 3), said(70, 1)], ["1.23", "-0.5", "0", "7"]);
    }
}
