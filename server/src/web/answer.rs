//! An answer made ahead: bytes in one encoding with all their headers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};

/// How long what may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cache {
    /// Content pages: a minute, then asked again with the ETag.
    Minute,
    /// Assets under a hash: for ever.
    Immutable,
}

impl Cache {
    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Cache::Minute => "public, max-age=60, stale-while-revalidate=600",
            Cache::Immutable => "public, max-age=31536000, immutable",
        })
    }
}

/// The encodings pages are kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
    /// As it is.
    Identity,
}

impl Encoding {
    /// The best of ours that the client takes (RFC 9110, 12.5.3).
    pub fn accepted(headers: &HeaderMap) -> Encoding {
        let Some(accept) = headers.get(ACCEPT_ENCODING).and_then(|v| v.to_str().ok()) else {
            return Encoding::Identity;
        };
        let takes = |name: &str| {
            accept.split(',').any(|range| {
                let mut parts = range.split(';');
                let coding = parts.next().unwrap_or("").trim();
                let refused = parts.any(|p| matches!(p.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
                !refused && coding.eq_ignore_ascii_case(name)
            })
        };
        if takes("br") {
            Encoding::Brotli
        } else if takes("gzip") {
            Encoding::Gzip
        } else {
            Encoding::Identity
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Encoding::Brotli => "-br",
            Encoding::Gzip => "-gz",
            Encoding::Identity => "",
        }
    }
}

/// What a page is before it is encoded.
pub struct Plain {
    /// Its bytes.
    pub body: Vec<u8>,
    /// Its media type.
    pub media: &'static str,
    /// How long it may be kept.
    pub cache: Cache,
    /// Compressing it pays.
    pub compress: bool,
}

/// Bytes in one encoding with all their headers.
#[derive(Debug)]
pub struct Answer {
    /// The body.
    pub body: Bytes,
    headers: Arc<HeaderMap>,
    /// The entity tag.
    pub etag: HeaderValue,
}

impl Answer {
    /// The headers, complete but for `Date` and `Content-Length`.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::clone(&self.headers);
        headers.insert(ETAG, self.etag.clone());
        headers
    }
}

/// The header sets of a class of paths. Pages that differ in nothing but the entity tag share one.
#[derive(Debug)]
pub struct HeaderSets {
    common: HeaderMap,
    made: Mutex<HashMap<Likeness, Arc<HeaderMap>>>,
}

/// Media type, keeping, encoding and whether compression varies: what is equal among pages of one header set.
type Likeness = (&'static str, Cache, Encoding, bool);

impl HeaderSets {
    /// From what every answer of the class carries.
    pub fn new(common: HeaderMap) -> HeaderSets {
        HeaderSets { common, made: Mutex::default() }
    }

    /// With a place for the entity tag.
    fn of(&self, media: &'static str, cache: Cache, encoding: Encoding, compress: bool) -> Arc<HeaderMap> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let set = made.entry((media, cache, encoding, compress)).or_insert_with(|| {
            let mut headers = self.common.clone();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
            headers.insert(CACHE_CONTROL, cache.header());
            headers.insert(ETAG, HeaderValue::from_static("W/\"0\""));
            if compress {
                headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
            }
            match encoding {
                Encoding::Brotli => drop(headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"))),
                Encoding::Gzip => drop(headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"))),
                Encoding::Identity => {}
            }
            Arc::new(headers)
        });
        set.clone()
    }
}

/// How hard to compress.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Brotli quality, 0 to 11.
    pub brotli: u32,
    /// Deflate level, 0 to 9.
    pub gzip: u32,
}

impl Effort {
    /// Ahead of visitors, for what is read most: as small as it gets, a tenth of a second a page.
    pub const THOROUGH: Effort = Effort { brotli: 11, gzip: 9 };
    /// Ahead of visitors, for the rest: a tenth larger, ten times as fast.
    pub const GOOD: Effort = Effort { brotli: 9, gzip: 9 };
    /// While a visitor waits, and for libraries so large that thoroughness would take minutes.
    pub const QUICK: Effort = Effort { brotli: 5, gzip: 5 };
}

impl Plain {
    /// Encodes it. `sets` are the headers for its class of paths.
    pub fn answer(self, encoding: Encoding, effort: Effort, sets: &HeaderSets) -> Answer {
        let hash = Sha256::digest(&self.body);
        let encoding = if self.compress { encoding } else { Encoding::Identity };
        let body = match encoding {
            Encoding::Brotli => brotli(&self.body, effort.brotli),
            Encoding::Gzip => gzip(&self.body, effort.gzip),
            Encoding::Identity => self.body,
        };
        // Weak: the same page may be compressed quickly first and thoroughly later.
        let tag: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
        let etag = HeaderValue::try_from(format!("W/\"{tag}{}\"", encoding.suffix()))
            .unwrap_or(HeaderValue::from_static("W/\"0\""));
        let headers = sets.of(self.media, self.cache, encoding, self.compress);
        Answer { body: Bytes::from(body), headers, etag }
    }
}

/// The smallest window that holds the text (RFC 7932 section 9.1: 2^bits - 16 bytes). The encoder's tables grow with it.
fn window_bits(length: usize) -> i32 {
    let bits = usize::BITS - (length + 16).leading_zeros();
    bits.clamp(10, 22) as i32
}

fn brotli(plain: &[u8], quality: u32) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: quality as i32,
        lgwin: window_bits(plain.len()),
        size_hint: plain.len(),
        ..Default::default()
    };
    let mut out = Vec::with_capacity(plain.len() / 4);
    // Writing into a vector cannot fail.
    let _ = brotli::BrotliCompress(&mut &plain[..], &mut out, &params);
    out.shrink_to_fit();
    out
}

fn gzip(plain: &[u8], level: u32) -> Vec<u8> {
    use std::io::Write;
    let mut encoder =
        flate2::write::GzEncoder::new(Vec::with_capacity(plain.len() / 4), flate2::Compression::new(level));
    let _ = encoder.write_all(plain);
    let mut out = encoder.finish().unwrap_or_default();
    out.shrink_to_fit();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_follow_accept_encoding() {
        for (header, expected) in [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("gzip", Encoding::Gzip),
            ("br;q=0, gzip;q=0.5", Encoding::Gzip),
            ("BR", Encoding::Brotli),
            ("brotli, x-gzip", Encoding::Identity),
            ("", Encoding::Identity),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(header));
            assert_eq!(Encoding::accepted(&headers), expected, "{header}");
        }
        assert_eq!(Encoding::accepted(&HeaderMap::new()), Encoding::Identity);
    }
}
