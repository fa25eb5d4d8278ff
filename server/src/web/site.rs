//! One library as a site: its index, and a slot for every page that is the same for everyone.
//! Pages are made on first use or by the warm-up, then answered from memory. Immutable; a reload builds a new one.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;

use super::answer::{Answer, Cache, Effort, Encoding, HeaderSets, Plain};
use super::assets::{Assets, case_media_type, compressible, media_type};
use super::pages;
use super::view::dead_peer::{self, DeadPeerView};
use super::view::filters::{self, Filters};
use super::view::preset_file::PresetFile;
use super::view::shell::Frame;
use super::view::stage::preset_href;
use super::{handlers, headers};
use crate::domain::page_text::Tool;
use crate::domain::{Lang, Library, Preset, SignalId, Slug};
use crate::search::{SearchError, SearchIndex};

/// Memory for made pages; past it, pages are made anew for each visitor. A library of thousands fits.
const MOST_KEPT: usize = 128 * 1024 * 1024;

/// As long as less than this is kept, uncompressed pages are kept too.
const MOST_KEPT_PLAIN: usize = 16 * 1024 * 1024;

/// More pages than this are compressed quickly instead of thoroughly.
const MANY_PAGES: usize = 3_000;

/// What stands at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    Home(Lang),
    Cases(Lang),
    Case(Lang, Slug),
    CaseBoth(Slug),
    Playgrounds(Lang),
    /// A preset on its playground; the first one has the playground's address.
    Playground(Lang, Slug),
    /// A preset for other sites' frames.
    Embed(Lang, Slug),
    /// What a preset is made of, and its captures.
    PresetFile(Slug, PresetFile),
    Signals(Lang),
    Signal(Lang, SignalId),
    Legend(Lang),
    About(Lang),
    Feed(Lang),
    Sitemap,
    Robots,
    /// The icon where browsers look for it, beside the one among the assets.
    Icon,
    Asset(String),
    CaseFile(Slug, String),
}

struct Slot {
    page: Page,
    headers: Arc<HeaderSets>,
    brotli: ArcSwapOption<Answer>,
    gzip: ArcSwapOption<Answer>,
    plain: ArcSwapOption<Answer>,
}

impl Slot {
    fn cell(&self, encoding: Encoding) -> &ArcSwapOption<Answer> {
        match encoding {
            Encoding::Brotli => &self.brotli,
            Encoding::Gzip => &self.gzip,
            Encoding::Identity => &self.plain,
        }
    }
}

/// A library, ready to be visited.
pub struct Site {
    /// The content.
    pub library: Library,
    /// Its index.
    pub index: SearchIndex,
    pub(super) frame: Frame,
    assets: Arc<Assets>,
    slots: HashMap<String, Slot>,
    kept: AtomicUsize,
}

/// A page that is ready, or still to be made (which takes milliseconds of work).
pub(super) enum Found {
    Ready(Arc<Answer>),
    ToMake,
}

impl Site {
    /// Indexes the library and lays out its addresses. Makes no page yet.
    pub fn new(library: Library, assets: Arc<Assets>, base: &str, tls: bool) -> Result<Site, SearchError> {
        let index = SearchIndex::build(&library)?;
        let frame = Frame { base: base.to_owned(), assets: assets.prefix.clone() };
        let common = Arc::new(HeaderSets::new(headers::common("/", tls)));
        let of_files = Arc::new(HeaderSets::new(headers::common("/files/", tls)));
        let of_frames = Arc::new(HeaderSets::new(headers::common("/embed/", tls)));
        let slots: HashMap<String, Slot> = addresses(&library, &assets)
            .into_iter()
            .map(|(path, page)| {
                let empty = ArcSwapOption::empty;
                let headers = match page {
                    Page::CaseFile(..) | Page::PresetFile(..) => &of_files,
                    Page::Embed(..) => &of_frames,
                    _ => &common,
                };
                (path, Slot { page, headers: headers.clone(), brotli: empty(), gzip: empty(), plain: empty() })
            })
            .collect();
        Ok(Site { library, index, frame, assets, slots, kept: AtomicUsize::new(0) })
    }

    /// Whether an address is one of the pages made ahead.
    pub fn has(&self, path: &str) -> bool {
        self.slots.contains_key(path)
    }

    /// Whether a case is at an address.
    pub(super) fn is_case(&self, path: &str) -> bool {
        self.slots.get(path).is_some_and(|slot| matches!(slot.page, Page::Case(..) | Page::CaseBoth(_)))
    }

