//! The heartbeat book on both databases.

use std::time::Duration;

use crate::domain::check::{Check, CheckKind, HeartbeatCheck, HeartbeatSchedule, Secret};
use crate::domain::estate::Estate;
use crate::domain::observation::Outcome;
use crate::domain::timestamp::Timestamp;
use crate::seal::KeyRing;
use crate::store::for_tests::each_database;
use crate::watch::heartbeat::{Call, HeartbeatBook, HeartbeatError};
use crate::watch::timetable_tests::{check, estate};

fn nightly(token: Option<&str>) -> Check {
    let heartbeat = HeartbeatCheck {
        token: token.map(Secret::new),
        schedule: HeartbeatSchedule::Every(Duration::from_hours(1)),
        grace: Duration::from_mins(10),
    };
    Check {
        kind: CheckKind::Heartbeat(heartbeat),
        ..check(1, 30)
    }
}

fn keys() -> KeyRing {
    KeyRing::from_bytes(&[7; 32])
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_seconds(1_800_000_000 + minute * 60)
}

fn of(check: &Check) -> Estate {
    estate(vec![check.clone()])
}

#[tokio::test]
async fn a_call_in_time_passes_silence_fails_and_a_restart_remembers() {
    each_database(async |store| {
        let check = nightly(Some("export-token"));
        let book = HeartbeatBook::open(store.clone(), keys(), &of(&check), at(0))
            .await
            .unwrap();
        let outcome =
            |book: &HeartbeatBook, minute| book.judge(&check, "fra", at(minute)).unwrap().outcome;

        assert_eq!(outcome(&book, 1), Outcome::Inconclusive);
        assert_eq!(
            book.ping("export-token", Call::Succeeded, at(2))
                .await
                .unwrap(),
            check.id
        );
        assert_eq!(outcome(&book, 60), Outcome::Pass);
        assert_eq!(outcome(&book, 73), Outcome::Fail);

        let again = HeartbeatBook::open(store, keys(), &of(&check), at(30))
            .await
            .unwrap();
        assert_eq!(outcome(&again, 31), Outcome::Pass);
        again
            .ping("export-token", Call::Failed, at(40))
            .await
            .unwrap();
        assert_eq!(outcome(&again, 41), Outcome::Fail);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_made_once_and_the_files_token_wins() {
    each_database(async |store| {
        let check = nightly(None);
        let book = HeartbeatBook::open(store.clone(), keys(), &of(&check), at(0))
            .await
            .unwrap();
        let made = book.token(check.id).unwrap();

        let again = HeartbeatBook::open(store, keys(), &of(&check), at(1))
            .await
            .unwrap();
        assert_eq!(again.token(check.id).unwrap(), made);
        again
            .ping(made.reveal(), Call::Started, at(2))
            .await
            .unwrap();

        let named = nightly(Some("of-the-file"));
        again.adopt(&of(&named), at(3)).await.unwrap();
        let refused = again.ping(made.reveal(), Call::Succeeded, at(4)).await;
        assert!(matches!(refused, Err(HeartbeatError::Unknown)));
        assert_eq!(
            again
                .ping("of-the-file", Call::Succeeded, at(4))
                .await
                .unwrap(),
            check.id
        );
    })
    .await;
}

#[tokio::test]
async fn a_removed_check_is_not_called_any_more() {
    each_database(async |store| {
        let check = nightly(Some("export-token"));
        let book = HeartbeatBook::open(store, keys(), &of(&check), at(0))
            .await
            .unwrap();

        book.adopt(&Estate::default(), at(1)).await.unwrap();

        let refused = book.ping("export-token", Call::Succeeded, at(2)).await;
        assert!(matches!(refused, Err(HeartbeatError::Unknown)));
    })
    .await;
}
