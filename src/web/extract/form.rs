//! Reading a form: bounded, timed, and only when it came from our own page.
//!
//! The one reader of request bodies for browsers. Whoever takes [`Posted`] has passed the cross-site check.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;

use crate::web::problem::Problem;

/// More than any form of ours holds, and little enough to read for everybody.
pub const MOST_BYTES: usize = 64 * 1024;
/// A person's browser sends 64 KiB faster than this even on a train.
const DEADLINE: Duration = Duration::from_secs(10);

/// Fields in the order they came; a name may come more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    #[must_use]
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value under `name`, without surrounding space; empty when absent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        let first = self.0.iter().find(|(key, _)| key == name);
        first.map(|(_, value)| value.trim()).unwrap_or_default()
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.trim())
    }

    /// Whether a box called `name` was ticked.
    #[must_use]
    pub fn is_ticked(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// `status[abc]=x` as (`abc`, `x`), for each.
    pub fn keyed<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(key, value)| {
            let inner = key
                .strip_prefix(name)?
                .strip_prefix('[')?
                .strip_suffix(']')?;
            Some((inner, value.trim()))
        })
    }
}

/// A form posted from one of our own pages.
pub struct Posted(pub Fields);

impl FromRequest for Posted {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            if !is_own_page(&request) {
                return Err(Problem::CrossSite);
            }
            let reading = read(&request, payload);
            let body = tokio::time::timeout(DEADLINE, reading)
                .await
                .map_err(|_| Problem::TooSlow)??;
            parse(&body).map(Posted)
        })
    }
}

/// Fetch metadata decides; without it the origin; without both it is no browser, and carries nobody's cookie
/// against their will.
#[must_use]
pub fn is_own_page(request: &HttpRequest) -> bool {
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or("?"))
    };
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text("origin") else {
        return true;
    };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let host = text("host").or_else(|| {
        request
            .uri()
            .authority()
            .map(actix_web::http::uri::Authority::as_str)
    });
    authority.is_some() && authority == host
}

async fn read(request: &HttpRequest, mut payload: Payload) -> Result<BytesMut, Problem> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    if !essence.is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
        return Err(Problem::NotAForm);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::Malformed(error.to_string()))?;
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(Problem::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn parse(body: &[u8]) -> Result<Fields, Problem> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    if pairs
        .iter()
        .any(|(name, value)| name.contains('\0') || value.contains('\0'))
    {
        return Err(Problem::Malformed(
            "A field holds a NUL character.".to_owned(),
        ));
    }
    // Browsers send line ends as CR LF; we keep LF.
    let clean =
        |(name, value): (String, String)| (name, value.replace("\r\n", "\n").replace('\r', "\n"));
    Ok(Fields(pairs.into_iter().map(clean).collect()))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn own(headers: &[(&str, &str)]) -> bool {
        let mut request = TestRequest::post().insert_header(("host", "status.example.com"));
        for header in headers {
            request = request.insert_header(*header);
        }
        is_own_page(&request.to_http_request())
    }

    #[test]
    fn only_our_own_page_may_post_a_form() {
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("sec-fetch-site", "none")]));
        assert!(own(&[("origin", "https://status.example.com")]));
        assert!(own(&[]), "no browser");

        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", ""),
            ("origin", "null"),
            ("origin", ""),
            ("origin", "https://evil.example"),
            ("origin", "https://status.example.com.evil.example"),
            ("origin", "https://console.example.com"),
        ] {
            assert!(!own(&[(name, value)]), "{name}: {value}");
        }
        assert!(!own(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://status.example.com")
        ]));
    }

    #[test]
    fn fields_keep_their_order_and_lose_their_carriage_returns() {
        let fields = parse(b"a=1&words=x%0D%0Ay&a=2&status[k1]=operational").unwrap();
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.text("words"), "x\ny");
        assert_eq!(
            fields.keyed("status").collect::<Vec<_>>(),
            [("k1", "operational")]
        );
        assert!(parse(b"a=%00").is_err());
    }
}
