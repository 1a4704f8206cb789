//! HTTP checks: from the lookup to the last byte under one deadline, each redirect hop guarded like the first.
//! Stop 2 of the journey. Before: [`crate::watch::scheduler`] found the check due. After: [`crate::watch::ingest`].

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode};
use rustls::pki_types::CertificateDer;
use url::{Position, Url};

use crate::domain::check::{Check, HttpAuth, HttpCheck, Secret};
use crate::domain::observation::{Outcome, Phases};
use crate::domain::timestamp::Timestamp;
use crate::probe::Instruments;
use crate::probe::exchange::{Answer, exchange};
use crate::probe::finding::Finding;
use crate::probe::timing::Trail;
use crate::probe::{certificate, dial, expect};

/// How we introduce ourselves, so that a target's owner can tell who looks.
const USER_AGENT: &str = concat!("allclear/", env!("CARGO_PKG_VERSION"));

/// Looks once. The phases say where the time went, also when the look failed.
pub(crate) async fn look(
    http: &HttpCheck,
    check: &Check,
    instruments: &Instruments,
    now: Timestamp,
) -> (Finding, Phases) {
    let mut trail = Trail::start();
    let looked = tokio::time::timeout(check.timeout, journey(http, instruments, &mut trail)).await;
    let seen = match looked {
        Ok(seen) => seen,
        Err(_) => Err(trail.out_of_time(check.timeout)),
    };
    let phases = trail.end();
    let finding = match seen {
        Ok(arrived) => {
            let finding = expect::judge(&http.expect, &arrived.answer, &instruments.patterns);
            let shown = arrived.certificate.as_ref();
            let left = shown.and_then(|shown| certificate::days_left(shown, now));
            slower(
                finding,
                http.expect.certificate_days.zip(left),
                check,
                &phases,
            )
        }
        Err(finding) => finding,
    };
    (named(finding, http), phases)
}

/// Where the redirects ended.
struct Arrived {
    answer: Answer,
    certificate: Option<CertificateDer<'static>>,
}

/// Follows redirects by hand: every hop goes through the same lookup, guard and limits.
async fn journey(
    http: &HttpCheck,
    instruments: &Instruments,
    trail: &mut Trail,
) -> Result<Arrived, Finding> {
    let mut errand = Errand::first(http)?;
    for hop in 0..=http.redirects {
        let arrived = errand.run(instruments, http.redirects > 0, trail).await;
        let arrived =
            arrived.map_err(|finding| if hop == 0 { finding } else { at_hop(finding) })?;
        if http.redirects == 0 {
            return Ok(arrived);
        }
        match errand.next(&arrived.answer)? {
            Some(next) => errand = next,
            None => return Ok(arrived),
        }
    }
    let detail = format!("redirected more than {} times", http.redirects);
    Err(Finding::fail("redirect_limit", detail))
}

/// A target that sends us where we may not go is at fault; our first step being refused is a setting of ours.
fn at_hop(finding: Finding) -> Finding {
    if finding.reason == "denied" {
        return Finding::fail(
            "redirect_denied",
            "redirected to an address that is not allowed",
        );
    }
    finding
}

/// One hop: where to go and what to say there.
struct Errand {
    url: Url,
    method: Method,
    body: Bytes,
    headers: HeaderMap,
}

