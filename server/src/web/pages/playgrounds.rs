//! The gallery: every playground with what one takes home from it, and its presets.

use askama::Template;

use super::rendered;
use crate::domain::{Lang, Library};
use crate::web::view::shell::{Frame, Nav, Shell};
use crate::web::view::stage::preset_href;
use crate::web::view::text::Text;

#[derive(Template)]
#[template(path = "pages/playgrounds.html")]
struct GalleryPage<'a> {
    shell: Shell,
    cards: Vec<Card<'a>>,
}

struct Card<'a> {
    href: String,
    title: &'a str,
    gist: &'a str,
    presets: Vec<(String, &'a str)>,
}

/// Renders it.
pub fn render(library: &Library, frame: &Frame, lang: Lang) -> String {
    let t = Text(lang);
    let mut shell = frame.shell(lang, "/playgrounds", t.playgrounds(), t.playgrounds_lead());
    shell.bundle = "lab";
    shell.at = Nav::Playgrounds;
    let cards = library.benches.iter().map(|bench| Card {
        href: format!("/{lang}/playgrounds/{}", bench.playground.code()),
        title: bench.title.get(lang),
        gist: &bench.gist.get(lang).html.0,
        presets: library
            .presets_at(bench)
            .into_iter()
            .map(|preset| (preset_href(preset, library, lang), preset.title.get(lang).as_str()))
            .collect(),
    });
    rendered(&GalleryPage { cards: cards.collect(), shell })
}
