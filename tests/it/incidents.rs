//! Incidents that derivation opens, and what people may do with them.

use crate::journey::{READER, Stage, estate};
use crate::town::database::kinds;
use crate::town::eventually;
use crate::town::mail::MailServer;
use crate::town::server::Server;
use crate::town::target::Target;

/// The only open incident's id, by the public API.
async fn open_incident_id(stage: &Stage) -> String {
    eventually("an incident is public", || async {
        let document = stage.server.json("/api/v2/incidents/unresolved.json").await;
        document["incidents"][0]["id"].as_str().map(str::to_owned)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn resolving_over_red_evidence_needs_a_pin() {
    for kind in kinds() {
        let stage = Stage::set(kind).await;
        stage.target.fail();
        stage.shows("major_outage").await;
        let id = open_incident_id(&stage).await;

        let refused = stage
            .server
            .run(&["incident", "resolve", &id, "--body", "It is over"])
            .await;
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            said.contains("still measured as major_outage") && said.contains("pin set"),
            "{said}"
        );
        assert!(!said.contains("It is over"));

        stage
            .server
            .command(&[
                "pin",
                "set",
                "checkout=operational",
                "--reason",
                "the check is wrong",
            ])
            .await;
        stage.shows("operational").await;
        stage
            .server
            .command(&["incident", "resolve", &id, "--body", "It is over"])
            .await;
        stage.told("It is over").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_is_told_to_its_owner_and_published_by_a_click() {
    for kind in kinds() {
        let target = Target::start().await;
        let mail = MailServer::start().await;
        let proposing = estate(&target, mail.port).replace(
            "auto_publish = \"full\"",
            "auto_publish = \"status_only\"\nowner = \"payments@example.com\"",
        );
        let mut server = Server::prepare(kind, &proposing);
        server.start().await;
        server
            .command(&["subscriber", "add", "email", READER, "--confirmed"])
            .await;
        let stage = Stage {
            target,
            mail,
            server,
        };
        stage.shows("operational").await;

        stage.target.fail();
        stage.shows("major_outage").await;
        eventually("the owner is told of the proposal", || async {
            (!stage.mail.mails_to("payments@example.com").is_empty()).then_some(())
        })
        .await;
        assert!(
            stage.mail.mails_to(READER).is_empty(),
            "customers are told nothing yet"
        );
        let listed = stage.server.command(&["incident", "list"]).await;
        let id = find_id(&listed).expect("the proposal is listed");
        stage
            .server
            .command(&[
                "incident",
                "publish",
                &id,
                "--body",
                "Orders fail. We are on it.",
            ])
            .await;

        stage.told("Orders fail. We are on it.").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_that_nobody_clicks_is_published_when_its_time_has_come() {
    for kind in kinds() {
        let target = Target::start().await;
        let mail = MailServer::start().await;
        let waiting = estate(&target, mail.port).replace(
            "auto_publish = \"full\"",
            "auto_publish = \"status_only\"\ntier = 1\npublish_after = \"1s\"",
        );
        let mut server = Server::prepare(kind, &waiting);
        server.start().await;
        server
            .command(&["subscriber", "add", "email", READER, "--confirmed"])
            .await;
        let stage = Stage {
            target,
            mail,
            server,
        };
        stage.shows("operational").await;

        stage.target.fail();

        stage.told("Checkout API is out").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planned_work_begins_and_ends_by_itself_and_says_so() {
    for kind in kinds() {
        let stage = Stage::set(kind).await;
        let from_now = |seconds: i64| {
            let now = allclear::clock::now();
            allclear::domain::timestamp::Timestamp::from_millis(now.as_millis() + seconds * 1000)
                .to_string()
        };
        let (start, end) = (from_now(3), from_now(15));

        stage
            .server
            .command(&[
                "maintenance",
                "schedule",
                "--title",
                "New disks",
                "--body",
                "We change disks.",
                "--starts",
                &start,
                "--ends",
                &end,
                "--component",
                "checkout",
            ])
            .await;

        stage.told("We change disks.").await;
        stage.shows("under_maintenance").await;
        stage.told("The work has begun.").await;
        stage.shows("operational").await;
        stage.told("The work is finished.").await;
    }
}

/// The first twelve-character id in a listing, whatever its shape.
fn find_id(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Array(rows) => rows.iter().find_map(find_id),
        serde_json::Value::Object(row) => match row.get("id").and_then(|id| id.as_str()) {
            Some(id) => Some(id.to_owned()),
            None => row.values().find_map(find_id),
        },
        _ => None,
    }
}
