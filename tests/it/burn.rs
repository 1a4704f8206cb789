//! An objective on a real Prometheus that scrapes a small exporter: the error rate rises, the burn pair fires and the
//! component changes; it falls, and both recover; Prometheus stops, and nothing turns green or red because of it.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::town::database::{Kind, kinds};
use crate::town::server::Server;
use crate::town::{eventually, free_port};

/// Requests per second the exporter pretends to serve.
const TRAFFIC: u64 = 100;

/// Counts requests in the background, a share of them as errors.
struct Exporter {
    port: u16,
    percent_bad: Arc<AtomicU64>,
}

impl Exporter {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let percent_bad = Arc::new(AtomicU64::new(0));
        let counted = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
        let (share, counting) = (Arc::clone(&percent_bad), Arc::clone(&counted));
        tokio::spawn(async move {
            let mut beat = tokio::time::interval(Duration::from_millis(100));
            loop {
                beat.tick().await;
                let requests = TRAFFIC / 10;
                let bad = requests * share.load(Ordering::Relaxed) / 100;
                counting.0.fetch_add(bad, Ordering::Relaxed);
                counting.1.fetch_add(requests - bad, Ordering::Relaxed);
            }
        });
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (bad, good) = (
                    counted.0.load(Ordering::Relaxed),
                    counted.1.load(Ordering::Relaxed),
                );
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    let _ = stream.read(&mut request).await;
                    let body = format!(
                        "# TYPE requests_total counter\nrequests_total{{code=\"500\"}} {bad}\n\
                         requests_total{{code=\"200\"}} {good}\n"
                    );
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\n\
                         content-length: {}\r\nconnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { port, percent_bad }
    }

    fn fail(&self, percent: u64) {
        self.percent_bad.store(percent, Ordering::Relaxed);
    }
}

/// Debian's Prometheus, scraping the exporter every second.
fn prometheus(directory: &std::path::Path, exporter: u16) -> (u16, Child) {
    let port = free_port();
    let config = directory.join("prometheus.yml");
    let text = format!(
        "global: {{ scrape_interval: 1s }}\nscrape_configs:\n  - job_name: shop\n    static_configs:\n      \
         - targets: [\"127.0.0.1:{exporter}\"]\n"
    );
    std::fs::write(&config, text).unwrap();
    let process = Command::new("prometheus")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!(
            "--storage.tsdb.path={}",
            directory.join("tsdb").display()
        ))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("prometheus is installed: run tests/run");
    (port, process)
}

fn estate(prometheus: u16) -> String {
    format!(
        r#"
[sources.prometheus.main]
url = "http://127.0.0.1:{prometheus}"

[[page]]
id = "main"
name = "Example"

[[component]]
id = "shop"
name = "Shop"
  [component.hysteresis]
  raise_degraded = "0s"
  raise_partial = "0s"
  raise_major = "0s"
  clear_after = "1s"
  [[component.objective]]
  id = "shop-availability"
  target = 99.9
  window = "1d"
  public = true
    [component.objective.indicator]
    kind = "prometheus"
    source = "main"
    bad = 'sum(rate(requests_total{{code="500"}}[{{{{window}}}}]))'
    total = 'sum(rate(requests_total[{{{{window}}}}]))'
"#
    )
}

/// Burn windows are minutes long and cannot be hurried: the patience of four.
async fn shows(server: &Server, status: &str) {
    let patience = Duration::from_mins(6);
    let shown = tokio::time::timeout(patience, async {
        while server.status_of("Shop").await.as_deref() != Some(status) {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    });
    assert!(shown.await.is_ok(), "the page never showed {status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burning_budget_changes_the_component_and_a_silent_prometheus_changes_nothing() {
    let exporter = Exporter::start().await;
    let directory = tempfile::tempdir().unwrap();
    let (port, mut process) = prometheus(directory.path(), exporter.port);
    let kind = kinds().pop().unwrap_or(Kind::Sqlite);
    let mut server = Server::prepare(kind, &estate(port));
    server.start().await;
    shows(&server, "operational").await;

    exporter.fail(80);
    shows(&server, "major_outage").await;
    let why = server.command(&["status", "shop"]).await.to_string();
    assert!(
        why.contains("L3.slo_major") && why.contains("page-quick"),
        "{why}"
    );

    exporter.fail(0);
    shows(&server, "operational").await;

    exporter.fail(80);
    shows(&server, "major_outage").await;
    process.kill().await.unwrap();
    eventually("the objective says that its source is down", || async {
        let objectives = server.command(&["status", "shop"]).await.to_string();
        objectives.contains("source_down").then_some(())
    })
    .await;
    assert_eq!(
        server.status_of("Shop").await.as_deref(),
        Some("major_outage"),
        "silence resolves nothing"
    );
}
