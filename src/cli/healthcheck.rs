//! `allclear healthcheck`: asks the server's own `/healthz`, as a container's runtime does every few seconds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::StatusCode;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;

use crate::cli::act::with_settings;
use crate::cli::output::Output;
use crate::cli::{Exit, Options};

/// A page from memory that takes longer is not served.
const PATIENCE: Duration = Duration::from_secs(5);

/// Exit 0 while the server answers. It says nothing of the database, without which the page is served all the same.
pub(super) fn healthcheck(options: &Options, output: Output) -> Exit {
    with_settings(options, output, async |settings| {
        let address = reachable(settings.server.listen);
        let answered = tokio::time::timeout(PATIENCE, ask(address)).await;
        let why = match answered {
            Ok(Ok(StatusCode::OK)) => {
                output.tell(&json!({ "serving": true }), &"serving");
                return Ok(Exit::Done);
            }
            Ok(Ok(status)) => format!("it answers {status}"),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("it says nothing for {} s", PATIENCE.as_secs()),
        };
        output.fail(&format!("no server answers on {address}: {why}"));
        Ok(Exit::Failed)
    })
}

/// An address that stands for all of this machine is asked on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let host = match listen.ip() {
        IpAddr::V4(any) if any.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(any) if any.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        one => one,
    };
    SocketAddr::new(host, listen.port())
}

async fn ask(address: SocketAddr) -> anyhow::Result<StatusCode> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let request = hyper::Request::get("/healthz")
        .header("host", address.to_string())
        .body(Empty::<Bytes>::new())?;
    let mut asked = std::pin::pin!(sender.send_request(request));
    tokio::select! {
        biased;
        answer = &mut asked => return Ok(answer?.status()),
        _ = connection => {}
    }
    Ok(asked.await?.status())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_for_all_is_asked_on_loopback() {
        let asked = |listen: &str| reachable(listen.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(asked("[::]:8080"), "[::1]:8080");
        assert_eq!(asked("10.0.0.7:80"), "10.0.0.7:80");
    }
}
