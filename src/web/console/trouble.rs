//! The page for a problem, and the door for somebody whose session ended, with their words kept.

use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};

use crate::markup::marks;
use crate::web::console::{door, frame};
use crate::web::problem::Problem;

/// What a person sees instead of what they asked for.
#[must_use]
pub fn respond(request: &HttpRequest, problem: &Problem, id: &str) -> HttpResponse {
    if let Problem::SignedOut(interrupted) = problem {
        return door::interrupted(request, interrupted);
    }
    let (title, _) = problem.words();
    let is_console = request.path().starts_with("/console");
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
