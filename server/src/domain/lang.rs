//! The two languages, and texts that exist in both.

use std::fmt;

use serde::Deserialize;

/// A language of the site. Matched in full, never with `_`, so that a third one would not compile by accident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Both languages, in the order in which the site lists them.
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];

    /// The first path segment, and the name of the Markdown file: `zh` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        }
    }

    /// The BCP 47 tag for `lang=` and `hreflang=`: the Chinese is simplified.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-Hans",
            Lang::En => "en",
        }
    }

    /// The other language.
    pub fn other(self) -> Lang {
        match self {
            Lang::Zh => Lang::En,
            Lang::En => Lang::Zh,
        }
    }

    /// Reads a path segment or a `--lang` value.
    pub fn from_code(code: &str) -> Option<Lang> {
        match code {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    /// Picks the language of a visitor from an `Accept-Language` header (RFC 9110, 12.5.4).
    /// Ranges that name neither language are passed over; without any, English.
    pub fn from_accept_language(header: &str) -> Lang {
        let mut best: Option<(f32, Lang)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or("").trim().to_ascii_lowercase();
            let quality =
                parts.find_map(|p| p.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok())).unwrap_or(1.0);
            let lang = match tag.split('-').next().unwrap_or("") {
                "zh" => Lang::Zh,
                "en" => Lang::En,
                _ => continue,
            };
            if quality > 0.0 && best.is_none_or(|(q, _)| quality > q) {
                best = Some((quality, lang));
            }
        }
        best.map_or(Lang::En, |(_, lang)| lang)
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One value a language. In TOML either a table `{ zh = …, en = … }` or, where both are the same, one string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Both<T> {
    /// The Chinese one.
    pub zh: T,
    /// The English one.
    pub en: T,
}

impl<T> Both<T> {
    /// The value for a language.
    pub fn get(&self, lang: Lang) -> &T {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// The value for a language, to change it.
    pub fn get_mut(&mut self, lang: Lang) -> &mut T {
        match lang {
            Lang::Zh => &mut self.zh,
            Lang::En => &mut self.en,
        }
    }

    /// Makes a pair by asking for each language.
    pub fn make(mut one: impl FnMut(Lang) -> T) -> Self {
        Both { zh: one(Lang::Zh), en: one(Lang::En) }
    }

    /// Both values with their language.
    pub fn iter(&self) -> impl Iterator<Item = (Lang, &T)> {
        Lang::ALL.into_iter().map(|lang| (lang, self.get(lang)))
    }
}

impl<'de> Deserialize<'de> for Both<String> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Pair {
            zh: String,
            en: String,
        }
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a string, or a table { zh = \"…\", en = \"…\" } with both languages")]
        enum Raw {
            Same(String),
            Pair(Pair),
        }
        Ok(match Raw::deserialize(deserializer)? {
            Raw::Same(text) => Both { zh: text.clone(), en: text },
            Raw::Pair(pair) => Both { zh: pair.zh, en: pair.en },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_language_picks_the_best_of_ours() {
        for (header, expected) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en-GB,en;q=0.9,zh;q=0.8", Lang::En),
            ("fr-FR, zh-TW;q=0.5, en;q=0.4", Lang::Zh),
            ("de", Lang::En),
            ("zh;q=0, en;q=0.1", Lang::En),
            ("", Lang::En),
            (";;;q=,,", Lang::En),
        ] {
            assert_eq!(Lang::from_accept_language(header), expected, "{header}");
        }
    }
}
