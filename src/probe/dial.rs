//! A fresh connection to exactly the address that was judged: lookup, connect, TLS.
//!
//! Fresh each time, because a pooled connection hides faults of the name, the port and the certificate.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::domain::observation::Outcome;
use crate::probe::Instruments;
use crate::probe::certificate;
use crate::probe::finding::{Finding, blame, blame_lookup};
use crate::probe::timing::{Stage, Trail};

/// All addresses of a name together; a peer that is up accepts within this.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) async fn connect(
    instruments: &Instruments,
    host: &str,
    port: u16,
    trail: &mut Trail,
) -> Result<TcpStream, Finding> {
    trail.enter(Stage::Lookup);
    let found = instruments
        .resolver
        .resolve(host, port, &instruments.settings.policy)
        .await
        .map_err(|error| blame_lookup(&error))?;
    trail.enter(Stage::Connect);
    let share = CONNECT_TIMEOUT / u32::try_from(found.len().max(1)).unwrap_or(1);
    let mut worst: Option<Finding> = None;
    for address in found {
        match connect_to(address, share).await {
            Ok(stream) => return Ok(stream),
            // One address that the target refuses says more than another that we cannot reach.
            Err(finding) => {
                if worst
                    .as_ref()
                    .is_none_or(|seen| seen.outcome != Outcome::Fail)
                {
                    worst = Some(finding);
                }
            }
        }
    }
    Err(worst.unwrap_or_else(|| Finding::fail("dns_not_found", "the name has no address")))
}

async fn connect_to(address: SocketAddr, within: Duration) -> Result<TcpStream, Finding> {
    let doing = format!("connecting to {address}");
    match tokio::time::timeout(within, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => {
            stream
                .set_nodelay(true)
                .map_err(|error| blame(&error, &doing))?;
            Ok(stream)
        }
        Ok(Err(error)) => Err(blame(&error, &doing)),
        Err(_) => Err(blame(&io::ErrorKind::TimedOut.into(), &doing)),
    }
}

pub(crate) async fn encrypt(
    instruments: &Instruments,
    host: &str,
    stream: TcpStream,
    trail: &mut Trail,
) -> Result<TlsStream<TcpStream>, Finding> {
    trail.enter(Stage::Tls);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(bare.to_owned())
        .map_err(|_| Finding::own("misconfigured", format!("`{bare}` is not a name for TLS")))?;
    instruments
        .tls
        .connect(name, stream)
        .await
        .map_err(|error| certificate::blame_handshake(&error))
}