    /// Whether a query string makes another page of what is at an address: it names a filter, or a field of the case's tool.
    pub(super) fn minds_query(&self, path: &str, query: &str) -> bool {
        let names: &[&str] = match self.slots.get(path).map(|slot| &slot.page) {
            Some(Page::Cases(_)) => &filters::FACETS,
            Some(Page::Case(_, slug)) if self.library.case(slug).is_some_and(|c| c.shows(Tool::DeadPeer)) => {
                &dead_peer::FIELDS
            }
            _ => return false,
        };
        handlers::pairs(Some(query)).iter().any(|(name, _)| names.contains(&name.as_str()))
    }

    /// What is at an address, without making it.
    pub(super) fn find(&self, path: &str, encoding: Encoding) -> Option<Found> {
        let slot = self.slots.get(path)?;
        Some(slot.cell(encoding).load_full().map_or(Found::ToMake, Found::Ready))
    }

    /// Makes what is at an address while a visitor waits, and keeps it if there is room.
    pub(super) fn make(&self, path: &str, encoding: Encoding) -> Option<Arc<Answer>> {
        let slot = self.slots.get(path)?;
        Some(slot.cell(encoding).load_full().unwrap_or_else(|| self.fill(slot, encoding, Effort::QUICK)))
    }

    fn fill(&self, slot: &Slot, encoding: Encoding, effort: Effort) -> Arc<Answer> {
        let answer = Arc::new(self.plain(&slot.page).answer(encoding, effort, &slot.headers));
        // Few visitors take pages uncompressed, and those are the largest.
        let most = if encoding == Encoding::Identity { MOST_KEPT_PLAIN } else { MOST_KEPT };
        if self.kept.load(Ordering::Relaxed) < most {
            let before = slot.cell(encoding).swap(Some(answer.clone()));
            self.kept.fetch_add(answer.body.len(), Ordering::Relaxed);
            self.kept.fetch_sub(before.map_or(0, |b| b.body.len()), Ordering::Relaxed);
        }
        answer
    }

    /// Makes every page ahead of its first visitor; stops early when `stop` says so.
    pub fn warm_up(&self, stop: impl Fn() -> bool) {
        let many = self.slots.len() > MANY_PAGES;
        let encodings: &[Encoding] = if many { &[Encoding::Brotli] } else { &[Encoding::Brotli, Encoding::Gzip] };
        let effort = |page: &Page| match page {
            _ if many => Effort::QUICK,
            Page::Asset(_) | Page::Case(..) | Page::Home(_) => Effort::THOROUGH,
            _ => Effort::GOOD,
        };
        let mut slots: Vec<(&String, &Slot)> = self.slots.iter().collect();
        slots.retain(|(_, slot)| !(many && matches!(slot.page, Page::CaseBoth(_) | Page::CaseFile(..))));
        slots.sort_by_key(|(path, slot)| (rank(&slot.page), (*path).clone()));
        for (_, slot) in slots {
            for encoding in encodings {
                if stop() || self.kept.load(Ordering::Relaxed) > MOST_KEPT {
                    return;
                }
                drop(self.fill(slot, *encoding, effort(&slot.page)));
            }
        }
    }

    fn plain(&self, page: &Page) -> Plain {
        let (library, frame) = (&self.library, &self.frame);
        let html = |text: String| Plain {
            body: text.into_bytes(),
            media: "text/html; charset=utf-8",
            cache: Cache::Minute,
            compress: true,
        };
        let text = |text: String, media| Plain { body: text.into_bytes(), media, cache: Cache::Minute, compress: true };
        let gone = || html(String::new());
        match page {
            Page::Home(lang) => html(pages::home::render(library, frame, *lang)),
            Page::Cases(lang) => html(pages::cases::render(library, frame, *lang, &Filters::default())),
            Page::Case(lang, slug) => library.case(slug).map_or_else(gone, |case| {
                html(pages::case::render(library, frame, case, *lang, &DeadPeerView::linux(*lang)))
            }),
            Page::CaseBoth(slug) => {
                library.case(slug).map_or_else(gone, |case| html(pages::case::render_both(library, frame, case)))
            }
            Page::Playgrounds(lang) => html(pages::playgrounds::render(library, frame, *lang)),
            Page::Playground(lang, id) => library
                .preset(id)
                .and_then(|preset| pages::playground::render(library, frame, preset, *lang))
                .map_or_else(gone, html),
            Page::Embed(lang, id) => {
                library.preset(id).map_or_else(gone, |preset| html(pages::embed::render(library, frame, preset, *lang)))
            }
            Page::PresetFile(id, file) => {
                let body = library.preset(id).map(|preset| file.bytes(preset)).unwrap_or_default();
                Plain { body, media: file.media(), cache: Cache::Minute, compress: true }
            }
            Page::Signals(lang) => html(pages::signals::render_index(library, frame, *lang)),
            Page::Signal(lang, id) => library
                .signal(id)
                .map_or_else(gone, |signal| html(pages::signals::render(library, frame, signal, *lang))),
            Page::Legend(lang) => html(pages::legend::render(frame, *lang)),
            Page::About(lang) => html(pages::about::render(frame, *lang)),
            Page::Feed(lang) => text(pages::feeds::atom(library, frame, *lang), "application/atom+xml; charset=utf-8"),
            Page::Sitemap => text(pages::feeds::sitemap(library, frame), "application/xml; charset=utf-8"),
            Page::Robots => text(pages::feeds::robots(frame), "text/plain; charset=utf-8"),
            Page::Icon => Plain { cache: Cache::Minute, ..self.asset("favicon.svg") },
            Page::Asset(path) => self.asset(path),
            Page::CaseFile(slug, path) => {
                let body =
                    library.case(slug).and_then(|c| c.files.get(path)).map(|f| f.bytes.clone()).unwrap_or_default();
                Plain { body, media: case_media_type(path), cache: Cache::Minute, compress: compressible(path) }
            }
        }
    }

