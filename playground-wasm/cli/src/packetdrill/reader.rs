//! Reading a script's text, character by character.

/// The text with its comments left out; lines stay where they are.
pub fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let (mut chars, mut quoted, mut shell) = (text.chars().peekable(), false, false);
    let mut last = '\n';
    while let Some(c) = chars.next() {
        if c == '`' {
            shell = !shell;
        }
        if c == '"' {
            quoted = !quoted;
        }
        let next = chars.peek().copied();
        if !shell && !quoted && c == '/' && next == Some('/') || c == '#' && last == '\n' && !shell {
            while chars.peek().is_some_and(|c| *c != '\n') {
                chars.next();
            }
            continue;
        }
        if !shell && !quoted && c == '/' && next == Some('*') {
            let mut before = ' ';
            for c in chars.by_ref() {
                if c == '\n' {
                    out.push('\n');
                }
                if before == '*' && c == '/' {
                    break;
                }
                before = c;
            }
            continue;
        }
        out.push(c);
        last = c;
    }
    out
}

/// A place in the text of a script.
pub struct Reader<'a> {
    /// All of it.
    pub text: &'a str,
    /// Where we are.
    pub at: usize,
}

impl Reader<'_> {
    /// The next character.
    pub fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    /// Takes it.
    pub fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Takes this if it stands here.
    pub fn eat(&mut self, s: &str) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(s));
        if found {
            self.at += s.len();
        }
        found
    }

    /// Over white space.
    pub fn space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.bump();
        }
    }

    /// Over white space of this line.
    pub fn blanks(&mut self) {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.bump();
        }
    }

    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.text[..self.at].matches('\n').count() + 1
    }

    /// Everything up to the character, which is taken too.
    pub fn until(&mut self, end: char) -> String {
        let mut out = String::new();
        while let Some(c) = self.bump() {
            if c == end {
                break;
            }
            out.push(c);
        }
        out
    }

    /// As long as the characters are of this kind.
    pub fn word(&mut self, is: impl Fn(char) -> bool) -> String {
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|c| is(*c)) {
            out.push(c);
            self.bump();
        }
        out
    }
}

/// No script takes longer than ten days.
const LONGEST: i64 = 864_000;

/// Seconds with a fraction, as microseconds.
fn micros(text: &str) -> Result<i64, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| format!("{text} is no time"))? };
    let mut digits: String = fraction.chars().take(6).collect();
    while digits.len() < 6 {
        digits.push('0');
    }
    let fraction: i64 = digits.parse().map_err(|_| format!("{text} is no time"))?;
    if whole > LONGEST {
        return Err(format!("{text} s is too long"));
    }
    Ok(whole * 1_000_000 + fraction)
}

/// Seconds, as microseconds.
pub fn time(p: &mut Reader) -> Result<i64, String> {
    let mut text = String::new();
    while let Some(c) = p.peek() {
        let dots = p.text.get(p.at..).is_some_and(|r| r.starts_with("..."));
        if !(c.is_ascii_digit() || c == '.') || dots {
            break;
        }
        text.push(c);
        p.bump();
    }
    micros(&text)
}
