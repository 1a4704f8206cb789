//! The first test to read: a failing check reaches the page and a subscriber's inbox, and so does its recovery.
//! Then the same with the mail relay refusing, with a crash between commit and send, and with the database gone.

use crate::town::database::{Kind, kinds};
use crate::town::hooks::Hooks;
use crate::town::mail::{Mail, MailServer};
use crate::town::server::Server;
use crate::town::target::Target;
use crate::town::{eventually, free_port};

pub(crate) const READER: &str = "ada@example.net";

/// One component, looked at several times a second, published by itself: the journey in seconds.
pub(crate) fn estate(target: &Target, mail_port: u16) -> String {
    format!(
        r#"
[mail]
smtp_url = "smtp://127.0.0.1:{mail_port}"
from = "Example Status <status@example.com>"

[webhooks]
allow_networks = ["127.0.0.0/8"]
allow_http = true

[[page]]
id = "main"
name = "Example"

[[component]]
id = "checkout"
name = "Checkout API"
auto_publish = "full"
  [component.hysteresis]
  raise_degraded = "0s"
  raise_partial = "0s"
  raise_major = "0s"
  clear_after = "1s"
  [[component.check]]
  id = "checkout-http"
  kind = "http"
  url = "{url}"
  interval = "1s"
  timeout = "900ms"
  retry_interval = "1s"
  fail_after = 2
  recover_after = 2
"#,
        url = target.url
    )
}

/// Everything in place and operational, with one reader by mail.
pub(crate) struct Stage {
    pub(crate) target: Target,
    pub(crate) mail: MailServer,
    pub(crate) server: Server,
}

impl Stage {
    pub(crate) async fn set(kind: Kind) -> Self {
        let target = Target::start().await;
        let mail = MailServer::start().await;
        let mut server = Server::prepare(kind, &estate(&target, mail.port));
        server.start().await;
        server
            .command(&["subscriber", "add", "email", READER, "--confirmed"])
            .await;
        let stage = Self {
            target,
            mail,
            server,
        };
        stage.shows("operational").await;
        stage
    }

    pub(crate) async fn shows(&self, status: &str) {
        eventually(&format!("the page shows {status}"), || async {
            (self.server.status_of("Checkout API").await.as_deref() == Some(status)).then_some(())
        })
        .await;
    }

    /// Waits for a mail to the reader whose text holds `word`.
    pub(crate) async fn told(&self, word: &str) -> Mail {
        eventually(&format!("a mail says {word}"), || async {
            let mails = self.mail.mails_to(READER);
            mails.into_iter().find(|mail| mail.plain().contains(word))
        })
        .await
    }

