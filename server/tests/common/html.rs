//! Selecting in parsed HTML.

use scraper::{ElementRef, Html, Selector};

/// A CSS selector that is right.
#[track_caller]
pub fn css(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"))
}

/// A piece of a page.
pub fn fragment(text: &str) -> Html {
    Html::parse_fragment(text)
}

/// The words of an element, white space folded.
pub fn words(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
