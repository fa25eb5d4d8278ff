//! Where content comes from: inside the binary or a folder. A folder's files are listed first and read one by one as a
//! case needs them, so that a library of thousands never stands in memory twice.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rust_embed::Embed;

use super::problems::Problems;

/// The largest file that is read: captures stay small, text smaller still.
pub const LARGEST_FILE: u64 = 4 * 1024 * 1024;

#[derive(Embed)]
#[folder = "../content"]
#[exclude = "README.md"]
struct Embedded;

/// Content files by their path from the content folder, with `/` between parts.
#[derive(Debug, Default)]
pub struct Files {
    places: BTreeMap<String, Place>,
    root: PathBuf,
}

/// Where a file's bytes are.
#[derive(Debug)]
enum Place {
    /// In the binary, or made by a test.
    Memory(Cow<'static, [u8]>),
    /// In the folder.
    Disk,
}

impl Files {
    /// The library that was built into the binary.
    pub fn embedded() -> Files {
        let read = |path: Cow<'static, str>| Some((path.to_string(), Place::Memory(Embedded::get(&path)?.data)));
        Files { places: Embedded::iter().filter_map(read).collect(), root: PathBuf::new() }
    }

    /// Reads a folder. Symbolic links, files that are too large and unreadable files become problems.
    pub fn from_dir(root: &Path, problems: &mut Problems) -> std::io::Result<Files> {
        let mut files = Files { places: BTreeMap::new(), root: root.to_path_buf() };
        let mut folders = vec![(root.to_path_buf(), String::new())];
        // The first folder must be readable; what lies deeper only becomes a problem.
        fs::read_dir(root)?;
        while let Some((folder, prefix)) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    problems.add(&prefix, 1, format!("cannot be read ({error}), check its permissions"));
                    continue;
                }
            };
            for entry in entries.flatten() {
                let Ok(name) = entry.file_name().into_string() else {
                    problems.add(&prefix, 1, "holds a file whose name is not UTF-8, rename it");
                    continue;
                };
                if name.starts_with('.') {
                    continue;
                }
                let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push((entry.path(), path)),
                    Ok(kind) if kind.is_file() => files.list(&entry.path(), path, problems),
                    _ => problems.add(&path, 1, "is neither a file nor a folder, put a plain file there"),
                }
            }
        }
        Ok(files)
    }

    fn list(&mut self, file: &Path, path: String, problems: &mut Problems) {
        let size = fs::metadata(file).map_or(0, |m| m.len());
        if size > LARGEST_FILE {
            problems.add(&path, 1, format!("has {size} bytes, keep it under {LARGEST_FILE}"));
        } else {
            self.places.insert(path, Place::Disk);
        }
    }

    /// Adds or replaces a file: fixture libraries are made this way.
    pub fn insert(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.places.insert(path.to_owned(), Place::Memory(Cow::Owned(bytes.into())));
    }

    /// Whether there is such a file.
    pub fn has(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    /// A file's bytes; missing or unreadable is a problem.
    pub fn bytes(&self, path: &str, problems: &mut Problems) -> Option<Cow<'_, [u8]>> {
        match self.places.get(path) {
            Some(Place::Memory(bytes)) => Some(Cow::Borrowed(bytes.as_ref())),
            Some(Place::Disk) => match fs::read(self.root.join(path)) {
                Ok(bytes) => Some(Cow::Owned(bytes)),
                Err(error) => {
                    problems.add(path, 1, format!("cannot be read ({error}), check its permissions"));
                    None
                }
            },
            None => {
                problems.add(path, 1, "is missing, add it");
                None
            }
        }
    }

    /// A file as text; missing or not UTF-8 is a problem.
    pub fn text(&self, path: &str, problems: &mut Problems) -> Option<String> {
        let mut text = match String::from_utf8(self.bytes(path, problems)?.into_owned()) {
            Ok(text) => text,
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let line = error.as_bytes()[..valid].iter().filter(|b| **b == b'\n').count() + 1;
                problems.add(path, line, "is not UTF-8, save it as UTF-8");
                return None;
            }
        };
        if text.starts_with('\u{feff}') {
            text.remove(0);
        }
        Some(text)
    }

    /// All paths that start with a prefix, in order.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.places
            .range(prefix.to_owned()..)
            .map(|(path, _)| path.as_str())
            .take_while(move |path| path.starts_with(prefix))
    }

    /// All paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }
}
