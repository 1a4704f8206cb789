//! The frame round every console page: head, top band with the rooms, main.

use actix_web::HttpResponse;
use maud::{DOCTYPE, Markup, html};

use crate::auth::csrf;
use crate::auth::session::Seat;
use crate::domain::estate::Estate;
use crate::domain::permission::Permission;
use crate::markup::marks;
use crate::markup::times::Wall;
use crate::web::console::assets;
use crate::web::site::Site;

/// A room of the console, as the top band lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    OnCall,
    Incidents,
    Maintenance,
    Components,
    Subscribers,
    Operators,
    Audit,
}

impl Room {
    const ALL: [Self; 7] = [
        Self::OnCall,
        Self::Incidents,
        Self::Maintenance,
        Self::Components,
        Self::Subscribers,
        Self::Operators,
        Self::Audit,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::OnCall => "/console",
            Self::Incidents => "/console/incidents",
            Self::Maintenance => "/console/maintenance",
            Self::Components => "/console/components",
            Self::Subscribers => "/console/subscribers",
            Self::Operators => "/console/operators",
            Self::Audit => "/console/audit",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::OnCall => "On call",
            Self::Incidents => "Incidents",
            Self::Maintenance => "Planned work",
            Self::Components => "Components",
            Self::Subscribers => "Subscribers",
            Self::Operators => "Operators",
            Self::Audit => "Audit",
        }
    }

    const fn needs(self) -> Permission {
        match self {
            Self::OnCall | Self::Incidents | Self::Maintenance | Self::Components => {
                Permission::ReadConsole
            }
            Self::Subscribers => Permission::ManageSubscribers,
            Self::Operators => Permission::ManageOperators,
            Self::Audit => Permission::ReadAudit,
        }
    }
}

/// Who looks, at what time, and the token their forms carry.
pub struct Desk {
    pub seat: Seat,
    pub wall: Wall,
    form_token: String,
    public_url: String,
}

impl Desk {
    #[must_use]
    pub fn new(site: &Site, seat: Seat) -> Self {
        Self {
            wall: wall(&site.estate(), site),
            form_token: csrf::form_token(&site.keys, &seat.jti),
            public_url: site.settings.public_url.to_string(),
            seat,
        }
    }

    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.seat.role.may(permission)
    }

    /// The hidden field every form of ours begins with.
    #[must_use]
    pub fn token_field(&self) -> Markup {
        html! { input type="hidden" name=(csrf::FIELD) value=(self.form_token); }
    }

    /// A whole page. `above` is the band between top and main: a late promise, an error.
    #[must_use]
    pub fn page(
        &self,
        room: Option<Room>,
        title: &str,
        above: &Markup,
        main: &Markup,
    ) -> HttpResponse {
        let body = html! {
            (self.top(room))
            (above)
            main id="main" tabindex="-1" { div.wrap { (main) } }
        };
        respond(200, &document(title, &body))
    }

    fn top(&self, current: Option<Room>) -> Markup {
        let rooms = Room::ALL.into_iter().filter(|room| self.may(room.needs()));
        html! {
            header.top { div.wrap {
                a.brand href="/console" { (marks::maker()) "Allclear" }
                nav aria-label="Console" {
                    @for room in rooms {
                        a aria-current=[(Some(room) == current).then_some("page")] href=(room.path()) { (room.name()) }
                    }
                    a href=(self.public_url) { "The page" }
                }
                form.who method="post" action="/console/sign-out" {
                    (self.token_field())
                    span { bdi { (self.seat.email) } ", " (self.seat.role.name()) }
                    span { (self.wall.clock(self.wall.now())) }
                    button.button-text type="submit" { "Sign out" }
                }
            } }
        }
    }
}

/// Console times are in the zone of the page, like the times customers read.
#[must_use]
pub fn wall(estate: &Estate, site: &Site) -> Wall {
    let zone = estate
        .pages
        .first()
        .map_or("UTC", |page| page.time_zone.as_str());
    Wall::named(zone, site.now())
}

/// Head, sprite and skip link round `body`.
#[must_use]
pub fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Allclear" }
                meta name="robots" content="noindex";
                meta name="theme-color" content="#fcfcfb" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#0f1215" media="(prefers-color-scheme: dark)";
                link rel="icon" href=(assets::icon_path()) type="image/svg+xml";
                link rel="stylesheet" href=(assets::style_path());
            }
            body.console {
                a.skip href="#main" { "Skip to the work" }
                (marks::sprite())
                (body)
            }
        }
    }
}

/// A page nobody may keep.
#[must_use]
pub fn respond(status: u16, page: &Markup) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header(("cache-control", "no-store"))
        .body(page.0.clone())
}

/// After a form: look at the page again, so that a reload repeats nothing.
#[must_use]
pub fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header(("location", path))
        .finish()
}
