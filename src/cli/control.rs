//! How a command reaches the actions: through the running server's socket if one answers, else on the database itself.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

use crate::actions::ActionContext;
use crate::actions::apply_config::{apply_config, known_estate};
use crate::actions::request::{Answer, Refusal, Request, perform};
use crate::clock;
use crate::config::Settings;
use crate::domain::actor::Actor;
use crate::domain::estate::Estate;
use crate::seal::KeyRing;
use crate::store::lease::{DataDirLock, LockError};
use crate::store::{Store, StoreOptions};

/// The socket's name in the data directory; `web::control` makes it.
const SOCKET: &str = "control.sock";

/// A server that says nothing for longer than this hangs; its own deadlines are shorter.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that is starting has the directory before it has its socket; this long we wait for it.
const STARTING: Duration = Duration::from_secs(5);

/// Between two looks at a server that is starting.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// It was asked; whether it was done is not known.
    #[error("unknown whether it was committed: {why}")]
    Unanswered {
        why: String,
        /// The command that shows it.
        shown_by: &'static str,
    },
    /// Nothing was done.
    #[error("{0}")]
    Unopened(String),
    /// Another process has the directory, and no socket answers.
    #[error("{0}, and its socket does not answer")]
    Taken(LockError),
}

impl ControlError {
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Refused(refusal) => refusal.hint.clone(),
            Self::Unanswered { shown_by, .. } => Some(format!(
                "check with `allclear {shown_by}` before you do it again"
            )),
            Self::Unopened(_) => None,
            Self::Taken(_) => Some(
                "a server is starting, or waits for its database: see its log, then try again"
                    .to_owned(),
            ),
        }
    }
}

/// Does `request`, wherever it can be done.
pub async fn ask(settings: &Settings, request: Request) -> Result<Value, ControlError> {
    let socket = match reach(settings).await? {
        Door::Server(socket) => socket,
        Door::Ours(lock) => return alone(settings, lock, request).await,
    };
    let body = serde_json::to_vec(&request).map_err(unopened)?;
    let shown_by = request.shown_by();
    let answer = send(socket, "/v1/perform", body).await;
    let answer = answer.map_err(|why| unanswered(why, shown_by))?;
    judged(answer).map_err(|error| with_way_to_check(error, shown_by))
}

/// Makes the running server read its configuration again; without one there is nothing to tell.
pub async fn reload(settings: &Settings) -> Result<Option<Value>, ControlError> {
    let Some(socket) = connect(settings).await else {
        return Ok(None);
    };
    let sent = send(socket, "/v1/config/apply", Vec::new()).await;
    judged(sent.map_err(|why| unanswered(why, Some("status")))?).map(Some)
}

/// Whether a server has a socket here.
pub async fn is_running(settings: &Settings) -> bool {
    connect(settings).await.is_some()
}

/// Where a request is done.
enum Door {
    Server(UnixStream),
    Ours(DataDirLock),
}

/// The running server's socket, or the data directory for ourselves.
async fn reach(settings: &Settings) -> Result<Door, ControlError> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(socket) = connect(settings).await {
            return Ok(Door::Server(socket));
        }
        match DataDirLock::take(&settings.server.data_dir) {
            Ok(lock) => return Ok(Door::Ours(lock)),
            Err(LockError::InUse { .. }) if waited < STARTING => {}
            Err(error @ LockError::InUse { .. }) => return Err(ControlError::Taken(error)),
            Err(error @ LockError::Unusable { .. }) => return Err(unopened(error)),
        }
        tokio::time::sleep(LOOK_AGAIN).await;
        waited += LOOK_AGAIN;
    }
}

async fn connect(settings: &Settings) -> Option<UnixStream> {
    let path = settings.server.data_dir.join(SOCKET);
    UnixStream::connect(path).await.ok()
}

fn judged(answer: Answer) -> Result<Value, ControlError> {
    match answer {
        Answer::Done(value) => Ok(value),
        Answer::Refused(refusal) => Err(ControlError::Refused(refusal)),
    }
}

