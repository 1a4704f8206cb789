//! A console on a database of its own, with one operator of each role, driven through the whole application.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::middleware::from_fn;
use actix_web::test::{self, TestRequest};
use actix_web::{App, web};
use tokio::sync::watch;

use crate::auth::claims::Signer;
use crate::auth::{csrf, session};
use crate::channel::webhook::WebhookSettings;
use crate::domain::actor::Role;
use crate::domain::estate::Estate;
use crate::domain::id::OperatorId;
use crate::domain::operator::Operator;
use crate::domain::timestamp::Timestamp;
use crate::egress::Policy;
use crate::entropy;
use crate::publish::shelf::Shelf;
use crate::publish::snapshot::{Made, Snapshot};
use crate::seal::KeyRing;
use crate::store::for_tests::TestDatabase;
use crate::store::operator;
use crate::telemetry::metrics::Metrics;
use crate::watch::heartbeat::HeartbeatBook;
use crate::web::layer::envelope::envelope;
use crate::web::server;
use crate::web::settings::ServerSettings;
use crate::web::site::Site;

/// The one moment of these tests.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// A site, its database, and nobody in it.
pub(crate) struct TestSite {
    pub(crate) site: web::Data<Site>,
    _estate: watch::Sender<Arc<Estate>>,
    _database: TestDatabase,
}

/// Somebody at a browser.
pub(crate) struct Visitor {
    pub(crate) cookie: String,
    pub(crate) form_token: String,
    pub(crate) jti: String,
}

impl TestSite {
    pub(crate) async fn open() -> Self {
        let database = TestDatabase::sqlite();
        let store = database.open();
        let keys = KeyRing::from_bytes(&[7; 32]);
        let (sender, estate) = watch::channel(Arc::new(Estate::default()));
        let book = HeartbeatBook::open(store.clone(), keys.clone(), &Estate::default(), NOW).await;
        let site = web::Data::new(Site {
            settings: ServerSettings::for_tests(),
            signer: Signer::new(&keys),
            store,
            keys,
            estate,
            limits: crate::auth::limits::Limits::default(),
            heartbeats: Arc::new(book.unwrap()),
            webhooks: WebhookSettings {
                policy: Policy::public_only(),
                allow_http: false,
            },
            metrics: Arc::new(Metrics::new()),
            shelf: Arc::new(fresh_shelf()),
            has_mail: false,
            clock: || NOW,
        });
        Self {
            site,
            _estate: sender,
            _database: database,
        }
    }

    /// What the whole application answers, as the one address serves it.
    pub(crate) async fn ask(&self, request: TestRequest) -> ServiceResponse<impl MessageBody> {
        self.ask_faced(request, true).await
    }

    /// The same without the console, as on a public address beside a console of its own.
    pub(crate) async fn ask_public(
        &self,
        request: TestRequest,
    ) -> ServiceResponse<impl MessageBody> {
        self.ask_faced(request, false).await
    }

    async fn ask_faced(
        &self,
        request: TestRequest,
        with_console: bool,
    ) -> ServiceResponse<impl MessageBody> {
        let app = App::new()
            .wrap(from_fn(envelope))
            .app_data(self.site.clone());
        let shelf = Some(Arc::new(Shelf::empty()));
        let app = app.configure(|config| server::lay_out(config, shelf, with_console));
        let app = test::init_service(app.default_service(web::to(server::nothing_here))).await;
        test::call_service(&app, request.to_request()).await
    }

    pub(crate) async fn operator(&self, role: Role, password_hash: Option<String>) -> Operator {
        let made = Operator {
            id: OperatorId(entropy::id()),
            email: format!("{}@example.net", role.name()),
            role,
            password_hash,
            invitation: None,
            disabled_at: None,
            created_at: NOW,
        };
        let row = made.clone();
        self.site
            .store
            .write(move |tx| operator::insert(tx, &row))
            .await
            .unwrap();
        made
    }

    /// Signed in.
    pub(crate) async fn visitor(&self, role: Role) -> Visitor {
        let who = self.operator(role, None).await;
        let token = session::open(&self.site.store, &self.site.signer, who.id, NOW)
            .await
            .unwrap();
        let jti = self.site.signer.verify(&token, NOW).unwrap().jti;
        Visitor {
            cookie: format!("{}={token}", self.site.cookie_name()),
            form_token: csrf::form_token(&self.site.keys, &jti),
            jti,
        }
    }
}

/// A page made now.
fn fresh_shelf() -> Shelf {
    let made = Made {
        at: NOW,
        valid_until: NOW + Duration::from_secs(90),
        seq: 0,
    };
    Shelf::holding(Snapshot::new(HashMap::new(), made))
}
