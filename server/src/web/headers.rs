//! Headers that every answer carries: security, privacy, transport.

use http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Nothing but our own files; WebAssembly is the one concession. `frame-ancestors` follows the path.
macro_rules! policy {
    ($frames:literal) => {
        concat!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; ",
            "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors ",
            $frames
        )
    };
}

/// Files that readers download are data, whatever they hold: nothing in them runs or loads.
const FILES: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// The headers for a path. Only pages under `/embed/` may stand in other sites' frames.
pub fn common(path: &str, tls: bool) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(16);
    if path.starts_with("/embed/") {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy!("*")));
    } else {
        let policy = if path.starts_with("/files/") { FILES } else { policy!("'none'") };
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    headers.insert(
        PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"),
    );
    if tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    headers
}
