//! The command line does the same with a server and without one, on both databases; what it prints and how it ends.

use std::process::Output;

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::UnixListener;

use crate::town::database::{Kind, kinds};
use crate::town::server::Server;

const ESTATE: &str = r#"
[[component]]
id = "checkout"
name = "Checkout API"
  [[component.check]]
  id = "nightly"
  kind = "heartbeat"
  every = "1d"
  grace = "30m"
  [[component.objective]]
  id = "availability"
  target = 99.9
  window = "1d"
    [component.objective.indicator]
    kind = "checks"

[[component]]
id = "search"
name = "Search"
"#;

/// On each database, first without a server, then with one on the same data.
pub(crate) async fn in_both_situations(case: impl AsyncFn(&Server)) {
    for kind in kinds() {
        let mut server = Server::prepare(kind, ESTATE);
        case(&server).await;
        server.start().await;
        case(&server).await;
        assert_eq!(server.stop().await, Some(0));
    }
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_opened_updated_corrected_and_resolved() {
    in_both_situations(async |server| {
        let opened = server
            .command(&[
                "incident",
                "open",
                "--title",
                "Checkout is out",
                "--body",
                "We are looking.",
                "--component",
                "checkout=major_outage",
            ])
            .await;
        let (id, first) = (text(&opened, "id"), opened["event"].as_i64().unwrap());
        let update = [
            "incident",
            "update",
            id,
            "--status",
            "identified",
            "--body",
            "Fuond.",
        ];
        let updated = server.command(&update).await;
        let correct = [
            "incident",
            "edit",
            id,
            text(&updated, "update_id"),
            "--body",
            "Found.",
        ];
        server.command(&correct).await;
        let open = server.command(&["incident", "list", "--open"]).await;
        server
            .command(&["incident", "resolve", id, "--body", "Over."])
            .await;
        let all = server.command(&["incident", "list"]).await;

        assert!(updated["event"].as_i64().unwrap() > first);
        assert_eq!(open.as_array().unwrap().len(), 1);
        assert_eq!(open[0]["updates"][0]["body"], "Found.");
        assert_eq!(
            (text(&all[0], "id"), text(&all[0], "status")),
            (id, "resolved")
        );
        assert_eq!(text(&all[0], "impact"), "critical");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_maintenance_and_a_pin_come_and_go() {
    in_both_situations(async |server| {
        let scheduled = server
            .command(&[
                "maintenance",
                "schedule",
                "--title",
                "New disks",
                "--body",
                "We change disks.",
                "--starts",
                "2100-01-01T00:00:00Z",
                "--ends",
                "2100-01-01T01:00:00Z",
                "--component",
                "search",
            ])
            .await;
        let id = text(&scheduled, "id");
        for step in ["update", "start", "verify", "complete"] {
            server
                .command(&["maintenance", step, id, "--body", "Words."])
                .await;
        }
        let open = server.command(&["maintenance", "list", "--open"]).await;
        server
            .command(&[
                "pin",
                "set",
                "search=operational",
                "--reason",
                "the probe is wrong",
            ])
            .await;
        let held = server.command(&["pin", "list"]).await;
        server.command(&["pin", "clear", "search"]).await;
        let freed = server.command(&["pin", "list"]).await;

        assert_eq!(open.as_array().unwrap().len(), 0);
        assert_eq!(text(&held[0], "component"), "search");
        assert_eq!(freed.as_array().unwrap().len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_are_brought_in_listed_taken_out_and_forgotten() {
    in_both_situations(async |server| {
        let file = |name: &str, rows: &str| {
            let path = server.directory.path().join(name);
            let header = "channel,address,components,kinds,min_impact,locale\n";
            std::fs::write(&path, format!("{header}{rows}")).unwrap();
            path.display().to_string()
        };
        let hook = "https://hooks.example.org/in";

        server
            .command(&[
                "subscriber",
                "add",
                "email",
                "ada@example.net",
                "--confirmed",
            ])
            .await;
        let added = server
            .command(&[
                "subscriber",
                "add",
                "webhook",
                hook,
                "--component",
                "search",
            ])
            .await;
        let good = file(
            "good.csv",
            "email,grace@example.org,checkout search,incident,major,de\n",
        );
        let imported = server.command(&["subscriber", "import", &good]).await;
        let bad = file("bad.csv", "email,first@example.net,,,,\nemail,second,,,,\n");
        let refused = server.run(&["subscriber", "import", &bad]).await;
        let exported = server.run(&["subscriber", "export"]).await;
        let listed = server.command(&["subscriber", "list"]).await;
        for one in ["ada@example.net", "grace@example.org", hook] {
            server.command(&["subscriber", "remove", one]).await;
        }
        let after = server.command(&["subscriber", "list"]).await;

        assert!(text(&added, "secret").starts_with("whsec_"));
        assert_eq!(imported["added"], 1);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains("line 3"), "{}", said(&refused));
        let csv = String::from_utf8_lossy(&exported.stdout).into_owned();
        assert!(
            csv.contains("email,grace@example.org,checkout search,incident,major,de"),
            "{csv}"
        );
        assert!(
            !listed.to_string().contains("first@example.net"),
            "all or nothing"
        );
        assert_eq!(after.as_array().unwrap().len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_gets_a_link_and_a_token_is_shown_once() {
    in_both_situations(async |server| {
        let known = server
            .command(&["operator", "list"])
            .await
            .as_array()
            .unwrap()
            .len();
        let email = format!("ada{known}@example.net");
        let added = server
            .command(&["operator", "add", &email, "--role", "owner"])
            .await;
        let made = server
            .command(&["token", "create", "deploys", "--scope", "read"])
            .await;
        let listed = server.command(&["token", "list"]).await;
        server
            .command(&["token", "revoke", text(&made, "id")])
            .await;
        let again = server.run(&["token", "revoke", text(&made, "id")]).await;

        assert!(text(&added, "link").contains("/console/set-password/"));
        assert!(!listed.to_string().contains(text(&made, "token")));
        assert_eq!(again.status.code(), Some(1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_explained_and_an_installation_examined() {
    for kind in kinds() {
        let mut server = Server::prepare(kind, ESTATE);
        let unhealthy = server.run(&["healthcheck"]).await;
        let early = server.run(&["config", "apply"]).await;
        server.start().await;

        let healthy = server.run(&["healthcheck"]).await;
        let applied = server.command(&["config", "apply"]).await;
        let shown = server.command(&["check", "show", "nightly"]).await;
        let path = text(&shown, "url").replace(&server.url(""), "");
        let called = server.get(&path).await;
        let heard = server.command(&["check", "run", "nightly"]).await;
        let explained = server.command(&["status", "checkout"]).await;
        let plain = server.run(&["status", "checkout"]).await;
        let examined = server.command(&["doctor"]).await;

        assert_eq!(
            (unhealthy.status.code(), healthy.status.code()),
            (Some(1), Some(0))
        );
        assert_eq!(early.status.code(), Some(1));
        assert!(said(&early).contains("no server runs"), "{}", said(&early));
        assert_eq!(
            (&applied["components"], &applied["applied"]),
            (&Value::from(2), &Value::from(false))
        );
        assert!((200..300).contains(&called.0), "{called:?}");
        assert_eq!(heard["outcome"], "pass", "{heard}");
        assert_eq!(explained[0]["checks"][0]["check"], "nightly");
        assert!(
            explained[0]["checks"][0]["calls"]["succeeded_at"].is_string(),
            "{explained}"
        );
        assert_eq!(
            explained[0]["objectives"][0]["windows"][0]["sample"], "no_data",
            "{explained}"
        );
        assert!(String::from_utf8_lossy(&plain.stdout).contains("objective availability (99.9 %)"));
        assert_eq!(examined["ok"], true, "{examined}");
        assert_eq!(
            examined["database"]["accepted"],
            examined["database"]["accounted"]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_before_its_answer_leaves_it_unknown() {
    let server = Server::prepare(Kind::Sqlite, ESTATE);
    std::fs::create_dir_all(server.data_dir()).unwrap();
    let listener = UnixListener::bind(server.data_dir().join("control.sock")).unwrap();
    let dying = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut some = [0; 16];
        stream.read_exact(&mut some).await.unwrap();
    });

    let command = ["incident", "open", "--title", "T", "--body", "B", "--json"];
    let unknown = server.run(&command).await;
    dying.await.unwrap();

    assert_eq!(unknown.status.code(), Some(1));
    assert!(unknown.stdout.is_empty());
    assert!(
        said(&unknown).contains("unknown whether it was committed"),
        "{}",
        said(&unknown)
    );
    assert!(
        said(&unknown).contains("allclear incident list"),
        "{}",
        said(&unknown)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_told_as_such() {
    let server = Server::prepare(Kind::Sqlite, ESTATE);
    let config = std::fs::read_to_string(server.config()).unwrap();
    let gone = "[database]\nurl = \"postgres://nobody@127.0.0.1:1/gone\"\n";
    std::fs::write(server.config(), format!("{gone}{config}")).unwrap();

    let opened = server
        .run(&["incident", "open", "--title", "T", "--body", "B"])
        .await;
    let examined = server.run(&["doctor"]).await;

    assert_eq!(
        (opened.status.code(), examined.status.code()),
        (Some(1), Some(1))
    );
    assert!(
        said(&opened).contains("the database cannot be reached"),
        "{}",
        said(&opened)
    );
    assert!(String::from_utf8_lossy(&examined.stdout).contains("do: see that it runs"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_a_copy_also_while_the_server_runs() {
    let mut server = Server::prepare(Kind::Sqlite, ESTATE);
    assert!(server.run(&["migrate"]).await.status.success());
    let quiet = server.command(&["backup", "quiet.db"]).await;
    server.start().await;
    server.command(&["backup", "running.db"]).await;

    assert_eq!(quiet["file"], "quiet.db");
    for name in ["quiet.db", "running.db"] {
        assert!(server.directory.path().join(name).exists(), "{name}");
    }
}
