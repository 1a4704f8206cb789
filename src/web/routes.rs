//! ★ Every route there is, grouped by audience: method, path, access, handler.
//!
//! The public page's documents are not here: they come from the snapshot, see [`super::public`]. A line of this
//! table whose access differs from its handler's signature does not build.

use actix_web::http::Method;

use crate::web::console::{
    assets, audit, components, door, incidents, maintenance, operators, overview, room,
    subscribers, welcome,
};
use crate::web::extract::seat::{
    ManageOperators, ManageSubscribers, ReadAudit, ReadConsole, RunIncidents, RunMaintenance,
};
use crate::web::table::{Access, Face, Route, get, open, post};
use crate::web::{health, heartbeat, subscriptions};

const CONSOLE_DOOR: (Access, Face) = (Access::Open, Face::Console);
const CONSOLE_LINK: (Access, Face) = (Access::Link, Face::Console);
const PUBLIC: (Access, Face) = (Access::Open, Face::Public);
const PUBLIC_LINK: (Access, Face) = (Access::Link, Face::Public);
const ANYWHERE: (Access, Face) = (Access::Open, Face::Either);

/// Built once per worker: actix's routes cannot be shared.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one table, read whole")]
pub fn table() -> Vec<Route> {
    vec![
        // For whoever starts and balances us.
        open(Method::GET, "/healthz", ANYWHERE, health::alive),
        open(Method::GET, "/readyz", ANYWHERE, health::ready),
        // Whoever wants to be told, and whoever does not any more.
        open(Method::POST, "/subscribe", PUBLIC, subscriptions::ask),
        open(
            Method::GET,
            "/subscribe/confirm/{token}",
            PUBLIC_LINK,
            subscriptions::show_confirm,
        ),
        open(
            Method::POST,
            "/subscribe/confirm/{token}",
            PUBLIC_LINK,
            subscriptions::confirmed,
        ),
        open(
            Method::GET,
            "/unsubscribe/{token}",
            PUBLIC_LINK,
            subscriptions::show_unsubscribe,
        ),
        open(
            Method::POST,
            "/unsubscribe/{token}",
            PUBLIC_LINK,
            subscriptions::unsubscribed,
        ),
        // Jobs that report; the one place where GET is allowed to say something.
        open(
            Method::GET,
            "/heartbeat/{token}",
            PUBLIC_LINK,
            heartbeat::done,
        ),
        open(
            Method::POST,
            "/heartbeat/{token}",
            PUBLIC_LINK,
            heartbeat::done,
        ),
        open(
            Method::GET,
            "/heartbeat/{token}/start",
            PUBLIC_LINK,
            heartbeat::begun,
        ),
        open(
            Method::POST,
            "/heartbeat/{token}/start",
            PUBLIC_LINK,
            heartbeat::begun,
        ),
        open(
            Method::GET,
            "/heartbeat/{token}/fail",
            PUBLIC_LINK,
            heartbeat::failed,
        ),
        open(
            Method::POST,
            "/heartbeat/{token}/fail",
            PUBLIC_LINK,
            heartbeat::failed,
        ),
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
            welcome::show_invitation,
        ),
        open(
            Method::POST,
            "/console/set-password/{token}",
            CONSOLE_LINK,
            welcome::accept_invitation,
        ),
        open(
            Method::GET,
            "/console/setup/{token}",
            CONSOLE_LINK,
            welcome::show_setup,
        ),
        open(
            Method::POST,
            "/console/setup/{token}",
            CONSOLE_LINK,
            welcome::finish_setup,
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
            "/console/incidents/{id}/updates/{update}",
            RunIncidents,
            room::correct,
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
        // Whoever plans work.
        get("/console/maintenance", ReadConsole, maintenance::list),
        post("/console/maintenance", RunMaintenance, maintenance::create),
        get("/console/maintenance/new", RunMaintenance, maintenance::new),
        get("/console/maintenance/{id}", ReadConsole, maintenance::show),
        post(
            "/console/maintenance/{id}",
            RunMaintenance,
            maintenance::change,
        ),
        // Whoever looks after people.
        get("/console/subscribers", ManageSubscribers, subscribers::list),
        post("/console/subscribers", ManageSubscribers, subscribers::add),
        post(
            "/console/subscribers/{id}/remove",
            ManageSubscribers,
            subscribers::remove,
        ),
        get("/console/audit", ReadAudit, audit::list),
        get("/console/operators", ManageOperators, operators::list),
        post("/console/operators", ManageOperators, operators::add),
        post(
            "/console/operators/{id}",
            ManageOperators,
            operators::change,
        ),
    ]
}
