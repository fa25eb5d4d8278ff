//! Error pages that help: what happened, and where to go from here.

use askama::Template;

use super::rendered;
use crate::domain::{Lang, Library};
use crate::search::SearchIndex;
use crate::web::view::case::case_href;
use crate::web::view::shell::{Frame, Shell};

/// How many pages are offered.
const NEAREST: usize = 4;

#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorPage {
    shell: Shell,
    status: u16,
    heading: String,
    detail: String,
    query: String,
    nearest: Vec<(String, String)>,
}

/// What an error page says.
pub struct ErrorText {
    /// HTTP status.
    pub status: u16,
    /// What happened.
    pub heading: String,
    /// What to do.
    pub detail: String,
    /// The words of the address, when nearby pages should be offered.
    pub lost: Option<String>,
}

/// Renders it.
pub fn render(library: &Library, index: &SearchIndex, frame: &Frame, lang: Lang, text: ErrorText) -> String {
    let mut shell = frame.shell(lang, "/", text.heading.clone(), text.detail.clone());
    shell.noindex = true;
    let query = text.lost.unwrap_or_default();
    let hits = index.search(library, &query, NEAREST).unwrap_or_default().hits;
    let nearest = hits
        .iter()
        .filter_map(|hit| library.case(&hit.slug))
        .map(|case| (case_href(case, lang), case.text(lang).title.clone()))
        .collect();
    rendered(&ErrorPage { shell, status: text.status, heading: text.heading, detail: text.detail, query, nearest })
}
