//! Our own counters, in the text form Prometheus scrapes. Rooms hold the handle and count; nobody reads back.
//!
//! Labels are closed sets: a path, an address or a name never becomes a label.

use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Which face a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteClass {
    Public,
    Console,
    Api,
    Subscription,
    Heartbeat,
}

impl RouteClass {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Console => "console",
            Self::Api => "api",
            Self::Subscription => "subscription",
            Self::Heartbeat => "heartbeat",
        }
    }

    /// Whether what it answers is for one reader only.
    #[must_use]
    pub const fn is_private(self) -> bool {
        match self {
            Self::Console | Self::Subscription | Self::Heartbeat => true,
            Self::Public | Self::Api => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    class: &'static str,
    /// `2xx` to `5xx`.
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClassLabels {
    class: &'static str,
}

/// One per process. Cheap to count with from any thread.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<ClassLabels, Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("allclear"),
            requests: Family::default(),
            durations: Family::new_with_constructor(latency_buckets),
        };
        metrics.register();
        metrics
    }

    /// With what the other rooms count for themselves, read whenever we are scraped.
    #[must_use]
    pub fn reading(rooms: impl Collector) -> Self {
        let mut metrics = Self::new();
        metrics.registry.register_collector(Box::new(rooms));
        metrics
    }

    fn register(&mut self) {
        let to = &mut self.registry;
        to.register(
            "http_requests",
            "Requests answered, by face and status",
            self.requests.clone(),
        );
        to.register(
            "http_request_seconds",
            "Time to answer, by face",
            self.durations.clone(),
        );
    }

    pub fn count_request(&self, class: RouteClass, status: u16, took: Duration) {
        let status = match status {
            ..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            500.. => "5xx",
        };
        let class = class.name();
        self.requests
            .get_or_create(&RequestLabels { class, status })
            .inc();
        self.durations
            .get_or_create(&ClassLabels { class })
            .observe(took.as_secs_f64());
    }

    /// The whole registry as `OpenMetrics` text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}

/// From what a snapshot read costs to what a patient browser waits.
fn latency_buckets() -> Histogram {
    Histogram::new([
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_can_be_scraped() {
        let metrics = Metrics::new();
        metrics.count_request(RouteClass::Console, 404, Duration::from_millis(2));

        let text = metrics.text();

        assert!(
            text.contains("allclear_http_requests_total{class=\"console\",status=\"4xx\"} 1"),
            "{text}"
        );
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}
