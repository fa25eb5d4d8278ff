//! The line of a field in a JSON text, by the path that the engine complains about: `client[2].opts.nodelay`.

/// The 1-based line on which a field stands; of one that is missing, that of the innermost object or list that is there.
pub fn line_of_field(text: &str, path: &str) -> usize {
    let mut walk = Walk { text: text.as_bytes(), at: 0 };
    let mut found = walk.begin();
    for step in steps(path) {
        let Some(at) = walk.enter(&step) else { break };
        found = at;
    }
    super::problems::line_of(text, found)
}

enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let mut pieces = part.split('[');
        steps.extend(pieces.next().filter(|key| !key.is_empty()).map(Step::Key));
        steps.extend(pieces.filter_map(|index| index.trim_end_matches(']').parse().ok()).map(Step::Item));
    }
    steps
}

/// A place in a text that is known to be JSON.
struct Walk<'a> {
    text: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    /// Goes to the next byte that is no blank, comma or colon, and gives its place.
    fn begin(&mut self) -> usize {
        while self.text.get(self.at).is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b',' | b':')) {
            self.at += 1;
        }
        self.at
    }

    /// From an object or list into one of its fields; gives the place of its name, or of the item.
    fn enter(&mut self, step: &Step) -> Option<usize> {
        let open = match step {
            Step::Key(_) => b'{',
            Step::Item(_) => b'[',
        };
        if self.text.get(self.begin()) != Some(&open) {
            return None;
        }
        self.at += 1;
        for count in 0.. {
            let place = self.begin();
            if matches!(self.text.get(place), None | Some(b'}' | b']')) {
                return None;
            }
            match step {
                Step::Item(wanted) if count == *wanted => return Some(place),
                Step::Item(_) => {}
                Step::Key(wanted) => {
                    self.skip();
                    let name = self.text.get(place + 1..self.at.saturating_sub(1));
                    if name == Some(wanted.as_bytes()) {
                        self.begin();
                        return Some(place);
                    }
                    self.begin();
                }
            }
            self.skip();
        }
        None
    }

    /// Goes behind a value.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.text.get(self.at) {
            match byte {
                b'"' => self.skip_text(),
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => return,
                b'}' | b']' => depth -= 1,
                b',' | b':' if depth == 0 => return,
                _ => {}
            }
            self.at += 1;
            let scalar_goes_on =
                self.text.get(self.at).is_some_and(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b));
            if depth == 0 && !(scalar_goes_on && *byte != b'"') {
                return;
            }
        }
    }

    /// From the quotation mark that opens a text to the one that closes it.
    fn skip_text(&mut self) {
        self.at += 1;
        while let Some(byte) = self.text.get(self.at).filter(|b| **b != b'"') {
            self.at += if *byte == b'\\' { 2 } else { 1 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::line_of_field;

    #[test]
    fn fields_are_found_by_their_path() {
        let text = "{\n \"name\": \"a{[\\\"\",\n \"client\": [\n  {\"op\": \"connect\"},\n  {\"op\": \"send\",\n   \"n\": -1.5e3}\n ],\n \"x\": null\n}";
        for (path, line) in [
            ("name", 2),
            ("client", 3),
            ("client[0].op", 4),
            ("client[1]", 5),
            ("client[1].n", 6),
            ("client[1].absent", 5),
            ("client[7]", 3),
            ("x", 8),
            ("x.y", 8),
            ("the input", 1),
            ("", 1),
        ] {
            assert_eq!(line_of_field(text, path), line, "{path}");
        }
        for odd in ["", "[", "{\"", "{\"a\"", "{\"a\":[[", "\u{4e2d}"] {
            assert!(line_of_field(odd, "a[0].b[1]") >= 1);
        }
    }
}
