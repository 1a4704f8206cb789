//! Running it: reloading without dropping anything, refusing a second server, stopping in order, starting without a
//! configuration, and what the health paths say.

use crate::journey::{READER, Stage, estate, open_incident};
use crate::town::database::{Kind, kinds};
use crate::town::eventually;
use crate::town::server::{BINARY, signal};

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_takes_in_what_is_new_and_a_bad_file_changes_nothing() {
    let stage = Stage::set(Kind::Sqlite).await;
    let before = estate(&stage.target, stage.mail.port);

    let grown = format!("{before}\n[[component]]\nid = \"search\"\nname = \"Search\"\n");
    stage.server.configure(&grown);
    signal(stage.server.pid(), "HUP");
    eventually("the new component is public", || async {
        stage.server.status_of("Search").await
    })
    .await;

    stage
        .server
        .configure(&format!("{grown}\n[[component]]\nid = \"broken\"\n"));
    let refused = stage.server.run(&["config", "apply"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        stage.server.status_of("Checkout API").await.as_deref(),
        Some("operational")
    );
    assert!(
        stage.server.status_of("Search").await.is_some(),
        "what ran goes on"
    );

    stage.server.configure(&before);
    stage.server.command(&["config", "apply"]).await;
    eventually("the removed component is gone", || async {
        stage
            .server
            .status_of("Search")
            .await
            .is_none()
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_is_refused_and_the_first_stops_in_order() {
    for kind in kinds() {
        let mut stage = Stage::set(kind).await;

        let second = tokio::process::Command::new(BINARY)
            .args(["serve", "--config"])
            .arg(stage.server.config())
            .output()
            .await
            .unwrap();
        assert_eq!(second.status.code(), Some(1));
        let said = String::from_utf8_lossy(&second.stderr).into_owned();
        assert!(said.contains("in use by process"), "{said}");

        open_incident(&stage.server, "Told before the end").await;
        assert_eq!(stage.server.stop().await, Some(0));
        stage.server.start().await;
        stage.told("Words of Told before the end").await;
        let copies = stage.mail.mails_to(READER).len();
        assert_eq!(copies, 1, "a graceful stop makes no duplicate");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_paths_say_how_it_is() {
    let stage = Stage::set(Kind::Sqlite).await;

    assert_eq!(stage.server.get("/healthz").await.0, 200);
    let (ready, said) = stage.server.get("/readyz").await;
    assert_eq!(ready, 200, "{said}");
    assert_eq!(
        stage.server.get("/metrics").await.0,
        404,
        "metrics have an address of their own"
    );
    let doctor = stage.server.run(&["doctor"]).await;
    assert!(
        doctor.status.success(),
        "{}",
        String::from_utf8_lossy(&doctor.stdout)
    );
    assert!(stage.server.run(&["healthcheck"]).await.status.success());
}
