//! About: prose in Markdown, one file a language, compiled in.

use askama::Template;
use pulldown_cmark::{Options, Parser, html};

use super::rendered;
use crate::domain::Lang;
use crate::web::view::shell::{Frame, Nav, Shell};
use crate::web::view::text::Text;

#[derive(Template)]
#[template(path = "pages/prose.html")]
struct ProsePage {
    shell: Shell,
    html: String,
}

/// Renders it.
pub fn render(frame: &Frame, lang: Lang) -> String {
    let t = Text(lang);
    let source = match lang {
        Lang::Zh => include_str!("../../../templates/about.zh.md"),
        Lang::En => include_str!("../../../templates/about.en.md"),
    };
    let mut html = String::new();
    html::push_html(&mut html, Parser::new_ext(source, Options::ENABLE_HEADING_ATTRIBUTES));
    let mut shell = frame.shell(lang, "/about", t.about_title(), t.tagline());
    shell.at = Nav::About;
    rendered(&ProsePage { shell, html })
}
