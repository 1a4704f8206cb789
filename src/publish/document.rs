//! A document: one answer, complete before anybody asks. Bytes per encoding, a strong tag for each.

use std::fmt::Write as _;
use std::io::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;

/// The knee of the curve: one more level costs as much again and saves a hundredth.
const BROTLI_QUALITY: u32 = 5;
const GZIP_LEVEL: u32 = 6;
/// Below this a compressed body with its headers is no smaller on the wire.
const WORTH_COMPRESSING: usize = 256;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Page,
    Json,
    Feed,
    Style,
    Script,
    Image,
}

impl Kind {
    pub const ALL: [Self; 6] = [
        Self::Page,
        Self::Json,
        Self::Feed,
        Self::Style,
        Self::Script,
        Self::Image,
    ];

    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Page => "text/html; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Feed => "application/atom+xml; charset=utf-8",
            Self::Style => "text/css; charset=utf-8",
            Self::Script => "text/javascript; charset=utf-8",
            Self::Image => "image/svg+xml",
        }
    }

    /// Pages are asked for again soon and may be shown stale through an outage of ours; what is named by its
    /// content is kept for ever.
    #[must_use]
    pub const fn cache_control(self) -> &'static str {
        match self {
            Self::Page | Self::Json | Self::Feed => {
                "public, max-age=5, s-maxage=5, stale-while-revalidate=30, stale-if-error=86400"
            }
            Self::Style | Self::Script | Self::Image => "public, max-age=31536000, immutable",
        }
    }

    pub(super) fn number(self) -> u8 {
        Self::ALL
            .iter()
            .position(|kind| *kind == self)
            .and_then(|place| u8::try_from(place).ok())
            .unwrap_or_default()
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// How much work a document is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Brotli and gzip: what many read.
    Full,
    /// Gzip alone: pages of single components, of which there may be a thousand.
    Light,
}

/// How a body travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    /// The value of `Content-Encoding`; none for identity.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

/// Bytes and their strong tag, quotes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub bytes: Bytes,
    pub etag: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub kind: Kind,
    pub identity: Body,
    pub gzip: Option<Body>,
    pub brotli: Option<Body>,
}

impl Document {
    /// Compresses and tags.
    #[must_use]
    pub fn new(kind: Kind, text: String, effort: Effort) -> Self {
        let tag = tag_of(text.as_bytes());
        let is_worth_it = text.len() >= WORTH_COMPRESSING;
        let wants_brotli = is_worth_it && effort == Effort::Full;
        Self {
            kind,
            gzip: is_worth_it
                .then(|| gzip(text.as_bytes()))
                .flatten()
                .map(|bytes| body(bytes, &tag, "g")),
            brotli: wants_brotli
                .then(|| brotli(text.as_bytes()))
                .flatten()
                .map(|bytes| body(bytes, &tag, "b")),
            identity: body(text.into_bytes(), &tag, ""),
        }
    }

    pub(super) fn from_parts(
        kind: Kind,
        identity: Vec<u8>,
        gzip: Option<Vec<u8>>,
        brotli: Option<Vec<u8>>,
    ) -> Self {
        let tag = tag_of(&identity);
        Self {
            kind,
            gzip: gzip.map(|bytes| body(bytes, &tag, "g")),
            brotli: brotli.map(|bytes| body(bytes, &tag, "b")),
            identity: body(identity, &tag, ""),
        }
    }

    /// The best body a reader takes: brotli, then gzip, then as it is.
    #[must_use]
    pub fn body(&self, takes_brotli: bool, takes_gzip: bool) -> (&Body, Coding) {
        match (&self.brotli, &self.gzip) {
            (Some(body), _) if takes_brotli => (body, Coding::Brotli),
            (_, Some(body)) if takes_gzip => (body, Coding::Gzip),
            _ => (&self.identity, Coding::Identity),
        }
    }
}

/// Sixteen hexadecimal digits of the content's SHA-256: the same content has the same tag on every node.
fn tag_of(bytes: &[u8]) -> String {
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .take(8)
        .fold(String::new(), |mut tag, byte| {
            let _ = write!(tag, "{byte:02x}");
            tag
        })
}

fn body(bytes: Vec<u8>, tag: &str, suffix: &str) -> Body {
    Body {
        bytes: Bytes::from(bytes),
        etag: format!("\"{tag}{suffix}\""),
    }
}

/// None when the compressor refuses, which a buffer in memory gives it no reason to.
fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let out = Vec::with_capacity(bytes.len() / 4);
    let mut encoder = flate2::write::GzEncoder::new(out, flate2::Compression::new(GZIP_LEVEL));
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() / 4);
    {
        let mut writer = brotli::CompressorWriter::new(&mut out, 16 * 1024, BROTLI_QUALITY, 20);
        writer.write_all(bytes).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> String {
        "a quiet day is a low slat ".repeat(40)
    }

    #[test]
    fn each_encoding_has_a_tag_of_its_own_and_the_same_content_the_same_tags() {
        let document = Document::new(Kind::Page, text(), Effort::Full);
        let tags = [
            &document.identity.etag,
            &document.gzip.as_ref().unwrap().etag,
            &document.brotli.as_ref().unwrap().etag,
        ];
        assert!(tags[0] != tags[1] && tags[1] != tags[2]);
        assert!(
            tags.iter()
                .all(|tag| tag.starts_with('"') && tag.ends_with('"'))
        );
        assert_eq!(document, Document::new(Kind::Page, text(), Effort::Full));
    }

    #[test]
    fn the_best_encoding_the_reader_takes_is_chosen() {
        let document = Document::new(Kind::Page, text(), Effort::Full);
        assert_eq!(document.body(true, true).1, Coding::Brotli);
        assert_eq!(document.body(false, true).1, Coding::Gzip);
        assert_eq!(document.body(false, false).1, Coding::Identity);
        let light = Document::new(Kind::Page, text(), Effort::Light);
        assert_eq!(light.body(true, true).1, Coding::Gzip);
        assert_eq!(light.body(true, false).1, Coding::Identity);
    }

    #[test]
    fn compressed_bodies_open_to_the_same_text() {
        use std::io::Read;
        let document = Document::new(Kind::Page, text(), Effort::Full);
        let mut opened = String::new();
        flate2::read::GzDecoder::new(&document.gzip.as_ref().unwrap().bytes[..])
            .read_to_string(&mut opened)
            .unwrap();
        assert_eq!(opened, text());
        opened.clear();
        brotli::Decompressor::new(&document.brotli.as_ref().unwrap().bytes[..], 4096)
            .read_to_string(&mut opened)
            .unwrap();
        assert_eq!(opened, text());
    }
}
