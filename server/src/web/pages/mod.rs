//! Pages: a library and an address in, HTML out. Pure, so that they can be made ahead of time.

pub mod about;
pub mod case;
pub mod cases;
pub mod embed;
pub mod error;
pub mod feeds;
pub mod home;
pub mod legend;
pub mod playground;
pub mod playgrounds;
pub mod search;
pub mod signals;
pub mod thanks;

use askama::Template;

/// Renders a template. Writing into a string cannot fail; a template that fails anyway is a defect that tests show.
pub fn rendered(template: &impl Template) -> String {
    template.render().unwrap_or_else(|error| format!("<!-- {error} -->"))
}
