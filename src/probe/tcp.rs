//! TCP checks: a connection is accepted, and nothing is said.

use crate::domain::check::{Check, TcpCheck};
use crate::domain::observation::Phases;
use crate::probe::Instruments;
use crate::probe::dial;
use crate::probe::finding::Finding;
use crate::probe::http::too_slow;
use crate::probe::timing::Trail;

pub(crate) async fn look(
    tcp: &TcpCheck,
    check: &Check,
    instruments: &Instruments,
) -> (Finding, Phases) {
    let mut trail = Trail::start();
    let connecting = dial::connect(instruments, &tcp.host, tcp.port, &mut trail);
    let looked = tokio::time::timeout(check.timeout, connecting).await;
    let seen = match looked {
        Ok(seen) => seen,
        Err(_) => Err(trail.out_of_time(check.timeout)),
    };
    let phases = trail.end();
    let mut finding = match seen {
        Ok(_closed_here) => too_slow(check, &phases).unwrap_or_else(|| Finding::pass("accepted")),
        Err(finding) => finding,
    };
    finding.detail = format!("{}:{}: {}", tcp.host, tcp.port, finding.detail);
    (finding, phases)
}