    pub(crate) async fn delivered(&self, expected: usize) {
        eventually(&format!("{expected} mails arrived"), || async {
            (self.mail.mails_to(READER).len() >= expected).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_failing_check_reaches_the_page_and_a_subscribers_inbox() {
    for kind in kinds() {
        let stage = Stage::set(kind).await;
        let mut hooks = Hooks::start().await;
        let added = stage
            .server
            .command(&["subscriber", "add", "webhook", &hooks.url])
            .await;
        hooks.trust(added["secret"].as_str().unwrap()).await;
        eventually("the endpoint passed its ownership test", || async {
            let listed = stage.server.command(&["subscriber", "list"]).await;
            listed
                .to_string()
                .contains("\"active\"")
                .then_some(())
                .filter(|()| {
                    hooks
                        .received()
                        .iter()
                        .any(|hook| hook["type"] == "subscription.test")
                })
        })
        .await;

        stage.target.fail();
        stage.shows("major_outage").await;
        let opened = stage.told("Checkout API").await;
        stage.target.recover();
        stage.shows("operational").await;
        stage.delivered(2).await;

        let mails = stage.mail.mails_to(READER);
        assert_ne!(mails[0].header("message-id"), mails[1].header("message-id"));
        assert_eq!(
            mails[0].header("references"),
            mails[1].header("references"),
            "one thread"
        );
        assert!(
            mails[1].plain().to_lowercase().contains("resolved"),
            "{}",
            mails[1].text
        );
        assert!(opened.header("list-unsubscribe").contains("/unsubscribe/"));
        assert_eq!(
            opened.header("list-unsubscribe-post"),
            "List-Unsubscribe=One-Click"
        );
        let (status, page) = stage.server.get("/").await;
        assert_eq!(status, 200);
        assert!(page.contains("Checkout API"));

        let told = eventually("the webhook heard both", || async {
            let heard: Vec<_> = hooks
                .received()
                .into_iter()
                .filter(|hook| {
                    hook["type"]
                        .as_str()
                        .is_some_and(|name| name.starts_with("incident."))
                })
                .collect();
            (heard.len() >= 2).then_some(heard)
        })
        .await;
        assert!(
            told.iter().all(|hook| hook["verified"] == true),
            "{told:#?}"
        );
        let sequences: Vec<_> = told
            .iter()
            .map(|hook| hook["body"]["data"]["sequence"].as_i64().unwrap())
            .collect();
        assert!(sequences.is_sorted(), "{sequences:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_refuses_for_a_while_delays_and_loses_nothing() {
    for kind in kinds() {
        let stage = Stage::set(kind).await;
        stage.mail.refuse();

        let opened = open_incident(&stage.server, "Refused at first").await;
        stage
            .server
            .command(&[
                "incident",
                "update",
                &opened,
                "--status",
                "identified",
                "--body",
                "Found it",
            ])
            .await;
        assert!(stage.mail.mails_to(READER).is_empty());
        stage.mail.accept();

        let last = stage.told("Found it").await;
        assert!(
            last.plain().contains("Words of Refused at first"),
            "the earlier words travel with the newer"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_commit_and_send_loses_nothing() {
    for kind in kinds() {
        let mut stage = Stage::set(kind).await;
        stage.mail.refuse();

        open_incident(&stage.server, "Committed then killed").await;
        stage.server.kill().await;
        stage.mail.accept();
        stage.server.start().await;

        let mail = stage.told("Words of Committed then killed").await;
        let same: Vec<_> = stage
            .mail
            .mails_to(READER)
            .into_iter()
            .filter(|other| other.plain().contains("Words of Committed then killed"))
            .collect();
        assert!(
            same.iter()
                .all(|other| other.header("message-id") == mail.header("message-id"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_stays_up_and_nothing_accepted_is_lost_while_the_database_is_locked() {
    let stage = Stage::set(Kind::Sqlite).await;
    let file = stage.server.data_dir().join("allclear.db");
    let mut lock = lock_database(&file).await;

    for _ in 0..20 {
        let (status, body) = stage.server.get("/").await;
        assert_eq!(status, 200);
        assert!(body.contains("Checkout API"));
    }
    let refused = stage
        .server
        .run(&["incident", "open", "--title", "T", "--body", "While locked"]);
    let refused = tokio::time::timeout(std::time::Duration::from_mins(1), refused)
        .await
        .unwrap();
    lock.kill().await.unwrap();

    if refused.status.success() {
        stage.told("While locked").await;
    } else {
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("database"), "a clear error: {said}");
    }
    open_incident(&stage.server, "After the lock").await;
    stage.told("Words of After the lock").await;
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_stranger_subscribes_confirms_hears_and_unsubscribes() {
    for kind in kinds() {
        let stage = Stage::set(kind).await;
        let stranger = "grace@example.org";
        let post = |path: String, body: &'static str| {
            let client = reqwest::Client::new().post(path);
            client
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body)
                .send()
        };

        let answer = post(
            stage.server.url("/subscribe"),
            "channel=email&address=grace%40example.org&scope=all&website=",
        )
        .await
        .unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        let base = stage.server.url("");
        let link = eventually("the confirmation arrives", || async {
            let mails = stage.mail.mails_to(stranger);
            mails
                .first()
                .and_then(|mail| mail.link(&format!("{base}/subscribe/confirm/")))
        })
        .await;
        let path = link.strip_prefix(&base).unwrap().to_owned();
        assert_eq!(
            stage.server.get(&path).await.0,
            200,
            "a look changes nothing"
        );
        open_incident(&stage.server, "Before confirming").await;
        stage.told("Words of Before confirming").await;
        assert_eq!(
            stage.mail.mails_to(stranger).len(),
            1,
            "the unconfirmed hear nothing"
        );

        assert!(post(link, "").await.unwrap().status().is_success());
        open_incident(&stage.server, "After confirming").await;
        let mail = eventually("the confirmed hear", || async {
            let mails = stage.mail.mails_to(stranger);
            mails
                .into_iter()
                .find(|mail| mail.plain().contains("After confirming"))
        })
        .await;
        let unsubscribe = mail.header("list-unsubscribe");
        let unsubscribe = unsubscribe.split(['<', '>']).nth(1).unwrap().to_owned();
        assert_eq!(
            post(unsubscribe, "List-Unsubscribe=One-Click")
                .await
                .unwrap()
                .status()
                .as_u16(),
            200
        );
        let before = stage.mail.mails_to(stranger).len();
        open_incident(&stage.server, "After leaving").await;
        stage.told("Words of After leaving").await;
        assert_eq!(
            stage.mail.mails_to(stranger).len(),
            before,
            "the unsubscribed hear nothing"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_page_is_served_when_the_database_cannot_be_reached_at_start() {
    let mut stage = Stage::set(Kind::Sqlite).await;
    stage.server.stop().await;

    let gone = format!(
        "[database]\nurl = \"postgres://nobody@127.0.0.1:{}/gone\"\n",
        free_port()
    );
    stage
        .server
        .configure(&format!("{gone}{}", estate(&stage.target, stage.mail.port)));
    stage.server.spawn();

    let page = eventually("the last page is served", || async {
        let (status, page) = stage.server.get("/").await;
        (status == 200).then_some(page)
    })
    .await;
    assert!(page.contains("Checkout API"));
}

/// Opens an incident by the command line; the words are "Words of TITLE". Gives its id.
pub(crate) async fn open_incident(server: &Server, title: &str) -> String {
    let body = format!("Words of {title}");
    let opened = server
        .command(&[
            "incident",
            "open",
            "--title",
            title,
            "--body",
            &body,
            "--component",
            "checkout=partial_outage",
        ])
        .await;
    opened["id"].as_str().unwrap().to_owned()
}

/// Another process that holds SQLite's write lock until it is killed.
async fn lock_database(file: &std::path::Path) -> tokio::process::Child {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let program = "import sqlite3, sys, time\n\
         c = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)\n\
         c.execute('BEGIN EXCLUSIVE')\n\
         print('locked', flush=True)\n\
         time.sleep(600)\n";
    let mut process = tokio::process::Command::new("python3")
        .args(["-c", program])
        .arg(file)
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("locked"));
    process
}