/// The database may have committed what it did not confirm: say how to find out.
fn with_way_to_check(error: ControlError, shown_by: Option<&'static str>) -> ControlError {
    match (error, shown_by) {
        (ControlError::Refused(mut refusal), Some(command))
            if refusal.code == "unavailable" && refusal.hint.is_none() =>
        {
            refusal.hint = Some(format!(
                "check with `allclear {command}` before you do it again"
            ));
            ControlError::Refused(refusal)
        }
        (error, _) => error,
    }
}

/// Asks, and waits for the whole answer. An error leaves it open what became of it.
async fn send(socket: UnixStream, path: &str, body: Vec<u8>) -> Result<Answer, String> {
    tokio::time::timeout(PATIENCE, exchange(socket, path, body))
        .await
        .unwrap_or_else(|_| {
            Err(format!(
                "the server said nothing for {} s",
                PATIENCE.as_secs()
            ))
        })
}

async fn exchange(socket: UnixStream, path: &str, body: Vec<u8>) -> Result<Answer, String> {
    let io = TokioIo::new(socket);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io)
        .await
        .map_err(lost)?;
    let request = hyper::Request::post(path)
        .header("host", "control")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(lost)?;
    let asked = async {
        let response = sender.send_request(request).await.map_err(lost)?;
        let body = response.into_body().collect().await.map_err(lost)?;
        serde_json::from_slice(&body.to_bytes()).map_err(lost)
    };
    let mut asked = std::pin::pin!(asked);
    tokio::select! {
        biased;
        answer = &mut asked => return answer,
        // A connection that ended may have brought the answer; `asked` knows.
        _ = connection => {}
    }
    asked.await
}

fn lost(why: impl std::fmt::Display) -> String {
    format!("the connection to the server was lost ({why})")
}

fn unanswered(why: String, shown_by: Option<&'static str>) -> ControlError {
    match shown_by {
        Some(shown_by) => ControlError::Unanswered { why, shown_by },
        None => ControlError::Unopened(why),
    }
}

/// No server: the data directory is ours, so that none starts meanwhile, and it is done here.
async fn alone(
    settings: &Settings,
    _lock: DataDirLock,
    request: Request,
) -> Result<Value, ControlError> {
    let store = open(settings)?;
    let keys = KeyRing::open(&settings.server.data_dir).map_err(unopened)?;
    let shown_by = request.shown_by();
    let done = perform_alone(settings, (&store, keys), request).await;
    store.close().await;
    judged(done).map_err(|error| with_way_to_check(error, shown_by))
}

async fn perform_alone(
    settings: &Settings,
    (store, keys): (&Store, KeyRing),
    request: Request,
) -> Answer {
    let mut ctx = ActionContext {
        store: store.clone(),
        estate: Arc::new(Estate::default()),
        keys,
        now: clock::now(),
        actor: Actor::CommandLine,
    };
    // Looking writes nothing: a command with the wrong file must not archive what that file does not name.
    let estate = match request.shown_by() {
        None => known_estate(&ctx, &settings.manifest).await,
        Some(_) => apply_config(&ctx, &settings.manifest)
            .await
            .map(|applied| applied.estate),
    };
    match estate {
        Ok(estate) => ctx.estate = Arc::new(estate),
        Err(error) => return Answer::from(Err(error)),
    }
    Answer::from(perform(&ctx, request).await)
}

/// The database as this configuration names it; migrated if need be.
pub fn open(settings: &Settings) -> Result<Store, ControlError> {
    Store::open(&options(settings)).map_err(unopened)
}

pub(super) fn options(settings: &Settings) -> StoreOptions {
    StoreOptions {
        url: settings.database_url.clone(),
        data_dir: settings.server.data_dir.clone(),
        readers: 1,
    }
}

fn unopened(why: impl std::fmt::Display) -> ControlError {
    ControlError::Unopened(why.to_string())
}
