//! Webhooks from a committed event to a settled delivery: ownership, retries, circuits, redirects, what is told.

use super::endpoint::Endpoint;
use super::stage::{Stage, component, secret};
use super::*;
use crate::channel::webhook::sign;
use crate::domain::rule::Rule;
use crate::domain::status::Status;
use crate::domain::subscriber::Topic;
use crate::domain::subscription::Asked;
use crate::domain::transition::{Cause, Transition};

const HOUR: Duration = Duration::from_hours(1);

fn noon() -> Timestamp {
    Timestamp::from_seconds(1_000_000)
}

#[tokio::test]
async fn an_endpoint_hears_nothing_before_it_answered_its_test_with_2xx() {
    each_database(async |store| {
        let mut hook = Endpoint::start(&["500 No", "204 Fine"]).await;
        let stage = Stage::set(&store, Vec::new());
        let mut pending = stage.endpoint(1, &hook.url).await;
        pending.state = SubscriberState::Pending;
        pending.confirmed_at = None;
        pending.created_at = noon();
        let (id, changed) = (pending.id, pending.clone());
        store
            .write(move |tx| subscriber::set(tx, &changed))
            .await
            .unwrap();
        let test = Draft {
            kind: EventKind::SubscriberRequested,
            at: noon(),
            actor: Actor::System,
            about: About {
                subscriber: Some(id),
                ..About::default()
            },
            body: column::to_json(&Asked::Test).unwrap(),
        };
        stage.commit(test, &format!("subscriber:{id}")).await;
        publish_at(&store, 1, noon()).await;

        assert_eq!(stage.turn(noon()).await, 1);
        assert_eq!(stage.state_of(&pending).await, SubscriberState::Pending);
        assert_eq!(stage.turn(noon() + HOUR).await, 1);
        assert_eq!(stage.state_of(&pending).await, SubscriberState::Active);
        publish_at(&store, 2, noon() + HOUR).await;
        assert_eq!(stage.turn(noon() + HOUR).await, 1);

        let told: Vec<_> = hook.heard().iter().map(endpoint::Heard::json).collect();
        assert_eq!(told[0]["type"], "subscription.test");
        assert_eq!(told[1], told[0]);
        assert_eq!(told[2]["type"], "incident.updated");
        assert_eq!(told[2]["data"]["sequence"], 2);
    })
    .await;
}

#[tokio::test]
async fn a_wish_to_wait_is_honoured_and_the_same_message_comes_again_newly_signed() {
    each_database(async |store| {
        let mut hook = Endpoint::start(&["429 Busy\r\nretry-after: 90", "204 Fine"]).await;
        let stage = Stage::set(&store, Vec::new());
        stage.endpoint(1, &hook.url).await;
        publish_at(&store, 1, noon()).await;
        let later = |seconds| noon() + Duration::from_secs(seconds);

        assert_eq!(stage.turn(noon()).await, 1);
        assert_eq!(stage.turn(later(89)).await, 0);
        assert_eq!(stage.turn(later(90)).await, 1);

        let heard = hook.heard();
        let [first, second] = &heard[..] else {
            panic!("{heard:?}")
        };
        assert_eq!(first.body, second.body);
        assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
        for (heard, at) in [(first, noon()), (second, later(90))] {
            let seconds = at.as_seconds().to_string();
            assert_eq!(heard.headers["webhook-timestamp"], seconds);
            let id = &heard.headers["webhook-id"];
            let signed = sign::signature(&secret(), id, at, heard.body.as_bytes()).unwrap();
            assert_eq!(heard.headers["webhook-signature"], signed);
        }
        assert_eq!(states(&store).await, [(DeliveryState::Sent, 1)]);
    })
    .await;
}

