//! Components to test the rules on.

use std::time::Duration;

use crate::domain::check::{Check, CheckKind, TcpCheck};
use crate::domain::component::{AutoPublish, Component, Hysteresis, Owner, Show};
use crate::domain::id::{CheckId, ComponentId, ObjectiveId, PublicId};
use crate::domain::objective::{Indicator, Objective, Target, Window};
use crate::domain::timestamp::Timestamp;

/// A component with so many critical checks, named `check-0` and on.
pub(crate) fn component(checks: u8) -> Component {
    Component {
        id: ComponentId(PublicId::from_random([100; 12])),
        key: "checkout".to_owned(),
        name: "Checkout API".to_owned(),
        description: None,
        group: None,
        tier: 1,
        owner_mail: None,
        runbook: None,
        depends_on: Vec::new(),
        show: Show::Always,
        auto_publish: AutoPublish::Full,
        publish_after: Duration::from_mins(10),
        major_k: None,
        region: None,
        workaround: None,
        revenue_per_minute: None,
        uptime_since: None,
        hysteresis: Hysteresis::default(),
        checks: (0..checks).map(check).collect(),
        objectives: Vec::new(),
        owner: Owner::File,
        created_at: Timestamp::from_seconds(0),
    }
}

/// Every 30 seconds, three failures, two passes; stale after 120 seconds.
pub(crate) fn check(number: u8) -> Check {
    Check {
        id: CheckId(PublicId::from_random([number; 12])),
        key: format!("check-{number}"),
        kind: CheckKind::Tcp(TcpCheck {
            host: "127.0.0.1".to_owned(),
            port: 1,
        }),
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(10),
        retry_interval: Duration::from_secs(15),
        fail_after: 3,
        recover_after: 2,
        slow_after: None,
        critical: true,
        locations: vec!["fra".to_owned()],
    }
}

/// 99.9 % over 30 days, public.
pub(crate) fn objective() -> Objective {
    Objective {
        id: ObjectiveId(PublicId::from_random([50; 12])),
        key: "availability".to_owned(),
        target: Target::from_parts_per_billion(999_000_000).expect("below one"),
        window: Window::Rolling(Duration::from_hours(720)),
        public: true,
        indicator: Indicator::Prometheus {
            source: "main".to_owned(),
            bad: "bad".to_owned(),
            total: "total".to_owned(),
        },
    }
}
