//! What every handler outside the snapshot may reach: the store, the keys, the estate, our own counters.
//!
//! The public page's handlers get none of this: they hold the shelf alone.

use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, web};
use tokio::sync::watch;

use crate::auth::claims::Signer;
use crate::auth::limits::Limits;
use crate::channel::webhook::WebhookSettings;
use crate::domain::estate::Estate;
use crate::domain::timestamp::Timestamp;
use crate::publish::shelf::Shelf;
use crate::seal::KeyRing;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;
use crate::watch::heartbeat::HeartbeatBook;
use crate::web::problem::Problem;
use crate::web::settings::ServerSettings;

/// The parts the faces are built from.
pub struct Site {
    pub settings: ServerSettings,
    pub store: Store,
    pub keys: KeyRing,
    pub signer: Signer,
    pub estate: watch::Receiver<Arc<Estate>>,
    pub limits: Limits,
    pub heartbeats: Arc<HeartbeatBook>,
    /// Which endpoints may be subscribed.
    pub webhooks: WebhookSettings,
    pub metrics: Arc<Metrics>,
    /// Only to say whether the page is fresh: readers are served elsewhere.
    pub shelf: Arc<Shelf>,
    /// Whether mail is configured; the console says when it is not.
    pub has_mail: bool,
    /// The one clock, handed in so that tests can turn it.
    pub clock: fn() -> Timestamp,
}

impl Site {
    /// # Errors
    /// [`Problem::Internal`] when the application was built without its site: a wiring fault.
    pub fn of(request: &HttpRequest) -> Result<web::Data<Self>, Problem> {
        let site = request.app_data::<web::Data<Self>>().cloned();
        site.ok_or_else(|| Problem::Internal("the site is not wired".to_owned()))
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    #[must_use]
    pub fn estate(&self) -> Arc<Estate> {
        self.estate.borrow().clone()
    }

    /// `__Host-` binds the cookie to this host and to TLS; browsers refuse it on plain loopback.
    #[must_use]
    pub fn cookie_name(&self) -> &'static str {
        if self.settings.is_console_https() {
            "__Host-allclear"
        } else {
            "allclear_session"
        }
    }

    /// The session cookie; an empty `token` takes it away.
    #[must_use]
    pub fn session_cookie(&self, token: &str) -> Cookie<'static> {
        let cookie = Cookie::build(self.cookie_name(), token.to_owned())
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.settings.is_console_https());
        if token.is_empty() {
            return cookie
                .max_age(actix_web::cookie::time::Duration::ZERO)
                .finish();
        }
        cookie.finish()
    }
}