#[tokio::test]
async fn five_failures_open_the_circuit_and_one_probe_closes_it() {
    each_database(async |store| {
        let mut answers = ["500 No"; 7];
        answers[6] = "204 Fine";
        let mut hook = Endpoint::start(&answers).await;
        let stage = Stage::set(&store, Vec::new());
        stage.endpoint(1, &hook.url).await;
        publish_at(&store, 1, noon()).await;

        let mut now = noon();
        for _ in 0..5 {
            assert_eq!(stage.turn(now).await, 1);
            now = now + HOUR;
        }
        publish_at(&store, 2, now).await;
        stage.fan(now).await;
        assert_eq!(states(&store).await, [(DeliveryState::Held, 2)]);

        assert_eq!(stage.turn(now).await, 1, "the probe, refused");
        assert_eq!(states(&store).await, [(DeliveryState::Held, 2)]);
        assert_eq!(stage.turn(now).await, 0, "open again");
        assert_eq!(stage.turn(now + HOUR).await, 1, "the probe, taken");
        assert_eq!(stage.turn(now + HOUR).await, 1, "what was held");

        assert_eq!(states(&store).await, [(DeliveryState::Sent, 2)]);
        let told: Vec<_> = hook.heard().iter().map(endpoint::Heard::json).collect();
        assert_eq!(told[6]["data"]["sequence"], 1);
        assert_eq!(told[7]["data"]["sequence"], 2);
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    each_database(async |store| {
        let mut elsewhere = Endpoint::start(&["204 Fine"]).await;
        let away = format!("302 Found\r\nlocation: {}", elsewhere.url);
        let mut hook = Endpoint::start(&[&away]).await;
        let stage = Stage::set(&store, Vec::new());
        stage.endpoint(1, &hook.url).await;
        publish_at(&store, 1, noon()).await;

        assert_eq!(stage.turn(noon()).await, 1);

        assert_eq!(hook.heard().len(), 1);
        assert!(elsewhere.heard().is_empty());
        assert_eq!(states(&store).await, [(DeliveryState::Ready, 1)]);
        let again = stage.claim(Channel::Webhook, Lane::Incident, noon() + HOUR);
        assert_eq!(again.await[0].claimed.delivery.attempt, 2, "it counted");
    })
    .await;
}

#[tokio::test]
async fn a_change_of_status_is_told_to_webhooks_that_asked_unless_an_incident_told_it() {
    each_database(async |store| {
        let mut hook = Endpoint::start(&["204 Fine"]).await;
        let checkout = component(9, None);
        let stage = Stage::set(&store, vec![checkout.clone()]);
        let mut asked = stage.endpoint(1, &hook.url).await;
        asked.scope.topics = vec![Topic::Component];
        let mut person = record(2, Channel::Email, "ada@example.net");
        person.scope.topics = vec![Topic::Component];
        subscribe(&store, vec![person]).await;
        store
            .write(move |tx| subscriber::set(tx, &asked))
            .await
            .unwrap();

        for (cause, rule) in [
            (Cause::Incident, Rule::Incident),
            (Cause::Auto, Rule::AllCriticalDown),
        ] {
            let draft = Draft {
                kind: EventKind::ComponentStatusChanged,
                at: noon(),
                actor: Actor::System,
                about: About {
                    component: Some(checkout.id),
                    ..About::default()
                },
                body: column::to_json(&transition(cause, rule)).unwrap(),
            };
            let topic = format!("component:{}", checkout.id);
            stage.commit(draft, &topic).await;
        }

        assert_eq!(stage.turn(noon()).await, 1);
        assert_eq!(states(&store).await, [(DeliveryState::Sent, 1)]);
        let told = hook.heard()[0].json();
        assert_eq!(told["type"], "component.status_changed");
        assert_eq!(told["data"]["title"], "Checkout API is out");
        assert_eq!(told["data"]["status"], "major_outage");
        assert_eq!(told["data"]["changes"][0]["from"], "operational");
        assert_eq!(
            told["data"]["url"],
            format!("https://status.example.com/components/{}", checkout.id)
        );
    })
    .await;
}

fn transition(cause: Cause, rule: Rule) -> Transition {
    Transition {
        component: "checkout".to_owned(),
        at: noon(),
        from: Status::Operational,
        to: Status::MajorOutage,
        level: Some(3),
        cause,
        rule,
        raise_held_s: 60,
        began_at: noon(),
        evidence: Vec::new(),
        not_used: Vec::new(),
        config_hash: String::new(),
    }
}
