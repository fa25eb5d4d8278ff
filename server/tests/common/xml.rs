//! Reads well-formed XML without DTDs, or says where it is not well-formed: strict where an HTML parser forgives.

/// An element.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// The text directly in it.
    pub text: String,
}

impl Element {
    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Children of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the only child of a name.
    #[track_caller]
    pub fn one(&self, name: &str) -> &str {
        let found: Vec<_> = self.all(name).collect();
        assert_eq!(found.len(), 1, "<{name}> in <{}>", self.name);
        &found[0].text
    }
}

/// Reads a document.
#[track_caller]
pub fn parse(text: &str) -> Element {
    let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>").expect("an XML declaration");
    let mut open = vec![Element::default()];
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            let words = plain(&rest[..end]);
            open.last_mut().expect("an element is open").text += &words;
            rest = &rest[end..];
            continue;
        };
        let end = tag.find('>').expect("a tag ends");
        let inside = &tag[..end];
        rest = &tag[end + 1..];
        if let Some(name) = inside.strip_prefix('/') {
            close(&mut open, name);
            continue;
        }
        let (inside, empty) = inside.strip_suffix('/').map_or((inside, false), |i| (i, true));
        let element = start_tag(inside);
        let name = element.name.clone();
        open.push(element);
        if empty {
            close(&mut open, &name);
        }
    }
    assert_eq!(open.len(), 1, "elements are left open");
    let root = open.pop().expect("the document");
    assert!(root.text.trim().is_empty(), "text outside of the root: {:?}", root.text);
    assert_eq!(root.children.len(), 1, "roots");
    root.children.into_iter().next().expect("a root")
}

fn close(open: &mut Vec<Element>, name: &str) {
    let element = open.pop().expect("an element is open");
    assert_eq!(element.name, name, "the tag that closes");
    open.last_mut().unwrap_or_else(|| panic!("</{name}> closes nothing")).children.push(element);
}

fn start_tag(inside: &str) -> Element {
    let (name, mut rest) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == ':'), "an element called {name:?}");
    let mut element = Element { name: name.to_owned(), ..Element::default() };
    while !rest.trim_start().is_empty() {
        let (name, after) = rest.trim_start().split_once("=\"").expect("name=\"value\"");
        let (value, after) = after.split_once('"').expect("a value ends");
        assert!(after.is_empty() || after.starts_with(char::is_whitespace), "{name} is followed by {after:?}");
        assert!(element.attribute(name).is_none(), "{name} stands twice");
        element.attributes.push((name.to_owned(), plain(value)));
        rest = after;
    }
    element
}

/// Text without entities; those that XML does not know, and characters it does not allow, are mistakes.
fn plain(text: &str) -> String {
    assert!(!text.contains('<'), "a bare < in {text:?}");
    assert!(text.chars().all(|c| !c.is_control() || c.is_whitespace()), "a control character in {text:?}");
    let mut pieces = text.split('&');
    let mut out = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        let (name, after) = piece.split_once(';').unwrap_or_else(|| panic!("a bare & in {text:?}"));
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            number => number
                .strip_prefix('#')
                .and_then(|n| n.parse().ok())
                .and_then(char::from_u32)
                .unwrap_or_else(|| panic!("&{name};")),
        });
        out += after;
    }
    out
}
