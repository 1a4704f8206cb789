//! TELLING. One file per transport; knows a rendered message, not an incident.
