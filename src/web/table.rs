//! How a line of the route table is made. A line without access does not build: `get` and `post` take a permission
//! that must be the one in the handler's own signature, and everything else says why it is open.

use actix_web::guard::{self};
use actix_web::http::{Method, header};
use actix_web::{FromRequest, Handler, HttpResponse, Responder, Route as Served, web};

use crate::domain::permission::Permission;
use crate::web::extract::seat::{Allowed, Permit, Submitted};
use crate::web::problem::Problem;

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody; `why` is for the reader of the table.
    Open,
    /// Whoever holds the link: a secret in the path is the credential.
    Link,
    /// An operator with this permission.
    Operator(Permission),
}

/// Which address serves it when the console has one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Public,
    Console,
    /// Both: health, and nothing else.
    Either,
}

/// One line of the table.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub face: Face,
    served: Served,
}

/// Arguments of a handler whose first is the seat of somebody allowed `P`.
pub trait LooksAs<P> {}
impl<P> LooksAs<P> for (Allowed<P>,) {}
impl<P, A> LooksAs<P> for (Allowed<P>, A) {}
impl<P, A, B> LooksAs<P> for (Allowed<P>, A, B) {}
impl<P, A, B, C> LooksAs<P> for (Allowed<P>, A, B, C) {}

/// Arguments of a handler whose first is a form submitted by somebody allowed `P`.
pub trait ActsAs<P> {}
impl<P> ActsAs<P> for (Submitted<P>,) {}
impl<P, A> ActsAs<P> for (Submitted<P>, A) {}
impl<P, A, B> ActsAs<P> for (Submitted<P>, A, B) {}
impl<P, A, B, C> ActsAs<P> for (Submitted<P>, A, B, C) {}

/// A console page.
pub fn get<P, H, Args>(path: &'static str, _: P, handler: H) -> Route
where
    P: Permit,
    H: Handler<Args>,
    Args: FromRequest + LooksAs<P> + 'static,
    H::Output: Responder + 'static,
{
    let access = Access::Operator(P::PERMISSION);
    line(Method::GET, path, (access, Face::Console), handler)
}

/// A console form.
pub fn post<P, H, Args>(path: &'static str, _: P, handler: H) -> Route
where
    P: Permit,
    H: Handler<Args>,
    Args: FromRequest + ActsAs<P> + 'static,
    H::Output: Responder + 'static,
{
    let access = Access::Operator(P::PERMISSION);
    line(Method::POST, path, (access, Face::Console), handler)
}

/// Anything that needs no operator: it says so, and on which face it stands.
pub fn open<H, Args>(method: Method, path: &'static str, whom: (Access, Face), handler: H) -> Route
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    line(method, path, whom, handler)
}

fn line<H, Args>(
    method: Method,
    path: &'static str,
    (access, face): (Access, Face),
    handler: H,
) -> Route
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    let served = if method == Method::GET {
        // A plain `get()` answers HEAD with 405.
        Served::new()
            .guard(guard::Any(guard::Get()).or(guard::Head()))
            .to(handler)
    } else {
        Served::new().method(method.clone()).to(handler)
    };
    Route {
        method,
        path,
        access,
        face,
        served,
    }
}

/// Registers the lines that belong on `face`; several methods of one path become one resource, so that a wrong
/// method is 405 and names the right ones.
pub fn serve(config: &mut web::ServiceConfig, table: Vec<Route>, is_here: impl Fn(Face) -> bool) {
    let mut resources: Vec<(&'static str, Vec<Route>)> = Vec::new();
    for route in table.into_iter().filter(|route| is_here(route.face)) {
        match resources.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, routes)) => routes.push(route),
            None => resources.push((route.path, vec![route])),
        }
    }
    for (path, routes) in resources {
        let allowed = allowed_methods(&routes);
        let resource = routes
            .into_iter()
            .fold(web::resource(path), |resource, route| {
                resource.route(route.served)
            });
        config.service(resource.default_service(web::to(move || wrong_method(allowed.clone()))));
    }
}

fn allowed_methods(routes: &[Route]) -> String {
    let names = routes.iter().map(|route| match route.method.as_str() {
        "GET" => "GET, HEAD",
        "POST" => "POST",
        _ => "OPTIONS",
    });
    names.collect::<Vec<_>>().join(", ")
}

#[expect(clippy::unused_async, reason = "a handler is async")]
async fn wrong_method(allowed: String) -> HttpResponse {
    let mut response = HttpResponse::from_error(Problem::MethodNotAllowed);
    if let Ok(value) = allowed.parse() {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}
