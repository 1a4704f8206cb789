//! Read models that join tables, one file per screen.
