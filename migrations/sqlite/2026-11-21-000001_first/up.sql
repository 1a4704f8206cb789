-- Times are milliseconds since 1970 in UTC, JSON and enums are TEXT, ids are twelve lower-case alphanumerics.

CREATE TABLE meta (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

-- The ledger: numbered without gaps in commit order; the head row is locked first in every append.
CREATE TABLE ledger_head (
    one SMALLINT PRIMARY KEY NOT NULL CHECK (one = 1),
    seq BIGINT NOT NULL
);
INSERT INTO ledger_head (one, seq) VALUES (1, 0);

CREATE TABLE event (
    seq BIGINT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    component_id TEXT,
    incident_id TEXT,
    update_id TEXT,
    maintenance_id TEXT,
    subscriber_id TEXT,
    body TEXT NOT NULL
);
CREATE INDEX event_component ON event (component_id, seq);
CREATE INDEX event_incident ON event (incident_id, seq);

-- Everything configuration names: pages, groups, components, checks, objectives. A key keeps its id for ever.
CREATE TABLE estate_item (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    spec TEXT NOT NULL,
    position INTEGER NOT NULL,
    first_seen BIGINT NOT NULL,
    archived_at BIGINT,
    PRIMARY KEY (kind, key)
);
CREATE UNIQUE INDEX estate_item_id ON estate_item (id);

CREATE TABLE component_state (
    component_id TEXT PRIMARY KEY NOT NULL,
    status TEXT NOT NULL,
    since BIGINT NOT NULL,
    state TEXT NOT NULL,
    event_seq BIGINT
);

-- One row per stretch of one status: what was measured, and what was published.
CREATE TABLE status_interval (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    component_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX status_interval_component ON status_interval (component_id, kind, started_at);
CREATE UNIQUE INDEX status_interval_open ON status_interval (component_id, kind) WHERE ended_at IS NULL;
CREATE INDEX status_interval_time ON status_interval (kind, ended_at);

CREATE TABLE objective_state (
    objective_id TEXT PRIMARY KEY NOT NULL,
    state TEXT NOT NULL,
    evaluated_at BIGINT NOT NULL
);

CREATE TABLE heartbeat (
    check_id TEXT PRIMARY KEY NOT NULL,
    token_hash TEXT NOT NULL,
    token_sealed TEXT NOT NULL,
    started_at BIGINT,
    succeeded_at BIGINT,
    failed_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX heartbeat_token ON heartbeat (token_hash);

CREATE TABLE series (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    check_id TEXT NOT NULL,
    location TEXT NOT NULL
);
CREATE UNIQUE INDEX series_check ON series (check_id, location);

-- Arrival order, short lived; sealed into observation_hour.
CREATE TABLE observation_staging (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    series_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    outcome SMALLINT NOT NULL,
    latency_us BIGINT NOT NULL
);

-- id = hour << 32 | series: one packed blob per series and hour.
CREATE TABLE observation_hour (
    id BIGINT PRIMARY KEY NOT NULL,
    packed BLOB NOT NULL
);

CREATE TABLE rollup_hour (
    series_id BIGINT NOT NULL,
    hour INTEGER NOT NULL,
    pass_n BIGINT NOT NULL,
    slow_n BIGINT NOT NULL,
    fail_n BIGINT NOT NULL,
    inconclusive_n BIGINT NOT NULL,
    latency_sum_us BIGINT NOT NULL,
    latency_max_us BIGINT NOT NULL,
    histogram BLOB NOT NULL,
    PRIMARY KEY (series_id, hour)
);
CREATE INDEX rollup_hour_hour ON rollup_hour (hour);

CREATE TABLE rollup_day (
    series_id BIGINT NOT NULL,
    day INTEGER NOT NULL,
    pass_n BIGINT NOT NULL,
    slow_n BIGINT NOT NULL,
    fail_n BIGINT NOT NULL,
    inconclusive_n BIGINT NOT NULL,
    latency_sum_us BIGINT NOT NULL,
    latency_max_us BIGINT NOT NULL,
    histogram BLOB NOT NULL,
    PRIMARY KEY (series_id, day)
);
CREATE INDEX rollup_day_day ON rollup_day (day);

CREATE TABLE incident (
    id TEXT PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    impact TEXT NOT NULL,
    impact_override TEXT,
    origin TEXT NOT NULL,
    publication TEXT NOT NULL,
    root_component_id TEXT,
    began_at BIGINT NOT NULL,
    detected_at BIGINT NOT NULL,
    published_at BIGINT,
    publish_due BIGINT,
    monitoring_at BIGINT,
    resolved_at BIGINT,
    updated_at BIGINT NOT NULL,
    next_update_due BIGINT,
    has_human_words BOOLEAN NOT NULL
);
CREATE INDEX incident_open ON incident (resolved_at, began_at);

CREATE TABLE incident_component (
    incident_id TEXT NOT NULL,
    component_id TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (incident_id, component_id)
);

CREATE TABLE incident_update (
    id TEXT PRIMARY KEY NOT NULL,
    incident_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    status TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    notified BOOLEAN NOT NULL,
    changes TEXT NOT NULL
);
CREATE UNIQUE INDEX incident_update_sequence ON incident_update (incident_id, sequence);

CREATE TABLE maintenance (
    id TEXT PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX maintenance_end ON maintenance (ended_at, starts_at);

CREATE TABLE maintenance_component (
    maintenance_id TEXT NOT NULL,
    component_id TEXT NOT NULL,
    PRIMARY KEY (maintenance_id, component_id)
);

CREATE TABLE maintenance_update (
    id TEXT PRIMARY KEY NOT NULL,
    maintenance_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    status TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    notified BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX maintenance_update_sequence ON maintenance_update (maintenance_id, sequence);

-- A person's word against the rules: exact, with author, reason and an end.
CREATE TABLE pin (
    id TEXT PRIMARY KEY NOT NULL,
    component_id TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX pin_component ON pin (component_id, expires_at);

CREATE TABLE subscriber (
    id TEXT PRIMARY KEY NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    state TEXT NOT NULL,
    scope TEXT NOT NULL,
    locale TEXT NOT NULL,
    secret_sealed TEXT,
    confirm_hash TEXT,
    confirm_expires_at BIGINT,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    ended_at BIGINT,
    ended_reason TEXT,
    failures INTEGER NOT NULL,
    first_failure_at BIGINT,
    open_until BIGINT
);
CREATE UNIQUE INDEX subscriber_address ON subscriber (channel, address_key);
CREATE INDEX subscriber_confirm ON subscriber (confirm_hash);
CREATE INDEX subscriber_state ON subscriber (state, id);

-- One row per event that has readers: how far its expansion into deliveries has come.
CREATE TABLE fan_out (
    event_seq BIGINT PRIMARY KEY NOT NULL,
    topic TEXT NOT NULL,
    after_id TEXT NOT NULL,
    done BOOLEAN NOT NULL
);
CREATE INDEX fan_out_open ON fan_out (done, event_seq);

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    event_seq BIGINT NOT NULL,
    recipient TEXT NOT NULL,
    subscriber_id TEXT,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    topic TEXT NOT NULL,
    lane SMALLINT NOT NULL,
    state SMALLINT NOT NULL,
    attempt INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    lease_until BIGINT,
    lease_owner TEXT,
    created_at BIGINT NOT NULL,
    done_at BIGINT,
    last_code INTEGER,
    last_error TEXT
);
CREATE UNIQUE INDEX delivery_once ON delivery (event_seq, recipient);
CREATE INDEX delivery_due ON delivery (channel, lane, due_at, id) WHERE state = 0;
CREATE INDEX delivery_lease ON delivery (lease_until) WHERE state = 1;
CREATE INDEX delivery_order ON delivery (recipient, topic, event_seq) WHERE state IN (0, 1, 6);
CREATE INDEX delivery_done ON delivery (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX delivery_subscriber ON delivery (subscriber_id, state);

CREATE TABLE attempt (
    delivery_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    at BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    code INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
);

-- Fixed-window counters that a restart must not reset.
CREATE TABLE rate_limit (
    bucket TEXT PRIMARY KEY NOT NULL,
    window_started_at BIGINT NOT NULL,
    used INTEGER NOT NULL
);

CREATE TABLE operator (
    id TEXT PRIMARY KEY NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT,
    set_password_hash TEXT,
    set_password_expires_at BIGINT,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX operator_email ON operator (email);

CREATE TABLE session (
    jti TEXT PRIMARY KEY NOT NULL,
    operator_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_operator ON session (operator_id);

CREATE TABLE token (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX token_hash ON token (hash);

-- One named lease: the server that owns this database.
CREATE TABLE lease (
    name TEXT PRIMARY KEY NOT NULL,
    holder TEXT NOT NULL,
    fence BIGINT NOT NULL,
    lease_until BIGINT NOT NULL
);
