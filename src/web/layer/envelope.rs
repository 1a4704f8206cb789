//! Round every request: a request id, the security headers, a deadline, one line in the log, and a body for each
//! problem in the language of whoever asked.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError, web};
use tracing::Instrument;

use crate::clock::Stopwatch;
use crate::entropy;
use crate::telemetry::metrics::RouteClass;
use crate::web::layer::headers;
use crate::web::problem::Problem;
use crate::web::public;
use crate::web::site::Site;

/// Longer than the slowest page, shorter than a proxy's patience.
const DEADLINE: Duration = Duration::from_secs(30);

/// The middleware itself.
pub async fn envelope<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let clock = Stopwatch::start();
    if let Some(answer) = public::at_once(&request) {
        return Ok(read(request, answer, clock).map_into_right_body());
    }
    let asked = Asked::of(&request);
    let span =
        tracing::info_span!("request", request.id = %asked.id, http.method = %request.method());
    let answered = tokio::time::timeout(DEADLINE, next.call(request))
        .instrument(span.clone())
        .await;
    // The request is not kept beside the call: actix routes a request that nobody else holds. Where no response
    // comes back, the error carries the whole answer instead, with everything an answer wears.
    let problem = match answered {
        Ok(Ok(response)) => {
            let mut response = explained(response.map_into_left_body(), &asked);
            let status = response.status();
            asked.put_on(status, response.headers_mut());
            asked.count(status, &clock);
            span.in_scope(|| log(&response, clock.elapsed()));
            return Ok(response);
        }
        Ok(Err(error)) => problem_of(&error),
        Err(_) => Problem::Unavailable("no answer within the deadline".to_owned()),
    };
    asked.note(&problem);
    asked.count(problem.status(), &clock);
    Err(Refusal {
        problem,
        asked: Arc::new(asked),
    }
    .into())
}

/// A document from the shelf: it can neither fail nor wait, and needs no number to be found by in a log.
fn read(request: ServiceRequest, mut answer: HttpResponse, clock: Stopwatch) -> ServiceResponse {
    let class = class_of(request.path());
    let site = request.app_data::<web::Data<Site>>();
    let is_https = site.is_some_and(|site| is_https(site, class));
    headers::put_on(answer.headers_mut(), is_https);
    if let Some(site) = site {
        let status = answer.status().as_u16();
        site.metrics.count_request(class, status, clock.elapsed());
    }
    request.into_response(answer)
}

/// What is known of a request before it is handed on, and still needed when it is gone.
struct Asked {
    id: String,
    class: RouteClass,
    is_console: bool,
    as_json: bool,
    is_https: bool,
    site: Option<web::Data<Site>>,
}

impl Asked {
    fn of(request: &ServiceRequest) -> Self {
        let class = class_of(request.path());
        let site = request.app_data::<web::Data<Site>>().cloned();
        Self {
            id: entropy::id().to_string(),
            class,
            is_console: request.path().starts_with("/console"),
            as_json: class == RouteClass::Api || prefers_json(request.headers()),
            is_https: site.as_ref().is_some_and(|site| is_https(site, class)),
            site,
        }
    }

    /// What every answer wears.
    fn put_on(&self, status: StatusCode, headers: &mut HeaderMap) {
        headers::put_on(headers, self.is_https);
        if self.class.is_private() || status.is_client_error() || status.is_server_error() {
            headers::forbid_keeping(headers);
        }
        if let Ok(value) = HeaderValue::from_str(&self.id) {
            headers.insert(HeaderName::from_static("x-request-id"), value);
        }
    }

    fn count(&self, status: StatusCode, clock: &Stopwatch) {
        if let Some(site) = &self.site {
            site.metrics
                .count_request(self.class, status.as_u16(), clock.elapsed());
        }
    }

    fn note(&self, problem: &Problem) {
        if let Problem::Internal(why) | Problem::Unavailable(why) = problem {
            tracing::error!(request.id = %self.id, problem.code = problem.code(), "a request failed: {why}");
        }
    }

    /// A problem's body: JSON for programs, a page for people.
    fn draw(&self, problem: &Problem) -> HttpResponse<BoxBody> {
        if self.as_json {
            return HttpResponse::build(problem.status())
                .insert_header((header::CONTENT_TYPE, "application/problem+json"))
                .body(problem.to_json(&self.id));
        }
        crate::web::console::trouble::respond(problem, &self.id, self.is_console)
    }
}

/// The answer to a request that is gone.
#[derive(Clone)]
struct Refusal {
    problem: Problem,
    asked: Arc<Asked>,
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "request {}: {}", self.asked.id, self.problem)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.problem.status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = self.asked.draw(&self.problem);
        self.asked
            .put_on(self.problem.status(), response.headers_mut());
        response
    }
}

/// Gives a problem its body; a session that ended is answered by the door.
fn explained<B: MessageBody + 'static>(
    response: ServiceResponse<EitherBody<B>>,
    asked: &Asked,
) -> ServiceResponse<EitherBody<B>> {
    let Some(problem) = response.response().error().map(problem_of) else {
        return response;
    };
    asked.note(&problem);
    let (request, old) = response.into_parts();
    let mut drawn = match &problem {
        Problem::SignedOut(interrupted) if !asked.as_json => {
            crate::web::console::door::interrupted(&request, interrupted)
        }
        _ => asked.draw(&problem),
    };
    for (name, value) in old.headers() {
        if name == header::RETRY_AFTER || name == header::ALLOW {
            drawn.headers_mut().insert(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, drawn).map_into_right_body()
}

fn problem_of(error: &Error) -> Problem {
    let status = error.as_response_error().status_code();
    match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None if status == StatusCode::NOT_FOUND => Problem::NotFound,
        None if status.is_client_error() => Problem::Malformed(error.to_string()),
        None => Problem::Internal(error.to_string()),
    }
}

fn prefers_json(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("json") && !accept.contains("text/html"))
}

fn is_https(site: &Site, class: RouteClass) -> bool {
    match class {
        RouteClass::Console => site.settings.is_console_https(),
        RouteClass::Public | RouteClass::Api | RouteClass::Subscription | RouteClass::Heartbeat => {
            site.settings.public_url.scheme() == "https"
        }
    }
}

fn class_of(path: &str) -> RouteClass {
    let first = path
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    match first {
        "console" => RouteClass::Console,
        "api" | "v1" => RouteClass::Api,
        "subscribe" | "unsubscribe" => RouteClass::Subscription,
        "heartbeat" => RouteClass::Heartbeat,
        _ => RouteClass::Public,
    }
}

/// The path may hold a token, so the log has the route's pattern instead.
fn log<B>(response: &ServiceResponse<B>, took: Duration) {
    let route = response.request().match_pattern().unwrap_or_default();
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(http.route = %route, http.status = status, duration_ms, "answered");
}
