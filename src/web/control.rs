//! The control socket: the command line's way into a running server. Owner-only, a file in the data directory.
//!
//! Whoever can open it can read the database as well, so it asks for no credential; what is done is recorded as done
//! by the command line.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::Value;
use tokio::sync::watch;

use crate::actions::request::{Answer, Request, perform};
use crate::actions::{ActionContext, ActionError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::estate::Estate;
use crate::seal::KeyRing;
use crate::store::Store;

/// Its name in the data directory.
pub const SOCKET: &str = "control.sock";

/// Longest request: a file of several hundred thousand subscribers, imported whole or not at all.
const LONGEST_REQUEST: usize = 64 * 1024 * 1024;

const SHUTDOWN_S: u64 = 2;

/// Reloads the configuration and answers what changed; app supplies it.
pub type Reload =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Value, ActionError>> + Send>> + Send + Sync>;

/// What a request through the socket acts on.
#[derive(Clone)]
pub struct Control {
    pub store: Store,
    pub estate: watch::Receiver<Arc<Estate>>,
    pub keys: KeyRing,
    pub reload: Reload,
}

/// The socket, listening and owner-only, and gone when this is dropped.
#[derive(Debug)]
pub struct Bound {
    listener: UnixListener,
    path: PathBuf,
}

impl Bound {
    /// Takes the place of a socket that a crash left behind: the data directory's lock is ours.
    ///
    /// # Errors
    /// The directory is not writable, or its path is longer than a socket's may be.
    pub fn in_data_dir(data_dir: &Path) -> std::io::Result<Self> {
        let path = data_dir.join(SOCKET);
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Answers until `stop` says so.
    ///
    /// # Errors
    /// The socket fails while serving.
    pub async fn serve(
        self,
        control: Control,
        mut stop: watch::Receiver<bool>,
    ) -> std::io::Result<()> {
        let control = web::Data::new(control);
        let server = HttpServer::new(move || {
            App::new()
                .app_data(control.clone())
                .app_data(
                    web::JsonConfig::default()
                        .limit(LONGEST_REQUEST)
                        .error_handler(refuse),
                )
                .route("/v1/perform", web::post().to(do_request))
                .route("/v1/config/apply", web::post().to(apply_config))
        });
        let server = server
            .workers(1)
            .shutdown_timeout(SHUTDOWN_S)
            .disable_signals()
            .listen_uds(self.listener.try_clone()?)?
            .run();
        let handle = server.handle();
        let stopping = async {
            // A sender that is gone means the same as a stop.
            let _ = stop.wait_for(|is_stopping| *is_stopping).await;
            handle.stop(true).await;
        };
        let (served, ()) = tokio::join!(server, stopping);
        served
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Control {
    fn context(&self) -> ActionContext {
        ActionContext {
            store: self.store.clone(),
            estate: Arc::clone(&self.estate.borrow()),
            keys: self.keys.clone(),
            now: clock::now(),
            actor: Actor::CommandLine,
        }
    }
}

async fn do_request(control: web::Data<Control>, request: web::Json<Request>) -> HttpResponse {
    let done = perform(&control.context(), request.into_inner()).await;
    HttpResponse::Ok().json(Answer::from(done))
}

async fn apply_config(control: web::Data<Control>) -> HttpResponse {
    HttpResponse::Ok().json(Answer::from((control.reload)().await))
}

/// A request that is not one of ours: another version of the program.
fn refuse(
    error: actix_web::error::JsonPayloadError,
    _: &actix_web::HttpRequest,
) -> actix_web::Error {
    let refused = ActionError::Invalid {
        field: "request",
        message: error.to_string(),
        hint: Some("is the command line of the same version as the server?".to_owned()),
    };
    let answer = HttpResponse::Ok().json(Answer::from(Err(refused)));
    actix_web::error::InternalError::from_response(error, answer).into()
}
