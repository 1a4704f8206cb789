//! Actions on both databases: what is acknowledged is in the ledger, what is refused leaves no trace.

use crate::actions::components::ComponentSetting;
use crate::actions::for_tests::{context, later};
use crate::actions::incidents::{self, OpenIncident, UpdateIncident};
use crate::actions::maintenance::{
    ChangeMaintenance, MaintenanceChange, ScheduleMaintenance, change_maintenance,
    schedule_maintenance,
};
use crate::actions::operators::{
    AddOperator, ChangeOperator, OperatorChange, add_operator, change_operator,
};
use crate::actions::pins::{ClearPin, SetPin, clear_pin, set_pin};
use crate::actions::tokens::{CreateToken, RevokeToken, create_token, revoke_token};
use crate::actions::{ActionContext, ActionError};
use crate::auth::invitation;
use crate::domain::actor::Role;
use crate::domain::event::{EventKind, Notice};
use crate::domain::incident::{Impact, IncidentStatus};
use crate::domain::maintenance::MaintenanceStatus;
use crate::domain::status::Status;
use crate::domain::token::TokenScope;
use crate::seal::sha256_hex;
use crate::store::for_tests::each_database;
use crate::store::{incident, ledger, maintenance, operator, pin, token};

fn opening() -> OpenIncident {
    OpenIncident {
        title: "Checkout is out".to_owned(),
        status: IncidentStatus::Investigating,
        impact: None,
        body: "We are looking.".to_owned(),
        components: vec![ComponentSetting {
            component: "checkout".to_owned(),
            status: Status::MajorOutage,
        }],
        next_update_due: None,
        notify: true,
    }
}

fn updating(incident: &str, status: IncidentStatus) -> UpdateIncident {
    UpdateIncident {
        incident: incident.to_owned(),
        status: Some(status),
        impact: None,
        body: "More words.".to_owned(),
        components: Vec::new(),
        next_update_due: None,
        notify: true,
    }
}

async fn last_seq(ctx: &ActionContext) -> i64 {
    ctx.store.read(ledger::last_seq).await.unwrap()
}

#[tokio::test]
async fn an_acknowledged_incident_is_in_the_ledger_with_its_frozen_notice() {
    each_database(async |store| {
        let ctx = context(&store);

        let written = incidents::open_incident(&ctx, opening()).await.unwrap();

        let seq = written.event;
        let event = store.read(move |conn| ledger::by_seq(conn, seq)).await;
        let event = event.unwrap().unwrap();
        let notice: Notice = serde_json::from_str(&event.body).unwrap();
        assert_eq!(event.kind, EventKind::IncidentOpened);
        assert_eq!(event.about.incident, Some(written.id));
        assert_eq!(notice.impact, Impact::Critical);
        assert_eq!(notice.changes[0].from, Status::Operational);
        assert_eq!(notice.affected[0].name, "The checkout");
        let id = written.id;
        let stored = store.read(move |conn| incident::by_id(conn, id)).await;
        assert_eq!(stored.unwrap().unwrap().updates[0].id, written.update_id);
    })
    .await;
}

#[tokio::test]
async fn updates_are_numbered_in_order_and_resolving_lets_go_of_the_components() {
    each_database(async |store| {
        let ctx = context(&store);
        let opened = incidents::open_incident(&ctx, opening()).await.unwrap();
        let id = opened.id;

        for (minute, status) in [
            (1, IncidentStatus::Identified),
            (2, IncidentStatus::Resolved),
            (3, IncidentStatus::Postmortem),
        ] {
            let ctx = later(&ctx, minute * 60);
            let written = incidents::update_incident(&ctx, updating(id.as_str(), status)).await;
            assert_eq!(written.unwrap().event, 1 + i64::try_from(minute).unwrap());
        }

        let found = store.read(move |conn| incident::by_id(conn, id)).await;
        let found = found.unwrap().unwrap();
        let sequences: Vec<i64> = found.updates.iter().map(|one| one.sequence).collect();
        assert_eq!(sequences, [1, 2, 3, 4]);
        assert_eq!(found.components[0].status, Status::Operational);
        assert_eq!(found.impact, Impact::Critical);
        assert_eq!(found.resolved_at, Some(later(&ctx, 120).now));
        assert_eq!(store.read(incident::list_open).await.unwrap(), []);
        let reopened = updating(id.as_str(), IncidentStatus::Identified);
        let refused = incidents::update_incident(&ctx, reopened)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "conflict");
    })
    .await;
}

