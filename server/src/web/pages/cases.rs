//! All cases, filtered by facets in the URL.

use askama::Template;

use super::rendered;
use crate::domain::{Case, Lang, Library};
use crate::web::view::case::{CaseRow, row};
use crate::web::view::filters::{FacetView, Filters};
use crate::web::view::shell::{Frame, Nav, Shell};
use crate::web::view::text::Text;

/// Rows on the page of a very large library; facets and search lead to the rest.
const MOST_ROWS: usize = 500;

#[derive(Template)]
#[template(path = "pages/cases.html")]
struct CasesPage {
    shell: Shell,
    facets: Vec<FacetView>,
    chosen: usize,
    clear: String,
    rows: Vec<CaseRow>,
    total: String,
}

/// Renders it.
pub fn render(library: &Library, frame: &Frame, lang: Lang, filters: &Filters) -> String {
    let t = Text(lang);
    let path = format!("/{lang}/cases");
    let all: Vec<&Case> = library.newest();
    let mut shell = frame.shell(lang, "/cases", t.all_cases(), t.cases_lead());
    shell.at = Nav::Cases;
    shell.query = filters.href("", &[]);
    shell.noindex = filters.count() > 0;
    rendered(&CasesPage {
        facets: filters.facets(&all, library, t, &path, &[]),
        chosen: filters.count(),
        clear: path,
        rows: all.iter().filter(|case| filters.accept(case)).take(MOST_ROWS).map(|case| row(case, lang)).collect(),
        total: t.count_cases(all.len()),
        shell,
    })
}
