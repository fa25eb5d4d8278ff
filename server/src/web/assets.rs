//! CSS, JavaScript, fonts, icons and WASM from the binary, under one hash: relative imports hold, everything may be kept for ever.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_embed::Embed;
use serde::Deserialize;
use sha2::{Digest, Sha256};

#[derive(Embed)]
#[folder = "../static"]
#[exclude = "*.d.ts"]
#[exclude = "*/tsconfig.json"]
struct Embedded;

/// The assets as they are served.
pub struct Assets {
    /// `/static/<hash>`.
    pub prefix: String,
    files: BTreeMap<String, Cow<'static, [u8]>>,
}

/// `css/bundles.toml`: which sources make which stylesheet.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bundles {
    bundles: BTreeMap<String, Vec<String>>,
}

impl Assets {
    /// Reads what was built in, joins the stylesheets and hashes everything.
    pub fn embedded() -> Assets {
        let mut files: BTreeMap<String, Cow<'static, [u8]>> = BTreeMap::new();
        for path in Embedded::iter().filter(|p| !p.starts_with("css/")) {
            if let Some(file) = Embedded::get(&path) {
                files.insert(path.into_owned(), file.data);
            }
        }
        for (name, css) in stylesheets() {
            files.insert(format!("css/{name}.css"), Cow::Owned(css.into_bytes()));
        }
        let mut hash = Sha256::new();
        for (path, bytes) in &files {
            hash.update(path.as_bytes());
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        let tag: String = hash.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect();
        Assets { prefix: format!("/static/{tag}"), files }
    }

    /// Paths from the prefix, with bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Cow<'static, [u8]>)> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes))
    }

    /// One asset by its path from the prefix.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(AsRef::as_ref)
    }
}

/// The media type of a path, by its extension.
pub fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ext)| ext) {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("pcap") => "application/vnd.tcpdump.pcap",
        Some("xml") => "application/xml; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("pcapng") => "application/octet-stream",
        _ => "text/plain; charset=utf-8",
    }
}

/// The media type of a file of a case: what a browser would act on is text there, to be read.
pub fn case_media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ext)| ext) {
        Some("js" | "mjs" | "html" | "css") => "text/plain; charset=utf-8",
        _ => media_type(path),
    }
}

/// Whether compressing a path pays: fonts and pictures are compressed already.
pub fn compressible(path: &str) -> bool {
    !matches!(path.rsplit_once('.').map(|(_, ext)| ext), Some("png" | "webp" | "woff2"))
}

fn stylesheets() -> Vec<(String, String)> {
    let text =
        |path: &str| Embedded::get(path).map(|f| String::from_utf8_lossy(&f.data).into_owned()).unwrap_or_default();
    let bundles: Bundles = toml::from_str(&text("css/bundles.toml")).unwrap_or(Bundles { bundles: BTreeMap::new() });
    let join =
        |parts: Vec<String>| parts.iter().map(|part| minified(&text(&format!("css/{part}")))).collect::<String>();
    bundles.bundles.into_iter().map(|(name, parts)| (name, join(parts))).collect()
}

/// Drops comments and the white space that CSS does not need. Strings are left alone; a space next to anything but
/// braces, semicolons and commas stays, since selectors and `calc()` need theirs.
fn minified(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut chars = css.chars().peekable();
    let mut quote: Option<char> = None;
    while let Some(c) = chars.next() {
        if let Some(open) = quote {
            out.push(c);
            if c == '\\' {
                out.extend(chars.next());
            } else if c == open {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '\'' => {
                quote = Some(c);
                out.push(c);
            }
            '/' if chars.peek() == Some(&'*') => {
                let mut last = ' ';
                chars.next();
                for inner in chars.by_ref() {
                    if last == '*' && inner == '/' {
                        break;
                    }
                    last = inner;
                }
            }
            c if c.is_whitespace() => {
                while chars.peek().is_some_and(|n| n.is_whitespace()) {
                    chars.next();
                }
                let before = out.chars().next_back();
                let after = chars.peek().copied();
                let free = |c: Option<char>| c.is_none_or(|c| matches!(c, '{' | '}' | ';' | ','));
                // After a colon a value follows; before one, ` :is(` is a descendant and keeps its space.
                if !free(before) && !free(after) && before != Some(':') {
                    out.push(' ');
                }
            }
            '}' => {
                if out.ends_with(';') {
                    out.pop();
                }
                out.push('}');
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minifying_keeps_meaning() {
        assert_eq!(
            minified("/* x */ a , b > c {\n  margin: 0 calc(1px + 2px) ;\n  content: \"; { \";\n}\n"),
            "a,b > c{margin:0 calc(1px + 2px);content:\"; { \"}"
        );
        assert_eq!(minified(".a :is(b, c) { color: red; }"), ".a :is(b,c){color:red}");
    }

    #[test]
    fn every_bundle_has_rules_and_no_missing_part() {
        let sheets = stylesheets();
        assert!(sheets.len() >= 4, "{}", sheets.len());
        let bundles: Bundles =
            toml::from_str(std::str::from_utf8(&Embedded::get("css/bundles.toml").unwrap().data).unwrap()).unwrap();
        for (name, parts) in bundles.bundles {
            for part in parts {
                assert!(Embedded::get(&format!("css/{part}")).is_some(), "{name}: no css/{part}");
            }
        }
    }
}