    fn asset(&self, path: &str) -> Plain {
        let body = self.assets.get(path).unwrap_or_default().to_vec();
        Plain { body, media: media_type(path), cache: Cache::Immutable, compress: compressible(path) }
    }
}

/// The order of the warm-up: what visitors meet first.
fn rank(page: &Page) -> u8 {
    match page {
        Page::Asset(_) | Page::Icon => 0,
        Page::Home(_) | Page::Cases(_) => 1,
        Page::Case(..) => 2,
        Page::Playgrounds(_) | Page::Playground(..) => 2,
        Page::Signals(_) | Page::Legend(_) | Page::About(_) => 3,
        Page::Signal(..) | Page::Feed(_) | Page::Sitemap | Page::Robots => 4,
        Page::CaseBoth(_) | Page::Embed(..) => 5,
        Page::CaseFile(..) | Page::PresetFile(..) => 6,
    }
}

fn addresses(library: &Library, assets: &Assets) -> Vec<(String, Page)> {
    let mut all = vec![
        ("/sitemap.xml".to_owned(), Page::Sitemap),
        ("/robots.txt".to_owned(), Page::Robots),
        ("/favicon.svg".to_owned(), Page::Icon),
        ("/favicon.ico".to_owned(), Page::Icon),
    ];
    for lang in Lang::ALL {
        all.push((format!("/{lang}/"), Page::Home(lang)));
        all.push((format!("/{lang}/cases"), Page::Cases(lang)));
        all.push((format!("/{lang}/playgrounds"), Page::Playgrounds(lang)));
        all.push((format!("/{lang}/signals"), Page::Signals(lang)));
        all.push((format!("/{lang}/legend"), Page::Legend(lang)));
        all.push((format!("/{lang}/about"), Page::About(lang)));
        all.push((format!("/{lang}/feed.xml"), Page::Feed(lang)));
        all.extend(library.signals().map(|s| (format!("/{lang}/signals/{}", s.id), Page::Signal(lang, s.id.clone()))));
        all.extend(library.cases().map(|c| (format!("/{lang}/cases/{}", c.slug), Page::Case(lang, c.slug.clone()))));
    }
    all.extend(library.presets.iter().flat_map(|preset| of_preset(preset, library)));
    for case in library.cases() {
        all.push((format!("/zh-en/cases/{}", case.slug), Page::CaseBoth(case.slug.clone())));
        let file =
            |path: &String| (format!("/files/{}/{path}", case.slug), Page::CaseFile(case.slug.clone(), path.clone()));
        all.extend(case.files.keys().map(file));
    }
    all.extend(assets.iter().map(|(path, _)| (format!("{}/{path}", assets.prefix), Page::Asset(path.to_owned()))));
    all
}

/// Where a preset is found.
fn of_preset(preset: &Preset, library: &Library) -> Vec<(String, Page)> {
    let mut all = Vec::new();
    for lang in Lang::ALL {
        all.push((preset_href(preset, library, lang), Page::Playground(lang, preset.id.clone())));
        // Under its own name, and under the address that its playground has on the site.
        for place in [format!("/{lang}/{}", preset.id), preset_href(preset, library, lang)] {
            all.push((format!("/embed{place}"), Page::Embed(lang, preset.id.clone())));
        }
    }
    all.extend(
        PresetFile::of(preset)
            .iter()
            .map(|file| (PresetFile::href(&preset.id, *file), Page::PresetFile(preset.id.clone(), *file))),
    );
    all
}
