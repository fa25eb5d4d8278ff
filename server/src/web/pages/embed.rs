//! A preset alone, for the frames of wikis and documents: the stage, its transport, and the way to the site.

use askama::Template;

use super::rendered;
use crate::domain::{Lang, Library, Preset};
use crate::web::view::shell::{Frame, Shell};
use crate::web::view::stage::{StageView, bundle};

#[derive(Template)]
#[template(path = "pages/embed.html")]
struct EmbedPage {
    shell: Shell,
    view: StageView,
}

/// Renders it.
pub fn render(library: &Library, frame: &Frame, preset: &Preset, lang: Lang) -> String {
    let view = StageView::new(preset, library, None, lang);
    let mut shell = frame.shell(lang, &format!("/embed/{}", preset.id), view.title.clone(), view.title.clone());
    shell.bundle = bundle(preset);
    shell.noindex = true;
    shell.glyphs = true;
    shell.stage = true;
    rendered(&EmbedPage { view, shell })
}
