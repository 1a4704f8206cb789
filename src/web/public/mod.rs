//! What readers get: bytes from the shelf. A handler here holds a [`Shelf`] and nothing else: no store, no session.
//!
//! Before: [`crate::publish::shelf`]. Registered first and as direct resources, because a router that looks
//! through two hundred other routes before `/` serves a third as many readers.

mod answer;
mod negotiate;
mod slices;

use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, Resource, guard, web};

use crate::markup::assets;
use crate::publish::document::{Document, Effort, Kind};
use crate::publish::shelf::Shelf;

/// Where documents of the snapshot are found; the most asked for comes first.
const PAGES: [&str; 12] = [
    "/",
    "/api/v2/summary.json",
    "/api/v2/status.json",
    "/api/v2/components.json",
    "/history.atom",
    "/feed.atom",
    "/incidents/{id}",
    "/components/{id}",
    "/groups/{id}",
    "/maintenance/{id}",
    "/history",
    "/api/v2/{document:.+}",
];

/// Adds every public route that reads. `POST /subscribe` is left to whoever registers it after this.
pub fn configure(cfg: &mut web::ServiceConfig, shelf: &Arc<Shelf>) {
    cfg.app_data(web::Data::from(Arc::clone(shelf)));
    cfg.service(web::resource("/api/v2/subscribers.json").to(subscribers_are_gone));
    for path in PAGES {
        cfg.service(reading(web::resource(path)));
    }
    let is_read = guard::Any(guard::Get()).or(guard::Head());
    cfg.service(web::resource("/subscribe").guard(is_read).to(show));
    for asset in assets::all() {
        let known = Kind::ALL
            .into_iter()
            .find(|kind| kind.content_type() == asset.content_type);
        let kind = known.unwrap_or(Kind::Image);
        let document = Arc::new(Document::new(kind, asset.text.clone(), Effort::Full));
        let serve = move |request: HttpRequest| {
            let document = Arc::clone(&document);
            async move { answer::document(&request, &document, StatusCode::OK) }
        };
        cfg.service(
            web::resource(asset.path.as_str())
                .route(web::get().to(serve.clone()))
                .route(web::head().to(serve)),
        );
    }
}

/// A read of what stands on the shelf, answered before the router and all that is round a request: when many readers
/// come at once this is what they ask for. None for everything else.
#[must_use]
pub fn at_once(request: &ServiceRequest) -> Option<HttpResponse> {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return None;
    }
    let snapshot = request.app_data::<web::Data<Shelf>>()?.peek();
    let document = snapshot.document(request.path())?;
    Some(answer::document(
        request.request(),
        document,
        StatusCode::OK,
    ))
}

/// The answer for an address nothing stands at, with the page's own frame.
#[must_use]
pub fn not_found(request: &HttpRequest, shelf: &Shelf) -> HttpResponse {
    shelf.peek().not_found().map_or_else(
        || answer::empty(StatusCode::NOT_FOUND),
        |document| answer::document(request, document, StatusCode::NOT_FOUND),
    )
}

/// GET and HEAD; another method is told so.
fn reading(resource: Resource) -> Resource {
    resource
        .route(web::get().to(show))
        .route(web::head().to(show))
        .default_service(web::to(async || {
            let mut refused = answer::empty(StatusCode::METHOD_NOT_ALLOWED);
            answer::allow(&mut refused, &[Method::GET, Method::HEAD]);
            refused
        }))
}

async fn show(request: HttpRequest, shelf: web::Data<Shelf>) -> HttpResponse {
    let snapshot = shelf.peek();
    match snapshot.document(request.path()) {
        Some(document) => answer::document(&request, document, StatusCode::OK),
        // Clients of the v2 documents expect nothing in the body.
        None if request.path().starts_with("/api/") => answer::empty(StatusCode::NOT_FOUND),
        None => not_found(&request, &shelf),
    }
}

/// Statuspage removed this against abuse; so do we, and say where to go instead.
async fn subscribers_are_gone() -> HttpResponse {
    answer::json(
        StatusCode::GONE,
        r#"{"error":"subscribing through this endpoint was removed; use the form at /subscribe"}"#,
    )
}

#[cfg(test)]
mod tests;
