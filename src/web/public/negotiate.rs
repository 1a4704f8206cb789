//! What a reader accepts and what it already has. RFC 9110, 12.5.3 and 13.1.2.

use actix_web::http::header::HeaderValue;

/// The encodings a reader takes beside identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) brotli: bool,
    pub(super) gzip: bool,
}

impl Accepted {
    /// Reads `Accept-Encoding`; `q=0` refuses, and a name outweighs the star.
    pub(super) fn read(value: &HeaderValue) -> Self {
        let (mut brotli, mut gzip, mut star) = (None, None, false);
        for part in value.to_str().unwrap_or_default().split(',') {
            let mut pieces = part.split(';');
            let name = pieces.next().unwrap_or_default().trim();
            let takes = !pieces.any(is_zero_weight);
            if name.eq_ignore_ascii_case("br") {
                brotli = Some(takes);
            } else if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
                gzip = Some(takes);
            } else if name == "*" {
                star = takes;
            }
        }
        Self {
            brotli: brotli.unwrap_or(star),
            gzip: gzip.unwrap_or(star),
        }
    }
}

/// `q=0`, `q=0.0`, `q=0.000`.
fn is_zero_weight(parameter: &str) -> bool {
    let Some((name, weight)) = parameter.split_once('=') else {
        return false;
    };
    name.trim().eq_ignore_ascii_case("q")
        && weight
            .trim()
            .parse::<f32>()
            .is_ok_and(|weight| weight <= 0.0)
}

/// Whether an `If-None-Match` value names `etag`: a list, weak tags, or the star.
pub(super) fn names(value: &HeaderValue, etag: &str) -> bool {
    let Ok(text) = value.to_str() else {
        return false;
    };
    text.split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> (bool, bool) {
        let accepted = Accepted::read(&HeaderValue::from_static(text));
        (accepted.brotli, accepted.gzip)
    }

    #[test]
    fn encodings_are_taken_as_offered() {
        assert_eq!(read("gzip, deflate, br"), (true, true));
        assert_eq!(read("br;q=0, gzip;q=0.5"), (false, true));
        assert_eq!(read("br;q=0.000,*"), (false, true));
        assert_eq!(read("*;q=0"), (false, false));
        assert_eq!(read("identity"), (false, false));
        assert_eq!(read("GZIP"), (false, true));
        assert_eq!(read(""), (false, false));
    }

    #[test]
    fn tags_match_in_lists_weakly_and_by_the_star() {
        let matches = |text| names(&HeaderValue::from_static(text), "\"abc\"");
        assert!(matches("\"abc\""));
        assert!(matches("\"x\", W/\"abc\""));
        assert!(matches("*"));
        assert!(!matches("\"abcd\""));
        assert!(!matches("abc"));
    }
}
