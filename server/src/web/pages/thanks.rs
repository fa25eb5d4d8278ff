//! Where a reader lands after answering without JavaScript.

use askama::Template;

use super::rendered;
use crate::domain::{Case, Lang};
use crate::web::view::case::case_href;
use crate::web::view::shell::{Frame, Nav, Shell};
use crate::web::view::text::Text;

#[derive(Template)]
#[template(path = "pages/thanks.html")]
struct ThanksPage {
    shell: Shell,
    case_href: String,
}

/// Renders it.
pub fn render(frame: &Frame, case: &Case, lang: Lang) -> String {
    let mut shell = frame.shell(lang, &format!("/cases/{}/thanks", case.slug), Text(lang).feedback_thanks(), "");
    shell.at = Nav::Cases;
    shell.noindex = true;
    rendered(&ThanksPage { shell, case_href: case_href(case, lang) })
}
