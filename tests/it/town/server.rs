//! The server under test: the real binary, started with a configuration of the test's, stopped or killed.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::Value;
use tokio::process::{Child, Command};

use super::database::{Database, Kind};
use super::{eventually, free_port};

/// The binary that cargo built for this test run.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_allclear");

pub(crate) struct Server {
    pub port: u16,
    pub directory: tempfile::TempDir,
    pub database: Database,
    process: Option<Child>,
}

impl Server {
    /// A server that is not started yet. `estate` is the part of the configuration below `[server]` and `[database]`.
    pub(crate) fn prepare(kind: Kind, estate: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::make(kind);
        let port = free_port();
        let server = Self {
            port,
            directory,
            database,
            process: None,
        };
        server.configure(estate);
        server
    }

    /// Writes the configuration anew; a running server reads it on reload.
    pub(crate) fn configure(&self, estate: &str) {
        let database = self
            .database
            .url
            .as_ref()
            .map(|url| format!("[database]\nurl = {url:?}\n"))
            .unwrap_or_default();
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\
             data_dir = \"{data}\"\n{database}\n{estate}",
            port = self.port,
            data = self.data_dir().display(),
        );
        std::fs::write(self.config(), text).unwrap();
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.directory.path().join("allclear.toml")
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// Starts the process and waits until it answers.
    pub(crate) async fn start(&mut self) {
        self.spawn();
        let url = self.url("/healthz");
        eventually("the server answers /healthz", || async {
            get(&url).await.filter(|(status, _)| *status == 200)
        })
        .await;
    }

    /// Starts the process and does not wait.
    pub(crate) fn spawn(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let process = Command::new(BINARY)
            .args(["serve", "--config"])
            .arg(self.config())
            .current_dir(self.directory.path())
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(Stdio::from(log))
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        self.process = Some(process);
    }

    /// SIGKILL: no chance to tidy up.
    pub(crate) async fn kill(&mut self) {
        let mut process = self.process.take().expect("a running server");
        process.kill().await.unwrap();
    }

    /// SIGTERM, and waits for the end. Gives the exit code.
    pub(crate) async fn stop(&mut self) -> Option<i32> {
        let mut process = self.process.take().expect("a running server");
        signal(process.id().unwrap(), "TERM");
        process.wait().await.unwrap().code()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process
            .as_ref()
            .and_then(Child::id)
            .expect("a running server")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        get(&self.url(path)).await.unwrap_or((0, String::new()))
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let (_, text) = self.get(path).await;
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Runs a command of the binary against this server's configuration.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        Command::new(BINARY)
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .current_dir(self.directory.path())
            .output()
            .await
            .unwrap()
    }

    /// The same with `--json`; fails the test when the command fails.
    pub(crate) async fn command(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat()).await;
        assert!(
            output.status.success(),
            "{arguments:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// The published status of the component with this name, by the public API.
    pub(crate) async fn status_of(&self, name: &str) -> Option<String> {
        let document = self.json("/api/v2/summary.json").await;
        let components = document["components"].as_array()?;
        let component = components
            .iter()
            .find(|component| component["name"] == name)?;
        component["status"].as_str().map(str::to_owned)
    }
}

/// What the server logged so far; shown when a test fails.
impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- log of the server\n{}", tail(&self.log()));
        }
    }
}

fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

pub(crate) fn signal(pid: u32, name: &str) {
    let status = std::process::Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
}

async fn get(url: &str) -> Option<(u16, String)> {
    allclear::egress::install_crypto();
    let answer = reqwest::get(url).await.ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.text().await.ok()?))
}
