//! The page for a problem: what a person sees instead of what they asked for.

use actix_web::HttpResponse;
use maud::{Markup, html};

use crate::markup::marks;
use crate::web::console::frame;
use crate::web::problem::Problem;

/// Two sentences and a way back. Somebody whose session ended is met by [`super::door`] instead.
#[must_use]
pub fn respond(problem: &Problem, id: &str, is_console: bool) -> HttpResponse {
    let (title, _) = problem.words();
    frame::respond(
        problem.status().as_u16(),
        &frame::document(&title, &draw(problem, id, is_console)),
    )
}

fn draw(problem: &Problem, id: &str, is_console: bool) -> Markup {
    let (title, advice) = problem.words();
    let (back, where_to) = if is_console {
        ("/console", "Back to the console")
    } else {
        ("/", "To the status page")
    };
    html! {
        main id="main" tabindex="-1" { div.door {
            p.brand { (marks::maker()) "Allclear" }
            h1 { (title) }
            p { (advice) }
            p.door-on { a.button href=(back) { (where_to) } }
            @if problem.status().is_server_error() {
                p.small.door-foot { "Request " span.code { (id) } }
            }
        } }
    }
}
