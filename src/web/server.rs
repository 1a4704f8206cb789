//! The servers: the public address, the console's own if it has one, and the counters'.
//!
//! Everything is bound before anything is served, so that a taken port is an error at start and not a hole later.
//! Public pages are registered first and the rest comes after them: the router asks in order.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use tokio::sync::watch;

use crate::publish::shelf::Shelf;
use crate::telemetry::metrics::Metrics;
use crate::web::layer::envelope::envelope;
use crate::web::problem::Problem;
use crate::web::site::Site;
use crate::web::table::Face;
use crate::web::{public, routes, table};

/// A head that is not here by now belongs to a slow attacker.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const GOODBYE: Duration = Duration::from_secs(2);
/// Sockets per worker; past this the kernel queues.
const CONNECTIONS: usize = 10_000;
/// Within the twelve seconds of a graceful stop, with room for the parts that stop after us.
const SHUTDOWN_S: u64 = 5;

/// An address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for the {face}: {source}")]
pub struct BindError {
    pub face: &'static str,
    pub address: SocketAddr,
    pub source: std::io::Error,
}

/// Listening, not yet answering.
pub struct Bound {
    public: TcpListener,
    console: Option<TcpListener>,
    metrics: Option<TcpListener>,
}

impl Bound {
    /// # Errors
    /// [`BindError`] for the first address that is taken or not ours.
    pub fn on(settings: &crate::web::settings::ServerSettings) -> Result<Self, BindError> {
        let console = settings
            .console_listen
            .map(|address| bind("console", address));
        let metrics = settings
            .metrics_listen
            .map(|address| bind("metrics", address));
        Ok(Self {
            public: bind("public page", settings.listen)?,
            console: console.transpose()?,
            metrics: metrics.transpose()?,
        })
    }

    /// Where the public face listens: with port 0, the port that was given.
    ///
    /// # Errors
    /// The socket is gone.
    pub fn public_address(&self) -> std::io::Result<SocketAddr> {
        self.public.local_addr()
    }

    /// Answers until `stop` says so, then lets requests in progress end.
    ///
    /// # Errors
    /// A listener that fails while serving.
    pub async fn serve(
        self,
        site: Site,
        shelf: Arc<Shelf>,
        stop: watch::Receiver<bool>,
    ) -> std::io::Result<()> {
        let site = web::Data::new(site);
        let mut servers = Vec::new();
        let has_own_console = self.console.is_some();
        servers.push(faced(self.public, &site, Some(&shelf), !has_own_console)?);
        if let Some(listener) = self.console {
            servers.push(faced(listener, &site, None, true)?);
        }
        if let Some(listener) = self.metrics {
            servers.push(counters(listener, Arc::clone(&site.metrics))?);
        }
        until_stopped(servers, stop).await
    }

    /// Answers with the shelf alone, on the public address: what readers get while there is no store. The listener
    /// stays open when this ends, so that nobody is turned away in between.
    ///
    /// # Errors
    /// The listener cannot be shared.
    pub fn serve_page_only(
        &self,
        shelf: Arc<Shelf>,
        stop: watch::Receiver<bool>,
    ) -> std::io::Result<impl Future<Output = std::io::Result<()>> + Send + 'static> {
        let listener = self.public.try_clone()?;
        let server = HttpServer::new(move || {
            let shelf = Arc::clone(&shelf);
            App::new()
                .wrap(from_fn(envelope))
                .configure(move |config| public::configure(config, &shelf))
                .route("/healthz", web::get().to(HttpResponse::Ok))
                .default_service(web::to(not_yet))
        });
        let server = server
            .client_request_timeout(HEAD_DEADLINE)
            .keep_alive(KEEP_ALIVE)
            .max_connections(CONNECTIONS)
            .shutdown_timeout(SHUTDOWN_S)
            .disable_signals()
            .listen(listener)?;
        Ok(until_stopped(vec![server.run()], stop))
    }
}

/// Runs servers until told to stop, then lets requests in progress end.
async fn until_stopped(
    servers: Vec<Server>,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let handles: Vec<_> = servers.iter().map(Server::handle).collect();
    let stopping = async {
        // A sender that is gone means the same as a stop.
        let _ = stop.wait_for(|is_stopping| *is_stopping).await.map(drop);
        for handle in handles {
            handle.stop(true).await;
        }
    };
    let serving = futures_util::future::try_join_all(servers);
    let (served, ()) = tokio::join!(serving, stopping);
    served.map(|_| ())
}

fn bind(face: &'static str, address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).map_err(|source| BindError {
        face,
        address,
        source,
    })
}

/// One address. `shelf` makes it the public page's; `with_console` puts the console behind it.
fn faced(
    listener: TcpListener,
    site: &web::Data<Site>,
    shelf: Option<&Arc<Shelf>>,
    with_console: bool,
) -> std::io::Result<Server> {
    let (site, shelf) = (site.clone(), shelf.cloned());
    let server = HttpServer::new(move || {
        let app = App::new().wrap(from_fn(envelope)).app_data(site.clone());
        let shelf = shelf.clone();
        app.configure(move |config| lay_out(config, shelf, with_console))
            .default_service(web::to(nothing_here))
    });
    let server = server
        .client_request_timeout(HEAD_DEADLINE)
        .client_disconnect_timeout(GOODBYE)
        .keep_alive(KEEP_ALIVE)
        .max_connections(CONNECTIONS)
        .shutdown_timeout(SHUTDOWN_S)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// The order of a face: snapshot first, then what needs the site.
pub fn lay_out(config: &mut web::ServiceConfig, shelf: Option<Arc<Shelf>>, with_console: bool) {
    let is_public = shelf.is_some();
    if let Some(shelf) = shelf {
        public::configure(config, &shelf);
    }
    table::serve(config, routes::table(), |face| match face {
        Face::Public => is_public,
        Face::Console => with_console,
        Face::Either => true,
    });
}

/// What needs the store, while there is none.
async fn not_yet() -> HttpResponse {
    HttpResponse::from_error(Problem::Unavailable(
        "the database is not reached yet".to_owned(),
    ))
}

/// Also what the console is on an address that is not its own. Readers get the page's own words.
pub async fn nothing_here(request: HttpRequest) -> HttpResponse {
    match request.app_data::<web::Data<Shelf>>() {
        Some(shelf) if !request.path().starts_with("/console") => {
            public::not_found(&request, shelf)
        }
        _ => HttpResponse::from_error(Problem::NotFound),
    }
}

fn counters(listener: TcpListener, metrics: Arc<Metrics>) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        let metrics = Arc::clone(&metrics);
        App::new().route(
            "/metrics",
            web::get().to(move || scrape(Arc::clone(&metrics))),
        )
    });
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

#[expect(clippy::unused_async, reason = "a handler is async")]
async fn scrape(metrics: Arc<Metrics>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(metrics.text())
}
