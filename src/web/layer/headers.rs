//! The security headers. Constants, on every response there is: pages, refusals and redirects alike.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// Nothing may be loaded but our own style, pictures and enhancement script; nobody may frame us.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";

/// Set unless the handler said otherwise (the embed route may be framed, a badge may be fetched from anywhere).
const ALWAYS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Two years; only sent when the address we are called by is https.
const TRANSPORT: (&str, &str) = (
    "strict-transport-security",
    "max-age=63072000; includeSubDomains",
);

/// Puts on what is missing.
pub fn put_on(headers: &mut HeaderMap, is_https: bool) {
    let transport = is_https.then_some(TRANSPORT);
    for (name, value) in ALWAYS.into_iter().chain(transport) {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Private pages are nobody's to keep.
pub fn forbid_keeping(headers: &mut HeaderMap) {
    let name = HeaderName::from_static("cache-control");
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static("no-store"));
    }
}
