//! ★ Every route there is, grouped by audience: method, path, access, handler.
//!
//! The public page's documents are not here: they come from the snapshot, see [`super::public`]. A line of this
//! table whose access differs from its handler's signature does not build.

use actix_web::http::Method;

use crate::web::console::{assets, components, door, incidents, overview, room};
use crate::web::extract::seat::{ReadConsole, RunIncidents};
use crate::web::health;
use crate::web::table::{Access, Face, Route, get, open, post};

const CONSOLE_DOOR: (Access, Face) = (Access::Open, Face::Console);
const CONSOLE_LINK: (Access, Face) = (Access::Link, Face::Console);
const ANYWHERE: (Access, Face) = (Access::Open, Face::Either);

/// Built once per worker: actix's routes cannot be shared.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one table, read whole")]
pub fn table() -> Vec<Route> {
    vec![
        // For whoever starts and balances us.
        open(Method::GET, "/healthz", ANYWHERE, health::alive),
        open(Method::GET, "/readyz", ANYWHERE, health::ready),
        // The door.
        open(
            Method::GET,
            "/console/static/{name}",
            CONSOLE_DOOR,
            assets::show,
        ),
        open(Method::GET, "/console/sign-in", CONSOLE_DOOR, door::show),
        open(Method::POST, "/console/sign-in", CONSOLE_DOOR, door::enter),
        post("/console/sign-out", ReadConsole, door::leave),
        open(
            Method::GET,
            "/console/set-password/{token}",
            CONSOLE_LINK,
            door::show_invitation,
        ),
        open(
            Method::POST,
            "/console/set-password/{token}",
            CONSOLE_LINK,
            door::accept_invitation,
        ),
        open(
            Method::GET,
            "/console/setup/{token}",
            CONSOLE_LINK,
            door::show_setup,
        ),
        open(
            Method::POST,
            "/console/setup/{token}",
            CONSOLE_LINK,
            door::finish_setup,
        ),
        // Whoever is on call.
        get("/console", ReadConsole, overview::show),
        get("/console/incidents", ReadConsole, incidents::list),
        post("/console/incidents", RunIncidents, incidents::create),
        get("/console/incidents/new", RunIncidents, incidents::new),
        get("/console/incidents/{id}", ReadConsole, room::show),
        post(
            "/console/incidents/{id}/updates",
            RunIncidents,
            room::update,
        ),
        post(
            "/console/incidents/{id}/publish",
            RunIncidents,
            room::publish,
        ),
        post(
            "/console/incidents/{id}/dismiss",
            RunIncidents,
            room::dismiss,
        ),
        get("/console/components", ReadConsole, components::list),
        get("/console/components/{id}", ReadConsole, components::show),
        post(
            "/console/components/{id}/pin",
            RunIncidents,
            components::pin,
        ),
        post(
            "/console/components/{id}/unpin",
            RunIncidents,
            components::unpin,
        ),
    ]
}
