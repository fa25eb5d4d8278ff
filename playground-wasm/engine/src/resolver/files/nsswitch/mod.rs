//! `/etc/nsswitch.conf`, its hosts line: as Go reads it, as glibc did until 2.32, and as it does since 2.33.

mod for_glibc;
mod for_go;

pub use for_glibc::{GlibcHosts, Next, Source, glibc};
pub use for_go::{Criterion, GoFile, GoSource, go};

const FILE: &str = "/etc/nsswitch.conf";
