//! The faces as a whole: who may come in where, what every answer wears, and that looking changes nothing.

use actix_web::http::Method;
use actix_web::test::TestRequest;

use crate::web::for_tests::Visitor;

mod answers;
mod door;
mod forms;
mod routes;
mod subscribers;

/// A path with something in each hole.
pub(super) fn filled(path: &str) -> String {
    path.replace("{id}", "abcdefghijkl")
        .replace("{token}", "no-such-token")
        .replace("{name}", "none.css")
        .replace("{update}", "abcdefghijkl")
}

pub(super) fn request(method: &Method, path: &str, who: Option<&Visitor>) -> TestRequest {
    let mut request = TestRequest::with_uri(&filled(path)).method(method.clone());
    if let Some(who) = who {
        request = request.insert_header(("cookie", who.cookie.clone()));
    }
    if *method == Method::POST {
        let token = who.map(|who| who.form_token.clone()).unwrap_or_default();
        request = request
            .insert_header(("sec-fetch-site", "same-origin"))
            .set_form([("form_token", token)]);
    }
    request
}
