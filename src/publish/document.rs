//! A document: one answer, complete before anybody asks. Bytes per encoding, a strong tag for each.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;

/// The knee of the curve: one more level costs as much again and saves a hundredth.
const BROTLI_QUALITY: u32 = 5;
const GZIP_LEVEL: u32 = 6;
/// Brotli's window as a power of two. A smaller one costs more: the allocator then gives its memory back to the system
/// after each document, and asks for it again.
const BROTLI_WINDOW: u32 = 20;
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
    /// Gzip alone, opened again for the few who take no gzip: pages of single components, of which there may be a
    /// thousand.
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
    plain: Plain,
    pub gzip: Option<Body>,
    pub brotli: Option<Body>,
}

/// The text as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Plain {
    Kept(Body),
    /// Inside the gzip body; this is its tag.
    Packed(String),
}

impl Document {
    /// Compresses and tags.
    #[must_use]
    pub fn new(kind: Kind, text: String, effort: Effort) -> Self {
        let tag = tag_of(text.as_bytes());
        let is_worth_it = text.len() >= WORTH_COMPRESSING;
        let wants_brotli = is_worth_it && effort == Effort::Full;
        let gzip = is_worth_it.then(|| gzip(text.as_bytes())).flatten();
        let brotli = wants_brotli.then(|| brotli(text.as_bytes())).flatten();
        let plain = match effort {
            Effort::Light if gzip.is_some() => Plain::Packed(etag(&tag, "")),
            Effort::Light | Effort::Full => Plain::Kept(body(text.into_bytes(), &tag, "")),
        };
        Self {
            kind,
            plain,
            gzip: gzip.map(|bytes| body(bytes, &tag, "g")),
            brotli: brotli.map(|bytes| body(bytes, &tag, "b")),
        }
    }

    /// From what [`Document::parts`] gave; none when the text is in no part.
    pub(super) fn from_parts(kind: Kind, parts: Parts) -> Option<Self> {
        let packed =
            |bytes: Bytes, suffix| (!bytes.is_empty()).then(|| tagged(bytes, &parts.tag, suffix));
        let gzip = packed(parts.gzip, "g");
        let plain = match packed(parts.plain, "") {
            Some(plain) => Plain::Kept(plain),
            None => gzip.as_ref().map(|_| Plain::Packed(etag(&parts.tag, "")))?,
        };
        Some(Self {
            kind,
            plain,
            gzip,
            brotli: packed(parts.brotli, "b"),
        })
    }

    pub(super) fn parts(&self) -> Parts {
        let bytes = |body: &Option<Body>| body.as_ref().map(|body| body.bytes.clone());
        let (tag, plain) = match &self.plain {
            Plain::Kept(body) => (&body.etag, body.bytes.clone()),
            Plain::Packed(etag) => (etag, Bytes::new()),
        };
        Parts {
            tag: tag.trim_matches('"').to_owned(),
            plain,
            gzip: bytes(&self.gzip).unwrap_or_default(),
            brotli: bytes(&self.brotli).unwrap_or_default(),
        }
    }

    /// The text as it is.
    #[must_use]
    pub fn identity(&self) -> Cow<'_, Body> {
        match &self.plain {
            Plain::Kept(body) => Cow::Borrowed(body),
            Plain::Packed(etag) => Cow::Owned(Body {
                bytes: self.gzip.as_ref().map(opened).unwrap_or_default(),
                etag: etag.clone(),
            }),
        }
    }

    /// The best body a reader takes: brotli, then gzip, then as it is.
    #[must_use]
    pub fn body(&self, takes_brotli: bool, takes_gzip: bool) -> (Cow<'_, Body>, Coding) {
        match (&self.brotli, &self.gzip) {
            (Some(body), _) if takes_brotli => (Cow::Borrowed(body), Coding::Brotli),
            (_, Some(body)) if takes_gzip => (Cow::Borrowed(body), Coding::Gzip),
            _ => (self.identity(), Coding::Identity),
        }
    }
}

/// A document as it is written down; what is missing is empty.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// Without quotes and suffix.
    pub(super) tag: String,
    pub(super) plain: Bytes,
    pub(super) gzip: Bytes,
    pub(super) brotli: Bytes,
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

/// Without room to spare: this stays for minutes.
fn body(mut bytes: Vec<u8>, tag: &str, suffix: &str) -> Body {
    bytes.shrink_to_fit();
    tagged(Bytes::from(bytes), tag, suffix)
}

fn tagged(bytes: Bytes, tag: &str, suffix: &str) -> Body {
    Body {
        bytes,
        etag: etag(tag, suffix),
    }
}

fn etag(tag: &str, suffix: &str) -> String {
    format!("\"{tag}{suffix}\"")
}

fn opened(gzip: &Body) -> Bytes {
    let mut text = Vec::with_capacity(gzip.bytes.len() * 4);
    let read = flate2::read::GzDecoder::new(&gzip.bytes[..]).read_to_end(&mut text);
    if let Err(error) = read {
        tracing::error!(%error, "a document that we packed cannot be opened");
    }
    Bytes::from(text)
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
        let mut writer =
            brotli::CompressorWriter::new(&mut out, 16 * 1024, BROTLI_QUALITY, BROTLI_WINDOW);
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
        let plain = document.identity();
        let tags = [
            &plain.etag,
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
        let (plain, coding) = light.body(true, false);
        assert_eq!(
            (&plain.bytes[..], coding),
            (text().as_bytes(), Coding::Identity)
        );
        assert_eq!(plain.etag, document.identity().etag);
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
