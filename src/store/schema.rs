//! Every table in portable types: this file serves both databases, and a test holds it to the migrations.
//!
//! Times are milliseconds as `BigInt`, enums, ids and JSON are `Text`. Written by hand, never by `print-schema`.

diesel::table! {
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    ledger_head (one) {
        one -> SmallInt,
        seq -> BigInt,
    }
}

diesel::table! {
    event (seq) {
        seq -> BigInt,
        at -> BigInt,
        kind -> Text,
        actor -> Text,
        component_id -> Nullable<Text>,
        incident_id -> Nullable<Text>,
        update_id -> Nullable<Text>,
        maintenance_id -> Nullable<Text>,
        subscriber_id -> Nullable<Text>,
        body -> Text,
    }
}

diesel::table! {
    estate_item (kind, key) {
        kind -> Text,
        key -> Text,
        id -> Text,
        owner -> Text,
        spec -> Text,
        position -> Integer,
        first_seen -> BigInt,
        archived_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    component_state (component_id) {
        component_id -> Text,
        status -> Text,
        since -> BigInt,
        state -> Text,
        event_seq -> Nullable<BigInt>,
    }
}

diesel::table! {
    status_interval (id) {
        id -> BigInt,
        component_id -> Text,
        kind -> Text,
        status -> Text,
        started_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    objective_state (objective_id) {
        objective_id -> Text,
        state -> Text,
        evaluated_at -> BigInt,
    }
}

diesel::table! {
    heartbeat (check_id) {
        check_id -> Text,
        token_hash -> Text,
        token_sealed -> Text,
        started_at -> Nullable<BigInt>,
        succeeded_at -> Nullable<BigInt>,
        failed_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    series (id) {
        id -> BigInt,
        check_id -> Text,
        location -> Text,
    }
}

diesel::table! {
    observation_staging (id) {
        id -> BigInt,
        series_id -> BigInt,
        at -> BigInt,
        outcome -> SmallInt,
        latency_us -> BigInt,
    }
}

diesel::table! {
    observation_hour (id) {
        id -> BigInt,
        packed -> Binary,
    }
}

diesel::table! {
    rollup_hour (series_id, hour) {
        series_id -> BigInt,
        hour -> Integer,
        pass_n -> BigInt,
        slow_n -> BigInt,
        fail_n -> BigInt,
        inconclusive_n -> BigInt,
        latency_sum_us -> BigInt,
        latency_max_us -> BigInt,
        histogram -> Binary,
    }
}

diesel::table! {
    rollup_day (series_id, day) {
        series_id -> BigInt,
        day -> Integer,
        pass_n -> BigInt,
        slow_n -> BigInt,
        fail_n -> BigInt,
        inconclusive_n -> BigInt,
        latency_sum_us -> BigInt,
        latency_max_us -> BigInt,
        histogram -> Binary,
    }
}

diesel::table! {
    incident (id) {
        id -> Text,
        title -> Text,
        status -> Text,
        impact -> Text,
        impact_override -> Nullable<Text>,
        origin -> Text,
        publication -> Text,
        root_component_id -> Nullable<Text>,
        began_at -> BigInt,
        detected_at -> BigInt,
        published_at -> Nullable<BigInt>,
        publish_due -> Nullable<BigInt>,
        monitoring_at -> Nullable<BigInt>,
        resolved_at -> Nullable<BigInt>,
        updated_at -> BigInt,
        next_update_due -> Nullable<BigInt>,
        has_human_words -> Bool,
    }
}

diesel::table! {
    incident_component (incident_id, component_id) {
        incident_id -> Text,
        component_id -> Text,
        status -> Text,
    }
}

diesel::table! {
    incident_update (id) {
        id -> Text,
        incident_id -> Text,
        sequence -> BigInt,
        status -> Text,
        body -> Text,
        at -> BigInt,
        notified -> Bool,
        changes -> Text,
    }
}

diesel::table! {
    maintenance (id) {
        id -> Text,
        title -> Text,
        status -> Text,
        starts_at -> BigInt,
        ends_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        started_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    maintenance_component (maintenance_id, component_id) {
        maintenance_id -> Text,
        component_id -> Text,
    }
}

diesel::table! {
    maintenance_update (id) {
        id -> Text,
        maintenance_id -> Text,
        sequence -> BigInt,
        status -> Text,
        body -> Text,
        at -> BigInt,
        notified -> Bool,
    }
}

diesel::table! {
    pin (id) {
        id -> Text,
        component_id -> Text,
        status -> Text,
        reason -> Text,
        actor -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    subscriber (id) {
        id -> Text,
        channel -> Text,
        address -> Text,
        address_key -> Text,
        state -> Text,
        scope -> Text,
        locale -> Text,
        secret_sealed -> Nullable<Text>,
        confirm_hash -> Nullable<Text>,
        confirm_expires_at -> Nullable<BigInt>,
        created_at -> BigInt,
        confirmed_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        ended_reason -> Nullable<Text>,
        failures -> Integer,
        first_failure_at -> Nullable<BigInt>,
        open_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    fan_out (event_seq) {
        event_seq -> BigInt,
        topic -> Text,
        after_id -> Text,
        done -> Bool,
    }
}

diesel::table! {
    delivery (id) {
        id -> BigInt,
        event_seq -> BigInt,
        recipient -> Text,
        subscriber_id -> Nullable<Text>,
        channel -> Text,
        address -> Text,
        topic -> Text,
        lane -> SmallInt,
        state -> SmallInt,
        attempt -> Integer,
        due_at -> BigInt,
        lease_until -> Nullable<BigInt>,
        lease_owner -> Nullable<Text>,
        created_at -> BigInt,
        done_at -> Nullable<BigInt>,
        last_code -> Nullable<Integer>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    attempt (delivery_id, number) {
        delivery_id -> BigInt,
        number -> Integer,
        at -> BigInt,
        duration_ms -> BigInt,
        code -> Integer,
        error -> Text,
    }
}

diesel::table! {
    rate_limit (bucket) {
        bucket -> Text,
        window_started_at -> BigInt,
        used -> Integer,
    }
}

diesel::table! {
    operator (id) {
        id -> Text,
        email -> Text,
        role -> Text,
        password_hash -> Nullable<Text>,
        set_password_hash -> Nullable<Text>,
        set_password_expires_at -> Nullable<BigInt>,
        disabled_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    session (jti) {
        jti -> Text,
        operator_id -> Text,
        created_at -> BigInt,
        seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    token (id) {
        id -> Text,
        name -> Text,
        hash -> Text,
        scope -> Text,
        created_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    lease (name) {
        name -> Text,
        holder -> Text,
        fence -> BigInt,
        lease_until -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    meta,
    ledger_head,
    event,
    estate_item,
    component_state,
    status_interval,
    objective_state,
    heartbeat,
    series,
    observation_staging,
    observation_hour,
    rollup_hour,
    rollup_day,
    incident,
    incident_component,
    incident_update,
    maintenance,
    maintenance_component,
    maintenance_update,
    pin,
    subscriber,
    fan_out,
    delivery,
    attempt,
    rate_limit,
    operator,
    session,
    token,
    lease,
);
