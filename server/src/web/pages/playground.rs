//! A preset on the page of its playground.

use askama::Template;

use super::rendered;
use crate::domain::playground::Reference;
use crate::domain::{Lang, Library, Preset};
use crate::web::view::case::case_href;
use crate::web::view::preset_file::PresetFile;
use crate::web::view::shell::{Frame, Nav, Shell};
use crate::web::view::stage::{StageView, bundle, preset_href};
use crate::web::view::variants::{self, VariantsView};

#[derive(Template)]
#[template(path = "pages/playground.html")]
struct PlaygroundPage<'a> {
    shell: Shell,
    title: &'a str,
    lead: &'a str,
    presets: Vec<Choice>,
    view: StageView,
    variants: Option<VariantsView>,
    files: Vec<String>,
    notes: Vec<(&'a str, &'a str)>,
    cases: Vec<(String, &'a str)>,
    left_out: &'a str,
    sources: &'a [Reference],
}

struct Choice {
    href: String,
    title: String,
    current: bool,
}

/// Renders it; nothing if the preset's playground has no page, which the checks of the content rule out.
pub fn render(library: &Library, frame: &Frame, preset: &Preset, lang: Lang) -> Option<String> {
    let bench = library.bench(preset.playground)?;
    let first = bench.first == preset.id;
    let path = preset_href(preset, library, lang);
    let path = path.strip_prefix(&format!("/{lang}")).unwrap_or(&path).to_owned();
    let title = bench.title.get(lang);
    let heading = if first { title.clone() } else { format!("{} · {title}", preset.title.get(lang)) };
    let mut shell = frame.shell(lang, &path, heading, bench.lead.get(lang).as_str());
    shell.bundle = bundle(preset);
    shell.at = Nav::Playgrounds;
    shell.glyphs = true;
    shell.stage = true;
    shell.body_class = "lab";
    Some(rendered(&PlaygroundPage {
        title,
        lead: bench.lead.get(lang),
        presets: library
            .presets_at(bench)
            .into_iter()
            .map(|other| Choice {
                href: preset_href(other, library, lang),
                title: other.title.get(lang).clone(),
                current: other.id == preset.id,
            })
            .collect(),
        variants: variants::view(bench, lang),
        view: StageView::new(preset, library, Some(bench), lang),
        files: PresetFile::of(preset).iter().map(|file| PresetFile::href(&preset.id, *file)).collect(),
        notes: bench.notes.iter().map(|n| (n.title.get(lang).as_str(), n.text.get(lang).html.0.as_str())).collect(),
        cases: preset
            .cases
            .iter()
            .filter_map(|slug| library.case(slug))
            .map(|case| (case_href(case, lang), case.text(lang).title.as_str()))
            .collect(),
        left_out: &bench.left_out.get(lang).html.0,
        sources: &bench.sources,
        shell,
    }))
}
