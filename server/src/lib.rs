//! Packet Clinic: a bilingual, searchable library of network incidents.
//!
//! Data flows one way: [`content`] reads files into the [`domain`] library; [`search`] and [`store`] work on domain
//! types; [`web`] turns them into pages. Nothing uses `web`, and `xtask layers` checks it.
#![warn(clippy::unwrap_used)]

pub mod cli;
pub mod config;
pub mod content;
pub mod domain;
pub mod search;
pub mod store;
pub mod web;
