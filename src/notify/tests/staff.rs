//! What the people who run the page are told: proposals, and endpoints that are gone.

use super::endpoint::Endpoint;
use super::stage::{Stage, component};
use super::*;
use crate::domain::actor::Role;
use crate::domain::event::Affected;
use crate::domain::id::OperatorId;
use crate::domain::operator::Operator;
use crate::domain::status::Status;
use crate::store::operator;

async fn employ(store: &Store, people: &[(&str, Role)]) {
    for (number, (email, role)) in (100..).zip(people) {
        let one = Operator {
            id: OperatorId(PublicId::from_random([number; 12])),
            email: (*email).to_owned(),
            role: *role,
            password_hash: None,
            invitation: None,
            disabled_at: None,
            created_at: Timestamp::from_seconds(0),
        };
        store
            .write(move |tx| operator::insert(tx, &one))
            .await
            .unwrap();
    }
}

async fn told_personally(stage: &Stage, now: Timestamp) -> Vec<String> {
    let ready = stage.claim(Channel::Email, Lane::Personal, now).await;
    let mut told: Vec<_> = ready
        .into_iter()
        .map(|ready| ready.claimed.delivery.address)
        .collect();
    told.sort();
    told
}

#[tokio::test]
async fn a_proposal_is_told_at_once_to_its_owner_and_the_responders_and_to_no_customer() {
    each_database(async |store| {
        let now = clock::now();
        let checkout = component(9, Some("owner@example.com"));
        let stage = Stage::set(&store, vec![checkout.clone()]);
        let people = [
            ("admin@example.com", Role::Admin),
            ("responder@example.com", Role::Responder),
            ("viewer@example.com", Role::Viewer),
        ];
        employ(&store, &people).await;
        subscribe(&store, vec![record(1, Channel::Email, "ada@example.net")]).await;
        let mut words = notice(1, now);
        words.affected.push(Affected {
            component: checkout.id,
            name: checkout.name.clone(),
            status: Status::MajorOutage,
        });
        let incident = IncidentId(PublicId::from_random([0; 12]));
        let proposed = Draft {
            kind: EventKind::IncidentProposed,
            at: now,
            actor: Actor::System,
            about: About {
                incident: Some(incident),
                component: Some(checkout.id),
                ..About::default()
            },
            body: column::to_json(&words).unwrap(),
        };

        stage
            .commit(proposed, &format!("incident:{incident}"))
            .await;
        stage.fan(now).await;

        assert_eq!(
            told_personally(&stage, now).await,
            [
                "admin@example.com",
                "owner@example.com",
                "responder@example.com"
            ]
        );
        assert_eq!(states(&store).await, [(DeliveryState::Leased, 3)]);
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_that_says_it_is_gone_is_left_alone_and_the_administrators_are_told() {
    each_database(async |store| {
        let now = Timestamp::from_seconds(1_000_000);
        let mut hook = Endpoint::start(&["410 Gone"]).await;
        let stage = Stage::set(&store, Vec::new());
        let gone = stage.endpoint(1, &hook.url).await;
        let people = [
            ("admin@example.com", Role::Admin),
            ("responder@example.com", Role::Responder),
        ];
        employ(&store, &people).await;
        publish_at(&store, 1, now).await;
        publish_at(&store, 2, now).await;

        assert_eq!(stage.turn(now).await, 1);
        publish_at(&store, 3, now).await;
        assert_eq!(stage.turn(now).await, 0);

        assert_eq!(hook.heard().len(), 1);
        assert_eq!(stage.state_of(&gone).await, SubscriberState::Quarantined);
        assert_eq!(told_personally(&stage, now).await, ["admin@example.com"]);
        assert_eq!(
            states(&store).await,
            [
                (DeliveryState::Leased, 1),
                (DeliveryState::Dead, 1),
                (DeliveryState::Cancelled, 1)
            ]
        );
    })
    .await;
}