impl Errand {
    fn first(http: &HttpCheck) -> Result<Self, Finding> {
        let method = Method::from_bytes(http.method.as_bytes())
            .map_err(|_| misconfigured("the method is not one of HTTP"))?;
        let mut headers = HeaderMap::new();
        if let Some(auth) = &http.auth {
            headers.insert(header::AUTHORIZATION, authorization(auth)?);
        }
        for (name, value) in &http.headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| misconfigured("a header's name is not one of HTTP"))?;
            headers.append(name, secret_value(value.reveal())?);
        }
        Ok(Self {
            url: http.url.clone(),
            method,
            body: http.body.clone().unwrap_or_default().into(),
            headers,
        })
    }

    async fn run(
        &self,
        instruments: &Instruments,
        follows: bool,
        trail: &mut Trail,
    ) -> Result<Arrived, Finding> {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port_or_known_default().unwrap_or_default();
        let request = self.request()?;
        let stream = dial::connect(instruments, host, port, trail).await?;
        if self.url.scheme() == "http" {
            let answer = exchange(stream, request, follows, trail).await?;
            return Ok(Arrived {
                answer,
                certificate: None,
            });
        }
        let mut stream = dial::encrypt(instruments, host, stream, trail).await?;
        let shown = stream
            .get_ref()
            .1
            .peer_certificates()
            .and_then(<[_]>::first);
        let certificate = shown.map(|certificate| certificate.clone().into_owned());
        let answer = exchange(&mut stream, request, follows, trail).await?;
        Ok(Arrived {
            answer,
            certificate,
        })
    }

    fn request(&self) -> Result<Request<Full<Bytes>>, Finding> {
        let path = &self.url[Position::BeforePath..Position::AfterQuery];
        let host = &self.url[Position::BeforeHost..Position::AfterPort];
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = path
            .parse()
            .map_err(|_| misconfigured("the path cannot be sent"))?;
        let headers = request.headers_mut();
        let host =
            HeaderValue::from_str(host).map_err(|_| misconfigured("the host cannot be sent"))?;
        headers.insert(header::HOST, host);
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        // A compressed body could grow without bound, and we would judge other bytes than were sent.
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        headers.extend(self.headers.clone());
        Ok(request)
    }

    /// The next hop when `answer` is a redirect. Credentials and configured headers stay with their origin.
    fn next(&self, answer: &Answer) -> Result<Option<Self>, Finding> {
        let status = answer.status;
        let is_redirect = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
        let Some(location) = answer.headers.get(header::LOCATION).filter(|_| is_redirect) else {
            return Ok(None);
        };
        let url = location
            .to_str()
            .ok()
            .and_then(|text| self.url.join(text).ok())
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| Finding::fail("redirect_invalid", "redirected to no http address"))?;
        let stays = url.origin() == self.url.origin();
        let becomes_get = status == StatusCode::SEE_OTHER && self.method != Method::HEAD
            || status.as_u16() < 303 && self.method == Method::POST;
        if !stays && !becomes_get && !self.body.is_empty() {
            let detail = "redirected to another origin, where the body is not sent";
            return Err(Finding::fail("redirect_with_body", detail));
        }
        let keeps_body = !becomes_get;
        Ok(Some(Self {
            url,
            method: if becomes_get {
                Method::GET
            } else {
                self.method.clone()
            },
            body: if keeps_body {
                self.body.clone()
            } else {
                Bytes::new()
            },
            headers: if stays {
                self.headers.clone()
            } else {
                HeaderMap::new()
            },
        }))
    }
}

fn authorization(auth: &HttpAuth) -> Result<HeaderValue, Finding> {
    let text = match auth {
        HttpAuth::Basic { user, password } => {
            let pair = Secret::new(format!("{user}:{}", password.reveal()));
            format!("Basic {}", BASE64_STANDARD.encode(pair.reveal()))
        }
        HttpAuth::Bearer(token) => format!("Bearer {}", token.reveal()),
    };
    secret_value(&text)
}

fn secret_value(text: &str) -> Result<HeaderValue, Finding> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| misconfigured("a header's value cannot be sent"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn misconfigured(detail: &str) -> Finding {
    Finding::own("misconfigured", detail)
}

/// A pass that took too long, or whose certificate ends soon, is `slow`. `days` are those wanted and those left.
fn slower(finding: Finding, days: Option<(u32, i64)>, check: &Check, phases: &Phases) -> Finding {
    if finding.outcome != Outcome::Pass {
        return finding;
    }
    if let Some((_, left)) = days.filter(|(wanted, left)| *left < i64::from(*wanted)) {
        let detail = format!("the certificate has {left} days left");
        return Finding::slow("certificate_expires", detail);
    }
    too_slow(check, phases).unwrap_or(finding)
}

/// Slower than the check allows.
pub(crate) fn too_slow(check: &Check, phases: &Phases) -> Option<Finding> {
    let limit = check.slow_after.filter(|limit| phases.total > *limit)?;
    let detail = format!(
        "took {} ms, more than {}",
        phases.total.as_millis(),
        limit.as_millis()
    );
    Some(Finding::slow("slow", detail))
}

/// Puts method and address before the sentence: without user information, query and fragment.
fn named(mut finding: Finding, http: &HttpCheck) -> Finding {
    let origin = &http.url[..Position::BeforeUsername];
    let place = &http.url[Position::BeforeHost..Position::AfterPath];
    finding.detail = format!("{} {origin}{place}: {}", http.method, finding.detail);
    finding
}