#[tokio::test]
async fn a_bad_input_is_refused_by_name_and_leaves_no_trace() {
    each_database(async |store| {
        let ctx = context(&store);
        let with = |change: &dyn Fn(&mut OpenIncident)| {
            let mut wanted = opening();
            change(&mut wanted);
            wanted
        };
        let cases = [
            (
                "title: it is empty",
                with(&|it| it.title = " \u{202e}".to_owned()),
            ),
            (
                "title: it has 256 characters, and at most 255 fit",
                with(&|it| it.title = "x".repeat(256)),
            ),
            ("body: it is empty", with(&|it| it.body.clear())),
            (
                "component `chekout` does not exist",
                with(&|it| it.components[0].component = "chekout".to_owned()),
            ),
            (
                "components: `checkout` is named twice",
                with(&|it| it.components.push(it.components[0].clone())),
            ),
            (
                "components: an incident cannot make `checkout` under_maintenance",
                with(&|it| it.components[0].status = Status::UnderMaintenance),
            ),
            (
                "next_update_due: it has passed already",
                with(&|it| it.next_update_due = Some(ctx.now)),
            ),
        ];

        for (message, wanted) in cases {
            let refused = incidents::open_incident(&ctx, wanted).await.unwrap_err();
            assert_eq!(refused.to_string(), message);
        }
        let misspelt = with(&|it| it.components[0].component = "chekout".to_owned());
        let refused = incidents::open_incident(&ctx, misspelt).await.unwrap_err();
        assert_eq!(refused.hint(), Some("did you mean `checkout`?"));
        assert_eq!(last_seq(&ctx).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_edit_changes_the_words_and_tells_nobody() {
    each_database(async |store| {
        let ctx = context(&store);
        let opened = incidents::open_incident(&ctx, opening()).await.unwrap();

        let edit = incidents::EditUpdate {
            incident: opened.id.to_string(),
            update: opened.update_id.to_string(),
            body: "We are looking into it.".to_owned(),
        };
        incidents::edit_update(&ctx, edit).await.unwrap();

        let id = opened.id;
        let found = store.read(move |conn| incident::by_id(conn, id)).await;
        let found = found.unwrap().unwrap();
        assert_eq!(found.updates[0].body, "We are looking into it.");
        assert_eq!(found.updates.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_maintenance_goes_through_its_window_once() {
    each_database(async |store| {
        let ctx = context(&store);
        let hour = |n: u64| later(&ctx, n * 3600).now;
        let wanted = ScheduleMaintenance {
            title: "New disks".to_owned(),
            body: "We change disks.".to_owned(),
            starts_at: hour(1),
            ends_at: hour(2),
            components: vec!["search".to_owned()],
            notify: true,
        };
        let id = schedule_maintenance(&ctx, wanted).await.unwrap().id;
        let change = async |change| {
            let body = "Words.".to_owned();
            let maintenance = id.to_string();
            change_maintenance(
                &ctx,
                ChangeMaintenance {
                    maintenance,
                    change,
                    body,
                    notify: true,
                },
            )
            .await
            .map(|written| written.event)
            .map_err(|refused| refused.code())
        };

        assert_eq!(change(MaintenanceChange::Complete).await, Err("conflict"));
        assert_eq!(change(MaintenanceChange::Start).await, Ok(2));
        assert_eq!(change(MaintenanceChange::Start).await, Err("conflict"));
        let shorter = MaintenanceChange::Extend { ends_at: hour(1) };
        assert_eq!(change(shorter).await, Err("invalid"));
        let longer = MaintenanceChange::Extend { ends_at: hour(3) };
        assert_eq!(change(longer).await, Ok(3));
        assert_eq!(change(MaintenanceChange::Complete).await, Ok(4));
        assert_eq!(change(MaintenanceChange::Cancel).await, Err("conflict"));

        let found = store.read(move |conn| maintenance::by_id(conn, id)).await;
        let found = found.unwrap().unwrap();
        assert_eq!(found.status, MaintenanceStatus::Completed);
        assert_eq!((found.starts_at, found.ends_at), (ctx.now, hour(3)));
        assert_eq!(store.read(maintenance::list_open).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_maintenance_is_due_when_its_window_begins_and_when_it_ends() {
    each_database(async |store| {
        let ctx = context(&store);
        let (from, to) = (later(&ctx, 60).now, later(&ctx, 120).now);
        let wanted = ScheduleMaintenance {
            title: "New disks".to_owned(),
            body: "We change disks.".to_owned(),
            starts_at: from,
            ends_at: to,
            components: vec!["search".to_owned()],
            notify: false,
        };
        schedule_maintenance(&ctx, wanted).await.unwrap();
        let due = async |now| {
            let due = store.read(move |conn| maintenance::list_due(conn, now));
            due.await.unwrap().len()
        };

        assert_eq!(due(ctx.now).await, 0);
        assert_eq!(due(from).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_pin_holds_until_it_is_cleared_or_expires() {
    each_database(async |store| {
        let ctx = context(&store);
        let wanted = SetPin {
            component: "checkout".to_owned(),
            status: Status::Operational,
            reason: "the probe is wrong".to_owned(),
            expires_at: None,
        };
        let holding = async |now| {
            let held = store.read(move |conn| pin::list_holding(conn, now)).await;
            held.unwrap().len()
        };

        let set = set_pin(&ctx, wanted.clone()).await.unwrap();
        set_pin(&later(&ctx, 1), wanted.clone()).await.unwrap();

        assert_eq!(set.expires_at, later(&ctx, 4 * 3600).now);
        assert_eq!(holding(later(&ctx, 1).now).await, 1);
        assert_eq!(holding(later(&ctx, 5 * 3600).now).await, 0);
        let clear = ClearPin {
            component: "checkout".to_owned(),
        };
        clear_pin(&later(&ctx, 2), clear.clone()).await.unwrap();
        assert_eq!(holding(later(&ctx, 2).now).await, 0);
        let again = clear_pin(&later(&ctx, 3), clear).await.unwrap_err();
        assert_eq!(again.code(), "not_found");
        let too_long = SetPin {
            expires_at: Some(later(&ctx, 25 * 3600).now),
            ..wanted
        };
        assert_eq!(set_pin(&ctx, too_long).await.unwrap_err().code(), "invalid");
    })
    .await;
}

#[tokio::test]
async fn a_link_sets_a_password_once_and_within_two_days() {
    each_database(async |store| {
        let ctx = context(&store);
        let wanted = AddOperator {
            email: "Ada@Example.net".to_owned(),
            role: Role::Owner,
        };

        let invited = add_operator(&ctx, wanted).await.unwrap();

        let accept = async |now| {
            invitation::accept(&store, &invited.token, "a digest".to_owned(), now)
                .await
                .unwrap()
        };
        assert_eq!(accept(later(&ctx, 48 * 3600).now).await, None);
        assert_eq!(accept(ctx.now).await, Some(invited.id));
        assert_eq!(accept(ctx.now).await, None);
        let found = store.read(|conn| operator::by_email(conn, "ada@example.net"));
        assert!(found.await.unwrap().unwrap().password_hash.is_some());
    })
    .await;
}

#[tokio::test]
async fn the_last_owner_stays() {
    each_database(async |store| {
        let ctx = context(&store);
        let add = |email: &str, role| AddOperator {
            email: email.to_owned(),
            role,
        };
        let disable = |email: &str| ChangeOperator {
            operator: email.to_owned(),
            change: OperatorChange::Disable,
        };
        add_operator(&ctx, add("a@example.net", Role::Owner))
            .await
            .unwrap();

        let alone = change_operator(&ctx, disable("a@example.net")).await;
        assert_eq!(alone.unwrap_err().code(), "conflict");

        add_operator(&ctx, add("b@example.net", Role::Owner))
            .await
            .unwrap();
        change_operator(&ctx, disable("a@example.net"))
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_token_is_kept_as_a_digest_and_can_be_revoked() {
    each_database(async |store| {
        let ctx = context(&store);
        let wanted = CreateToken {
            name: "deploys".to_owned(),
            scope: TokenScope::Incidents,
        };

        let made = create_token(&ctx, wanted).await.unwrap();

        let hash = sha256_hex(made.token.as_bytes());
        let found = store.read(move |conn| token::by_hash(conn, &hash)).await;
        assert_eq!(found.unwrap().unwrap().id, made.id);
        let revoke = RevokeToken {
            token: made.id.to_string(),
        };
        revoke_token(&ctx, revoke.clone()).await.unwrap();
        assert!(matches!(
            revoke_token(&ctx, revoke).await,
            Err(ActionError::Conflict { .. })
        ));
    })
    .await;
}
