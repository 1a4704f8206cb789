//! Where the time of a look goes: lookup, connect, TLS, first byte, and the whole.

use std::time::Duration;

use crate::clock::Stopwatch;
use crate::domain::observation::Phases;
use crate::probe::finding::Finding;

/// What a look is doing at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Lookup,
    Connect,
    Tls,
    Answer,
    Body,
}

/// A deadline that was noticed this much too late says that we were stopped or starved, not that the target hung.
const OWN_DELAY: Duration = Duration::from_secs(1);

/// The trail of one look. Hops of redirects add up. It outlives a look cut off by its deadline.
pub(crate) struct Trail {
    watch: Stopwatch,
    stage: Stage,
    entered: Duration,
    phases: Phases,
}

impl Trail {
    pub(crate) fn start() -> Self {
        Self {
            watch: Stopwatch::start(),
            stage: Stage::Lookup,
            entered: Duration::ZERO,
            phases: Phases::default(),
        }
    }

    /// Ends the present stage and begins `next`.
    pub(crate) fn enter(&mut self, next: Stage) {
        let elapsed = self.watch.elapsed();
        let spent = elapsed.saturating_sub(self.entered);
        match self.stage {
            Stage::Lookup => self.phases.dns += spent,
            Stage::Connect => self.phases.connect += spent,
            Stage::Tls => self.phases.tls += spent,
            Stage::Answer => self.phases.first_byte += spent,
            Stage::Body => {}
        }
        self.stage = next;
        self.entered = elapsed;
    }

    /// Ends the look.
    pub(crate) fn end(mut self) -> Phases {
        self.enter(Stage::Body);
        self.phases.total = self.entered;
        self.phases
    }

    /// The look ran out of `allowed`: who is to blame depends on what it waited for.
    pub(crate) fn out_of_time(&self, allowed: Duration) -> Finding {
        let late = self.watch.elapsed().saturating_sub(allowed);
        if late > OWN_DELAY {
            let detail = format!("we noticed the deadline {} ms too late", late.as_millis());
            return Finding::own("own_delay", detail);
        }
        let after = format!("within {} ms", allowed.as_millis());
        match self.stage {
            Stage::Lookup => Finding::own(
                "dns_own_fault",
                format!("no answer from the resolver {after}"),
            ),
            Stage::Connect => Finding::fail("connect_timeout", format!("no connection {after}")),
            Stage::Tls => Finding::fail("tls_timeout", format!("no TLS handshake {after}")),
            Stage::Answer => Finding::fail("deadline", format!("no answer {after}")),
            Stage::Body => Finding::fail("deadline", format!("the answer did not end {after}")),
        }
    }
}
