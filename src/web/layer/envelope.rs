//! Round every request: a request id, the security headers, a deadline, one line in the log, and a body for each
//! problem in the language of whoever asked.

use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
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
    let id = entropy::id().to_string();
    let class = class_of(request.path());
    let site = request.app_data::<web::Data<Site>>().cloned();
    let span = tracing::info_span!("request", request.id = %id, http.method = %request.method());
    let answered = tokio::time::timeout(DEADLINE, next.call(request))
        .instrument(span.clone())
        .await;
    // The request is not kept beside the call: actix routes a request that nobody else holds.
    let response = match answered {
        Ok(answered) => answered?.map_into_left_body(),
        Err(_) => return Err(Problem::Unavailable("deadline".to_owned()).into()),
    };
    let mut response = explained(response, class, &id);
    let is_https = site.as_ref().is_some_and(|site| is_https(site, class));
    headers::put_on(response.headers_mut(), is_https);
    if class.is_private()
        || response.status().is_client_error()
        || response.status().is_server_error()
    {
        headers::forbid_keeping(response.headers_mut());
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    if let Some(site) = site {
        site.metrics
            .count_request(class, response.status().as_u16(), clock.elapsed());
    }
    span.in_scope(|| log(&response, clock.elapsed()));
    Ok(response)
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

/// Gives a problem its body: JSON for programs, a page for people.
fn explained<B: MessageBody + 'static>(
    response: ServiceResponse<EitherBody<B>>,
    class: RouteClass,
    id: &str,
) -> ServiceResponse<EitherBody<B>> {
    let Some(problem) = problem_of(&response) else {
        return response;
    };
    if let Problem::Internal(why) | Problem::Unavailable(why) = &problem {
        tracing::error!(request.id = %id, problem.code = problem.code(), "a request failed: {why}");
    }
    let (request, old) = response.into_parts();
    let as_json = class == RouteClass::Api || prefers_json(&request);
    let drawn: HttpResponse<BoxBody> = if as_json {
        HttpResponse::build(problem.status())
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .body(problem.to_json(id))
    } else {
        crate::web::console::trouble::respond(&request, &problem, id)
    };
    let mut drawn = drawn;
    for (name, value) in old.headers() {
        if name == header::RETRY_AFTER || name == header::ALLOW {
            drawn.headers_mut().insert(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, drawn).map_into_right_body()
}

fn problem_of<B>(response: &ServiceResponse<B>) -> Option<Problem> {
    let error = response.response().error()?;
    Some(match error.as_error::<Problem>() {
        Some(problem) => problem.clone(),
        None if response.status() == actix_web::http::StatusCode::NOT_FOUND => Problem::NotFound,
        None if response.status().is_client_error() => Problem::Malformed(error.to_string()),
        None => Problem::Internal(error.to_string()),
    })
}

fn prefers_json(request: &actix_web::HttpRequest) -> bool {
    let accept = request
        .headers()
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
