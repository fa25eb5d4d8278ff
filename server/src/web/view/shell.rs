//! What every page has: language, title, addresses, navigation.

use super::text::Text;
use crate::domain::Lang;

/// The place in the main navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    /// Nothing is marked.
    None,
    /// Cases and search.
    Cases,
    /// Playgrounds.
    Playgrounds,
    /// Signals.
    Signals,
    /// The legend.
    Legend,
    /// About.
    About,
}

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The page's language.
    pub lang: Lang,
    /// `<title>` without the site's name.
    pub title: String,
    /// For search engines and cards.
    pub description: String,
    /// The path without the language: `/cases/x`, or `/`.
    pub path: String,
    /// The query string to keep when the language is switched, with its `?`; often empty.
    pub query: String,
    /// The path that search engines should keep.
    pub canonical: String,
    /// Scheme and host of the site, without a slash at the end.
    pub base: String,
    /// Where assets lie: `/static/<hash>`.
    pub assets: String,
    /// Which stylesheet.
    pub bundle: &'static str,
    /// Which entry of the navigation is marked.
    pub at: Nav,
    /// Offer the page side by side (cases only), and whether this is it.
    pub side_by_side: Option<bool>,
    /// The page draws packets and needs their glyphs.
    pub glyphs: bool,
    /// The page plays runs and needs their styles.
    pub stage: bool,
    /// It shows a name lookup beside other things, and needs the styles of one.
    pub lookup: bool,
    /// Keep it out of search engines.
    pub noindex: bool,
    /// Structured data.
    pub json_ld: Option<String>,
    /// A class on `<body>`.
    pub body_class: &'static str,
    /// The home page has its own search box and title.
    pub is_home: bool,
    /// So has the search page.
    pub is_search: bool,
}

/// An entry of the navigation.
pub struct NavItem {
    /// Where it leads.
    pub href: String,
    /// Its word.
    pub name: &'static str,
    /// Marked.
    pub current: bool,
}

/// An entry of the language switch.
pub struct LanguageChoice {
    /// Where it leads.
    pub href: String,
    /// Its word.
    pub name: &'static str,
    /// `zh-Hans`, `en`, or none for side by side.
    pub tag: Option<&'static str>,
    /// What the pointer shows.
    pub title: &'static str,
    /// The page is in it.
    pub current: bool,
}

/// What is the same for all pages of a site.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Scheme and host, without a slash at the end.
    pub base: String,
    /// `/static/<hash>`.
    pub assets: String,
}

impl Frame {
    /// A page's shell with what most pages have; callers change the rest.
    pub fn shell(&self, lang: Lang, path: &str, title: impl Into<String>, description: impl Into<String>) -> Shell {
        Shell {
            lang,
            title: title.into(),
            description: description.into(),
            path: path.to_owned(),
            query: String::new(),
            canonical: format!("/{lang}{path}"),
            base: self.base.clone(),
            assets: self.assets.clone(),
            bundle: "page",
            at: Nav::None,
            side_by_side: None,
            glyphs: false,
            stage: false,
            lookup: false,
            noindex: false,
            json_ld: None,
            body_class: "page",
            is_home: false,
            is_search: false,
        }
    }
}

impl Shell {
    /// The words of the page's language.
    pub fn t(&self) -> Text {
        Text(self.lang)
    }

    /// `hreflang` pairs; `x-default` is the address that negotiates or, below it, English.
    pub fn alternates(&self) -> Vec<(&'static str, String)> {
        let mut all: Vec<_> = Lang::ALL.iter().map(|lang| (lang.tag(), format!("/{lang}{}", self.path))).collect();
        all.push(("x-default", if self.is_home { "/".to_owned() } else { format!("/en{}", self.path) }));
        all
    }

    /// The main navigation: only what exists.
    pub fn nav(&self) -> Vec<NavItem> {
        let t = self.t();
        let item =
            |at: Nav, path: &str, name| NavItem { href: format!("/{}{path}", self.lang), name, current: self.at == at };
        vec![
            item(Nav::Cases, "/cases", t.cases()),
            item(Nav::Playgrounds, "/playgrounds", t.playgrounds()),
            item(Nav::Signals, "/signals", t.signals()),
            item(Nav::Legend, "/legend", t.legend()),
            item(Nav::About, "/about", t.about()),
        ]
    }

    /// The language switch: the same place in the other language, and side by side where there is such a page.
    pub fn languages(&self) -> Vec<LanguageChoice> {
        let both_here = self.side_by_side == Some(true);
        let mut all: Vec<_> = Lang::ALL
            .iter()
            .map(|lang| LanguageChoice {
                href: format!("/{lang}{}{}", self.path, self.query),
                name: match lang {
                    Lang::Zh => "中文",
                    Lang::En => "EN",
                },
                tag: Some(lang.tag()),
                title: "",
                current: *lang == self.lang && !both_here,
            })
            .collect();
        if self.side_by_side.is_some() {
            all.push(LanguageChoice {
                href: format!("/zh-en{}", self.path),
                name: self.t().both(),
                tag: None,
                title: self.t().side_by_side(),
                current: both_here,
            });
        }
        all
    }

    /// Open Graph's type.
    pub fn og_type(&self) -> &'static str {
        if self.bundle == "case" { "article" } else { "website" }
    }

    /// Open Graph's locale.
    pub fn og_locale(&self) -> &'static str {
        match self.lang {
            Lang::Zh => "zh_CN",
            Lang::En => "en_US",
        }
    }
}
